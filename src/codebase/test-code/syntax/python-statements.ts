import type { Node } from "web-tree-sitter";
import type { CodeNode, Place } from "./code-tree.ts";
import { field, named, placeOf, typeText, type PythonConversion, type PythonRead } from "./python-nodes.ts";

/** Statements, by the grammar's names. */
export const PYTHON_STATEMENTS: Readonly<Record<string, PythonConversion>> = {
  block: (node, place, read) => ({ kind: "block", body: read.statements(node), ...place }),
  expression_statement: (node, place, read) => {
    const parts = named(node);
    const only = parts[0];
    if (parts.length !== 1 || only === undefined) return { kind: "expr", value: read.other(node, place), ...place };
    const value = read.convert(only);
    return value.kind === "assign" ? value : { kind: "expr", value, ...place };
  },
  assignment: (node, place, read) => ({
    kind: "assign",
    target: read.required(field(node, "left"), place),
    value: read.maybe(field(node, "right")),
    op: "=",
    type: typeText(field(node, "type")),
    modifiers: [],
    ...place,
  }),
  augmented_assignment: (node, place, read) => ({
    kind: "assign",
    target: read.required(field(node, "left"), place),
    value: read.maybe(field(node, "right")),
    op: field(node, "operator")?.text ?? "+=",
    type: undefined,
    modifiers: [],
    ...place,
  }),
  return_statement: (node, place, read) => ({ kind: "return", value: read.maybe(named(node)[0]), ...place }),
  raise_statement: (node, place, read) => ({ kind: "raise", value: read.maybe(named(node)[0]), ...place }),
  assert_statement: (node, place, read) => {
    const [test, message] = named(node);
    return { kind: "assert", test: read.required(test, place), message: read.maybe(message), ...place };
  },
  pass_statement: (_node, place) => ({ kind: "pass", ...place }),
  break_statement: (_node, place) => ({ kind: "jump", word: "break", ...place }),
  continue_statement: (_node, place) => ({ kind: "jump", word: "continue", ...place }),
  if_statement: (node, place, read) => {
    const branches = node.childrenForFieldName("alternative").filter((child): child is Node => child !== null);
    return ifNode(field(node, "condition"), field(node, "consequence"), branches, place, read);
  },
  for_statement: (node, place, read) => ({
    kind: "loop",
    target: read.maybe(field(node, "left")),
    over: read.maybe(field(node, "right")),
    body: [...read.statements(field(node, "body")), ...elseOf(node, read)],
    ...place,
  }),
  while_statement: (node, place, read) => ({
    kind: "loop",
    target: undefined,
    over: read.maybe(field(node, "condition")),
    body: read.statements(field(node, "body")),
    ...place,
  }),
  try_statement: (node, place, read) => {
    const clauses = named(node);
    const blockOf = (clause: Node): Node | undefined => named(clause).findLast(({ type }) => type === "block");
    const ends = clauses.filter(({ type }) => type === "finally_clause" || type === "else_clause");
    return {
      kind: "try",
      body: read.statements(field(node, "body")),
      handlers: clauses
        .filter(({ type }) => type === "except_clause" || type === "except_group_clause")
        .map((clause) => ({
          type: read.maybe(named(clause).find(({ type }) => type !== "block")),
          body: read.statements(blockOf(clause)),
        })),
      last: ends.flatMap((clause) => read.statements(blockOf(clause))),
      ...place,
    };
  },
  with_statement: (node, place, read) => ({
    kind: "with",
    items: node.descendantsOfType("with_item").flatMap((item) => {
      // Only this statement's own items: a nested `with` stands in the body.
      if (item === null || item.parent?.parent?.id !== node.id) return [];
      const value = field(item, "value");
      if (value?.type !== "as_pattern") return [{ value: read.required(value, place), as: undefined }];
      const [thing, alias] = named(value);
      return [
        {
          value: read.required(thing, place),
          as: read.maybe(alias === undefined ? undefined : (named(alias)[0] ?? alias)),
        },
      ];
    }),
    body: read.statements(field(node, "body")),
    ...place,
  }),
  match_statement: (node, place, read) => ({
    kind: "switch",
    subject: read.required(field(node, "subject"), place),
    cases: named(field(node, "body") ?? node)
      .filter(({ type }) => type === "case_clause")
      .map((clause) => ({
        tests: named(clause)
          .filter(({ type, text }) => type === "case_pattern" && text !== "_")
          .flatMap((pattern) =>
            named(pattern)[0]?.type === "union_pattern" ? named(pattern).flatMap(named) : named(pattern),
          )
          .map(read.convert),
        body: read.statements(field(clause, "consequence")),
      })),
    ...place,
  }),
};

function elseOf(loop: Node, read: PythonRead): CodeNode[] {
  const clause = field(loop, "alternative");
  return clause === undefined ? [] : read.statements(field(clause, "body"));
}

function ifNode(
  test: Node | undefined,
  then: Node | undefined,
  branches: readonly Node[],
  place: Place,
  read: PythonRead,
): CodeNode {
  const [next, ...rest] = branches;
  let otherwise: CodeNode[] = [];
  if (next?.type === "elif_clause") {
    otherwise = [ifNode(field(next, "condition"), field(next, "consequence"), rest, placeOf(next), read)];
  } else if (next !== undefined) {
    otherwise = read.statements(field(next, "body"));
  }
  return { kind: "if", test: read.required(test, place), then: read.statements(then), else: otherwise, ...place };
}
