import { createRequire } from "node:module";
import { Language, Parser, type Node } from "web-tree-sitter";
import type { CodeFile, CodeNode, Param, Place } from "./code-tree.ts";

let parser: Promise<Parser> | undefined;

async function openParser(): Promise<Parser> {
  const require = createRequire(import.meta.url);
  await Parser.init();
  const grammar = await Language.load(require.resolve("@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm"));
  return new Parser().setLanguage(grammar);
}

/** Reads Python. Never throws on bad code: faults are in the answer. */
export async function readPython(path: string, text: string): Promise<CodeFile> {
  parser ??= openParser();
  const tree = (await parser).parse(text);
  if (tree === null) return { path, language: "python", body: [], comments: [], faults: [{ line: 1, message: "cannot be read" }] };
  try {
    const root = tree.rootNode;
    return {
      path,
      language: "python",
      body: statements(root),
      comments: root.descendantsOfType("comment").flatMap((node) => (node === null ? [] : [{ line: node.startPosition.row + 1, text: node.text }])),
      faults: root.hasError ? faultsOf(root) : [],
    };
  } finally {
    tree.delete();
  }
}

function faultsOf(root: Node): CodeFile["faults"] {
  const found: { line: number; message: string }[] = [];
  const visit = (node: Node): void => {
    const line = node.startPosition.row + 1;
    if (node.isMissing) found.push({ line, message: `${node.type} is missing` });
    else if (node.isError) found.push({ line, message: `cannot read ${JSON.stringify(node.text.slice(0, 40))}` });
    else if (node.hasError) for (const child of node.children) if (child !== null) visit(child);
  };
  visit(root);
  return found;
}

function placeOf(node: Node): Place {
  return { line: node.startPosition.row + 1, endLine: node.endPosition.row + 1 };
}

function named(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== "comment");
}

function field(node: Node, name: string): Node | undefined {
  return node.childForFieldName(name) ?? undefined;
}

function statements(block: Node | undefined): CodeNode[] {
  return block === undefined ? [] : named(block).map(convert);
}

function maybe(node: Node | undefined): CodeNode | undefined {
  return node === undefined ? undefined : convert(node);
}

function missing(place: Place): CodeNode {
  return { kind: "other", tag: "missing", children: [], ...place };
}

function required(node: Node | undefined, place: Place): CodeNode {
  return node === undefined ? missing(place) : convert(node);
}

function convert(node: Node): CodeNode {
  const place = placeOf(node);
  switch (node.type) {
    case "decorated_definition": {
      const definition = convert(field(node, "definition") ?? node);
      const decorators = named(node)
        .filter(({ type }) => type === "decorator")
        .map((mark) => required(named(mark)[0], place));
      return definition.kind === "function" || definition.kind === "class" ? { ...definition, decorators } : definition;
    }
    case "function_definition":
      return functionNode(node, place);
    case "lambda":
      return {
        kind: "function",
        name: "",
        params: paramsOf(field(node, "parameters")),
        returns: undefined,
        isAsync: false,
        isGenerator: false,
        decorators: [],
        modifiers: ["arrow"],
        hasBody: true,
        body: [{ kind: "return", value: required(field(node, "body"), place), ...place }],
        ...place,
      };
    case "class_definition":
      return {
        kind: "class",
        name: field(node, "name")?.text ?? "",
        bases: statements(field(node, "superclasses")),
        decorators: [],
        modifiers: [],
        body: statements(field(node, "body")),
        ...place,
      };
    case "import_statement":
    case "import_from_statement":
    case "future_import_statement":
      return importNode(node, place);
    default:
      return STATEMENTS[node.type]?.(node, place) ?? EXPRESSIONS[node.type]?.(node, place) ?? other(node, place);
  }
}

function other(node: Node, place: Place): CodeNode {
  const children = named(node);
  // A leaf without a kind of its own must still tell `a` from `b`, and a slice `a[1:]` from `a[:1]`.
  const shape = node.type === "slice" ? node.children.map((child) => (child?.isNamed === true ? "_" : ":")).join("") : "";
  const tag = children.length === 0 ? `${node.type}:${node.text}` : `${node.type}${shape}`;
  return { kind: "other", tag, children: children.map(convert), ...place };
}

function functionNode(node: Node, place: Place): CodeNode {
  const body = statements(field(node, "body"));
  return {
    kind: "function",
    name: field(node, "name")?.text ?? "",
    params: paramsOf(field(node, "parameters")),
    returns: typeText(field(node, "return_type")),
    isAsync: node.child(0)?.type === "async",
    isGenerator: (field(node, "body")?.descendantsOfType("yield").length ?? 0) > 0,
    decorators: [],
    modifiers: [],
    hasBody: true,
    body,
    ...place,
  };
}

