import type { CodeNode, Place } from "./code-tree.ts";
import { isRaw, type Raw, type ScriptConversion, type ScriptRead } from "./script-raw.ts";

/** Statements, by ESTree's names. */
export const SCRIPT_STATEMENTS: Readonly<Record<string, ScriptConversion>> = {
  ExpressionStatement: (reader, node, place) => {
    const value = reader.need(node["expression"], place);
    return value.kind === "assign" ? value : { kind: "expr", value, ...place };
  },
  BlockStatement: (reader, node, place) => ({ kind: "block", body: reader.nodes(node["body"]), ...place }),
  LabeledStatement: (reader, node, place) => ({ kind: "block", body: reader.block(node["body"]), ...place }),
  EmptyStatement: (_reader, _node, place) => ({ kind: "pass", ...place }),
  ReturnStatement: (reader, node, place) => ({ kind: "return", value: reader.maybe(node["argument"]), ...place }),
  ThrowStatement: (reader, node, place) => ({ kind: "raise", value: reader.maybe(node["argument"]), ...place }),
  BreakStatement: (_reader, _node, place) => ({ kind: "jump", word: "break", ...place }),
  ContinueStatement: (_reader, _node, place) => ({ kind: "jump", word: "continue", ...place }),
  IfStatement: (reader, node, place) => ({
    kind: "if",
    test: reader.need(node["test"], place),
    then: reader.block(node["consequent"]),
    else: reader.block(node["alternate"]),
    ...place,
  }),
  SwitchStatement: (reader, node, place) => ({
    kind: "switch",
    subject: reader.need(node["discriminant"], place),
    cases: casesOf(reader, node),
    ...place,
  }),
  TryStatement: (reader, node, place) => {
    const handler = node["handler"];
    return {
      kind: "try",
      body: reader.block(node["block"]),
      handlers: isRaw(handler) ? [{ type: undefined, body: reader.block(handler["body"]) }] : [],
      last: reader.block(node["finalizer"]),
      ...place,
    };
  },
  ForStatement: (reader, node, place) => ({
    kind: "loop",
    target: reader.maybe(node["init"]),
    over: {
      kind: "other",
      tag: "for",
      children: [...maybeList(reader, node["test"]), ...maybeList(reader, node["update"])],
      ...place,
    },
    body: reader.block(node["body"]),
    ...place,
  }),
  ForOfStatement: overNode,
  ForInStatement: overNode,
  WhileStatement: (reader, node, place) => ({
    kind: "loop",
    target: undefined,
    over: reader.maybe(node["test"]),
    body: reader.block(node["body"]),
    ...place,
  }),
  DoWhileStatement: (reader, node, place) => ({
    kind: "loop",
    target: undefined,
    over: reader.maybe(node["test"]),
    body: reader.block(node["body"]),
    ...place,
  }),
};

function maybeList(reader: ScriptRead, value: unknown): CodeNode[] {
  return isRaw(value) ? [reader.node(value)] : [];
}

function overNode(reader: ScriptRead, node: Raw, place: Place): CodeNode {
  return {
    kind: "loop",
    target: reader.maybe(node["left"]),
    over: reader.maybe(node["right"]),
    body: reader.block(node["body"]),
    ...place,
  };
}

/** Cases that fall through to the next are told as tests of the case that holds the code. */
function casesOf(reader: ScriptRead, node: Raw): { tests: CodeNode[]; body: CodeNode[] }[] {
  const cases: { tests: CodeNode[]; body: CodeNode[] }[] = [];
  let waiting: CodeNode[] = [];
  for (const raw of Array.isArray(node["cases"]) ? node["cases"].filter(isRaw) : []) {
    const test = reader.maybe(raw["test"]);
    const tests = test === undefined ? waiting : [...waiting, test];
    const body = reader.nodes(raw["consequent"]);
    if (body.length === 0) {
      waiting = tests;
      continue;
    }
    cases.push({ tests, body: body.flatMap((inner) => (inner.kind === "block" ? inner.body : [inner])) });
    waiting = [];
  }
  return cases;
}