function typeText(node: Node | undefined): string | undefined {
  return node === undefined ? undefined : node.text.replaceAll(/\s+/g, "").replaceAll("'", '"');
}

function paramsOf(list: Node | undefined): Param[] {
  if (list === undefined) return [];
  const params: Param[] = [];
  let keywordOnly = false;
  for (const node of named(list)) {
    const bare = node.type === "typed_parameter" ? named(node)[0] : node;
    const type = typeText(field(node, "type"));
    const value = field(node, "value")?.text.replaceAll("'", '"');
    if (node.type === "keyword_separator") keywordOnly = true;
    else if (node.type === "positional_separator") continue;
    else if (bare?.type === "list_splat_pattern") {
      params.push({ name: bare.text.slice(1), form: "rest", type, default: undefined, optional: true });
      keywordOnly = true;
    } else if (bare?.type === "dictionary_splat_pattern") {
      params.push({ name: bare.text.slice(2), form: "keyword-rest", type, default: undefined, optional: true });
    } else {
      const name = field(node, "name")?.text ?? bare?.text ?? "";
      params.push({ name, form: keywordOnly ? "keyword" : "plain", type, default: value, optional: value !== undefined });
    }
  }
  return params;
}

function importNode(node: Node, place: Place): CodeNode {
  const from = field(node, "module_name");
  const names = node.childrenForFieldName("name").flatMap((child) => {
    if (child === null) return [];
    const name = field(child, "name")?.text ?? child.text;
    return [{ name, as: field(child, "alias")?.text ?? name }];
  });
  if (node.descendantsOfType("wildcard_import").length > 0) names.push({ name: "*", as: "*" });
  return { kind: "import", module: from?.text ?? names[0]?.name ?? "", names, ...place };
}

type Conversion = (node: Node, place: Place) => CodeNode;

const STATEMENTS: Readonly<Record<string, Conversion>> = {
  block: (node, place) => ({ kind: "block", body: statements(node), ...place }),
  expression_statement: (node, place) => {
    const parts = named(node);
    const only = parts[0];
    if (parts.length !== 1 || only === undefined) return { kind: "expr", value: other(node, place), ...place };
    const value = convert(only);
    return value.kind === "assign" ? value : { kind: "expr", value, ...place };
  },
  assignment: (node, place) => ({
    kind: "assign",
    target: required(field(node, "left"), place),
    value: maybe(field(node, "right")),
    op: "=",
    type: typeText(field(node, "type")),
    modifiers: [],
    ...place,
  }),
  augmented_assignment: (node, place) => ({
    kind: "assign",
    target: required(field(node, "left"), place),
    value: maybe(field(node, "right")),
    op: field(node, "operator")?.text ?? "+=",
    type: undefined,
    modifiers: [],
    ...place,
  }),
  return_statement: (node, place) => ({ kind: "return", value: maybe(named(node)[0]), ...place }),
  raise_statement: (node, place) => ({ kind: "raise", value: maybe(named(node)[0]), ...place }),
  assert_statement: (node, place) => {
    const [test, message] = named(node);
    return { kind: "assert", test: required(test, place), message: maybe(message), ...place };
  },
  pass_statement: (_node, place) => ({ kind: "pass", ...place }),
  break_statement: (_node, place) => ({ kind: "jump", word: "break", ...place }),
  continue_statement: (_node, place) => ({ kind: "jump", word: "continue", ...place }),
  if_statement: (node, place) => {
    const branches = node.childrenForFieldName("alternative").filter((child): child is Node => child !== null);
    return ifNode(field(node, "condition"), field(node, "consequence"), branches, place);
  },
  for_statement: (node, place) => ({
    kind: "loop",
    target: maybe(field(node, "left")),
    over: maybe(field(node, "right")),
    body: [...statements(field(node, "body")), ...elseOf(node)],
    ...place,
  }),
  while_statement: (node, place) => ({
    kind: "loop",
    target: undefined,
    over: maybe(field(node, "condition")),
    body: statements(field(node, "body")),
    ...place,
  }),
  try_statement: (node, place) => {
    const clauses = named(node);
    const blockOf = (clause: Node): Node | undefined => named(clause).findLast(({ type }) => type === "block");
    const ends = clauses.filter(({ type }) => type === "finally_clause" || type === "else_clause");
    return {
      kind: "try",
      body: statements(field(node, "body")),
      handlers: clauses
        .filter(({ type }) => type === "except_clause" || type === "except_group_clause")
        .map((clause) => ({ type: maybe(named(clause).find(({ type }) => type !== "block")), body: statements(blockOf(clause)) })),
      last: ends.flatMap((clause) => statements(blockOf(clause))),
      ...place,
    };
  },
  with_statement: (node, place) => ({
    kind: "with",
    items: node.descendantsOfType("with_item").flatMap((item) => {
      // Only this statement's own items: a nested `with` stands in the body.
      if (item === null || item.parent?.parent?.id !== node.id) return [];
      const value = field(item, "value");
      if (value?.type !== "as_pattern") return [{ value: required(value, place), as: undefined }];
      const [thing, alias] = named(value);
      return [{ value: required(thing, place), as: maybe(alias === undefined ? undefined : (named(alias)[0] ?? alias)) }];
    }),
    body: statements(field(node, "body")),
    ...place,
  }),
  match_statement: (node, place) => ({
    kind: "switch",
    subject: required(field(node, "subject"), place),
    cases: named(field(node, "body") ?? node)
      .filter(({ type }) => type === "case_clause")
      .map((clause) => ({
        tests: named(clause)
          .filter(({ type, text }) => type === "case_pattern" && text !== "_")
          .flatMap((pattern) => (named(pattern)[0]?.type === "union_pattern" ? named(named(pattern)[0]!) : named(pattern)))
          .map(convert),
        body: statements(field(clause, "consequence")),
      })),
    ...place,
  }),
};

function elseOf(loop: Node): CodeNode[] {
  const clause = field(loop, "alternative");
  return clause === undefined ? [] : statements(field(clause, "body"));
}

function ifNode(test: Node | undefined, then: Node | undefined, branches: readonly Node[], place: Place): CodeNode {
  const [next, ...rest] = branches;
  let otherwise: CodeNode[] = [];
  if (next?.type === "elif_clause") {
    otherwise = [ifNode(field(next, "condition"), field(next, "consequence"), rest, placeOf(next))];
  } else if (next !== undefined) {
    otherwise = statements(field(next, "body"));
  }
  return { kind: "if", test: required(test, place), then: statements(then), else: otherwise, ...place };
}

const EXPRESSIONS: Readonly<Record<string, Conversion>> = {
  identifier: (node, place) => ({ kind: "name", id: node.text, ...place }),
  as_pattern: (node, place) => required(named(node)[0], place),
  parenthesized_expression: (node, place) => required(named(node)[0], place),
  attribute: (node, place) => ({
    kind: "member",
    object: required(field(node, "object"), place),
    name: field(node, "attribute")?.text ?? "",
    ...place,
  }),
  subscript: (node, place) => {
    const parts = node.childrenForFieldName("subscript").flatMap((child) => (child === null ? [] : [convert(child)]));
    const [index] = parts;
    return {
      kind: "index",
      object: required(field(node, "value"), place),
      index: parts.length === 1 && index !== undefined ? index : { kind: "list", form: "tuple", items: parts, ...place },
      ...place,
    };
  },
  call: (node, place) => {
    const list = field(node, "arguments");
    const parts = list === undefined ? [] : list.type === "argument_list" ? named(list) : [list];
    return {
      kind: "call",
      callee: required(field(node, "function"), place),
      args: parts.filter(({ type }) => type !== "keyword_argument").map(convert),
      keywords: parts
        .filter(({ type }) => type === "keyword_argument")
        .map((part) => ({ name: field(part, "name")?.text ?? "", value: required(field(part, "value"), place) })),
      isNew: false,
      ...place,
    };
  },
  list_splat: (node, place) => ({ kind: "spread", value: required(named(node)[0], place), ...place }),
  dictionary_splat: (node, place) => ({ kind: "spread", value: required(named(node)[0], place), ...place }),
  await: (node, place) => ({ kind: "await", value: required(named(node)[0], place), ...place }),
  not_operator: (node, place) => ({ kind: "not", value: required(field(node, "argument"), place), ...place }),
  unary_operator: (node, place) => {
    const value = required(field(node, "argument"), place);
    const op = field(node, "operator")?.text ?? "";
    if (value.kind === "literal" && value.type === "number" && op === "-") return { ...value, value: `-${value.value}`, ...place };
    return { kind: "unary", op, value, ...place };
  },
  binary_operator: (node, place) => ({
    kind: "binary",
    op: field(node, "operator")?.text ?? "",
    left: required(field(node, "left"), place),
    right: required(field(node, "right"), place),
    ...place,
  }),
  boolean_operator: (node, place) => ({
    kind: "logic",
    op: field(node, "operator")?.text ?? "",
    left: required(field(node, "left"), place),
    right: required(field(node, "right"), place),
    ...place,
  }),
  comparison_operator: (node, place) => {
    const sides = named(node).map(convert);
    const words = node
      .childrenForFieldName("operators")
      .flatMap((child) => (child === null ? [] : [child.text.replaceAll(/\s+/g, " ")]));
    const ops = words.join(" ").replaceAll("is not", "is-not").replaceAll("not in", "not-in").split(" ");
    const [first, second] = sides;
    if (first === undefined || second === undefined) return other(node, place);
    let result: CodeNode = { kind: "compare", op: ops[0] ?? "", left: first, right: second, ...place };
    for (let index = 2; index < sides.length; index++) {
      const right: CodeNode = { kind: "compare", op: ops[index - 1] ?? "", left: sides[index - 1]!, right: sides[index]!, ...place };
      result = { kind: "logic", op: "and", left: result, right, ...place };
    }
    return result;
  },
  conditional_expression: (node, place) => {
    const [then, test, otherwise] = named(node);
    return { kind: "ternary", test: required(test, place), then: required(then, place), else: required(otherwise, place), ...place };
  },
  list: (node, place) => ({ kind: "list", form: "list", items: named(node).map(convert), ...place }),
  tuple: (node, place) => ({ kind: "list", form: "tuple", items: named(node).map(convert), ...place }),
  expression_list: (node, place) => ({ kind: "list", form: "tuple", items: named(node).map(convert), ...place }),
  pattern_list: (node, place) => ({ kind: "list", form: "tuple", items: named(node).map(convert), ...place }),
  set: (node, place) => ({ kind: "list", form: "set", items: named(node).map(convert), ...place }),
  dictionary: (node, place) => ({
    kind: "dict",
    entries: named(node).map((part) =>
      part.type === "pair"
        ? { key: required(field(part, "key"), place), value: required(field(part, "value"), place) }
        : { key: undefined, value: convert(part) },
    ),
    ...place,
  }),
  integer: numberNode,
  float: numberNode,
  true: (_node, place) => ({ kind: "literal", type: "boolean", value: "true", ...place }),
  false: (_node, place) => ({ kind: "literal", type: "boolean", value: "false", ...place }),
  none: (_node, place) => ({ kind: "literal", type: "none", value: "null", ...place }),
  ellipsis: (_node, place) => ({ kind: "literal", type: "ellipsis", value: "...", ...place }),
  string: (node, place) => stringNode(node, place),
  concatenated_string: (node, place) => {
    const parts = named(node).map((part) => stringNode(part, place));
    if (!parts.every((part) => part.kind === "literal")) return { kind: "template", parts, ...place };
    return { kind: "literal", type: "string", value: parts.map((part) => (part.kind === "literal" ? part.value : "")).join(""), ...place };
  },
};

function numberNode(node: Node, place: Place): CodeNode {
  return { kind: "literal", type: "number", value: canonicalNumber(node.text), ...place };
}

/** 1_000 -> 1000, 0x10 -> 16, 1.50 -> 1.5; what is not a plain number (1j) stays as written. */
export function canonicalNumber(text: string): string {
  const plain = text.replaceAll("_", "");
  const value = Number(plain);
  if (Number.isNaN(value) || plain === "") return plain;
  return Number.isSafeInteger(value) || /[.e]/i.test(plain) ? String(value) : plain;
}

function stringNode(node: Node, place: Place): CodeNode {
  const start = named(node).find(({ type }) => type === "string_start")?.text ?? '"';
  const prefix = start.replaceAll(/["']/g, "").toLowerCase();
  const parts: CodeNode[] = named(node).flatMap((part): CodeNode[] => {
    if (part.type === "string_content") {
      const value = prefix.includes("r") ? part.text : unescape(part.text);
      return [{ kind: "literal", type: "string", value, ...placeOf(part) }];
    }
    return part.type === "interpolation" ? [required(field(part, "expression"), place)] : [];
  });
  const interpolated = named(node).some(({ type }) => type === "interpolation");
  if (interpolated) return { kind: "template", parts, ...place };
  const value = parts.map((part) => (part.kind === "literal" ? part.value : "")).join("");
  return { kind: "literal", type: prefix.includes("b") ? "bytes" : "string", value, ...place };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0", "\\": "\\", "'": "'", '"': '"', "\n": "" };

function unescape(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (whole, wide?: string, hex?: string, one?: string) => {
    const code = wide ?? hex;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return ESCAPES[one ?? ""] ?? whole;
  });
}
