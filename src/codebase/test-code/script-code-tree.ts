import { parseSync } from "oxc-parser";
import { canonicalNumber } from "./python-code-tree.ts";
import type { CodeFile, CodeNode, Language, Param, Place } from "./code-tree.ts";

/** A node of the parser's ESTree, seen loosely: shapes differ by type, and what is unknown is walked generically. */
type Raw = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

/** Reads TypeScript or JavaScript, with or without JSX. Never throws on bad code: faults are in the answer. */
export function readScript(path: string, text: string): CodeFile {
  const language: Language = /\.(?:ts|tsx|mts|cts)$/.test(path) ? "typescript" : "javascript";
  const lang = language === "typescript" ? (path.endsWith("x") ? "tsx" : "ts") : "jsx";
  const result = parseSync(path, text, { lang, preserveParens: false });
  const lines = lineStarts(text);
  const reader = new ScriptReader(text, lines);
  const program = result.program as unknown as Raw;
  return {
    path,
    language,
    body: reader.nodes(program["body"]),
    comments: result.comments.map(({ start, value }) => ({ line: lineAt(lines, start), text: value })),
    faults: result.errors
      .filter(({ severity }) => (severity as string) === "Error")
      .map(({ message, labels }) => ({ line: lineAt(lines, labels[0]?.start ?? 0), message })),
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

function isRaw(value: unknown): value is Raw {
  return value !== null && typeof value === "object" && typeof (value as { type?: unknown }).type === "string";
}

function nameOf(value: unknown): string {
  if (!isRaw(value)) return "";
  if (value.type === "Literal") return String(value["value"]);
  if (value.type === "PrivateIdentifier") return `#${String(value["name"])}`;
  return typeof value["name"] === "string" ? value["name"] : "";
}

type Conversion = (reader: ScriptReader, node: Raw, place: Place) => CodeNode;

class ScriptReader {
  readonly text: string;
  readonly lines: readonly number[];

  constructor(text: string, lines: readonly number[]) {
    this.text = text;
    this.lines = lines;
  }

  nodes(value: unknown): CodeNode[] {
    return Array.isArray(value) ? value.filter(isRaw).map((node) => this.node(node)) : [];
  }

  /** The statements of a block, or the one statement that stands without braces. */
  block(value: unknown): CodeNode[] {
    if (!isRaw(value)) return [];
    return value.type === "BlockStatement" || value.type === "ClassBody" || value.type === "TSModuleBlock" ? this.nodes(value["body"]) : [this.node(value)];
  }

  maybe(value: unknown): CodeNode | undefined {
    return isRaw(value) ? this.node(value) : undefined;
  }

  need(value: unknown, place: Place): CodeNode {
    return this.maybe(value) ?? { kind: "other", tag: "missing", children: [], ...place };
  }

  place(node: Raw): Place {
    return { line: lineAt(this.lines, node.start), endLine: lineAt(this.lines, node.end) };
  }

  node(node: Raw): CodeNode {
    const place = this.place(node);
    const convert = CONVERSIONS[node.type];
    if (convert !== undefined) return convert(this, node, place);
    const children = Object.entries(node).flatMap(([key, value]) =>
      key === "decorators" ? [] : isRaw(value) ? [this.node(value)] : this.nodes(value),
    );
    const leaf = children.length === 0 ? `:${this.canonical(node)}` : "";
    return { kind: "other", tag: `${node.type}${leaf}`, children, ...place };
  }

  canonical(node: Raw): string {
    return this.text
      .slice(node.start, node.end)
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")
      .replaceAll(/[\s;,]+/g, " ")
      .replaceAll("'", '"')
      .trim();
  }

  type(value: unknown): string | undefined {
    if (!isRaw(value)) return undefined;
    const inner = value.type === "TSTypeAnnotation" && isRaw(value["typeAnnotation"]) ? value["typeAnnotation"] : value;
    return this.canonical(inner);
  }

  param(node: Raw): Param {
    if (node.type === "TSParameterProperty" && isRaw(node["parameter"])) return this.param(node["parameter"]);
    if (node.type === "AssignmentPattern" && isRaw(node["left"])) {
      const value = isRaw(node["right"]) ? this.canonical(node["right"]) : "";
      return { ...this.param(node["left"]), default: value, optional: true };
    }
    if (node.type === "RestElement" && isRaw(node["argument"])) {
      return { ...this.param(node["argument"]), type: this.type(node["typeAnnotation"]), form: "rest", optional: true };
    }
    const name = node.type === "Identifier" ? nameOf(node) : this.canonical({ ...node, end: annotationStart(node) });
    return { name, form: "plain", type: this.type(node["typeAnnotation"]), default: undefined, optional: node["optional"] === true };
  }

  fn(node: Raw, name: string, modifiers: readonly string[], place: Place): CodeNode {
    const body = node["body"];
    const expression = isRaw(body) && body.type !== "BlockStatement" && body.type !== "FunctionBody";
    return {
      kind: "function",
      name,
      params: Array.isArray(node["params"]) ? node["params"].filter(isRaw).map((param) => this.param(param)) : [],
      returns: this.type(node["returnType"]),
      isAsync: node["async"] === true,
      isGenerator: node["generator"] === true,
      decorators: [],
      modifiers,
      hasBody: isRaw(body),
      body: expression ? [{ kind: "return", value: this.node(body), ...this.place(body) }] : isRaw(body) ? this.nodes(body["body"]) : [],
      ...place,
    };
  }
}

function annotationStart(node: Raw): number {
  const annotation = node["typeAnnotation"];
  return isRaw(annotation) ? annotation.start : node.end;
}

function exported(node: CodeNode, marks: readonly string[]): CodeNode {
  if (node.kind === "block") return { ...node, body: node.body.map((inner) => exported(inner, marks)) };
  if ("modifiers" in node) return { ...node, modifiers: [...marks, ...node.modifiers] };
  return node;
}

const FUNCTION: Conversion = (reader, node, place) => reader.fn(node, nameOf(node["id"]), [], place);
const UNWRAP: Conversion = (reader, node, place) => reader.need(node["expression"], place);

const DECLARATIONS: Readonly<Record<string, Conversion>> = {
  FunctionDeclaration: FUNCTION,
  FunctionExpression: FUNCTION,
  TSDeclareFunction: FUNCTION,
  TSEmptyBodyFunctionExpression: FUNCTION,
  ArrowFunctionExpression: (reader, node, place) => reader.fn(node, "", ["arrow"], place),
  ClassDeclaration: (reader, node, place) => classNode(reader, node, place),
  ClassExpression: (reader, node, place) => classNode(reader, node, place),
  MethodDefinition: methodNode,
  TSAbstractMethodDefinition: methodNode,
  PropertyDefinition: propertyNode,
  TSAbstractPropertyDefinition: propertyNode,
  AccessorProperty: propertyNode,
  TSInterfaceDeclaration: typeNode,
  TSTypeAliasDeclaration: typeNode,
  TSEnumDeclaration: typeNode,
  TSModuleDeclaration: (reader, node, place) => ({ kind: "block", body: reader.block(node["body"]), ...place }),
  ImportDeclaration: (reader, node, place) => ({
    kind: "import",
    module: nameOf(node["source"]),
    names: (Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isRaw) : []).map((part) => ({
      name: part.type === "ImportSpecifier" ? nameOf(part["imported"]) : part.type === "ImportDefaultSpecifier" ? "default" : "*",
      as: nameOf(part["local"]),
    })),
    ...place,
  }),
  ExportNamedDeclaration: (reader, node, place) => {
    if (isRaw(node["declaration"])) return exported(reader.node(node["declaration"]), ["export"]);
    const names = (Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isRaw) : []).map((part) => ({
      local: nameOf(part["local"]),
      exported: nameOf(part["exported"]),
    }));
    return { kind: "export", names, from: isRaw(node["source"]) ? nameOf(node["source"]) : undefined, ...place };
  },
  ExportDefaultDeclaration: (reader, node, place) => {
    const value = reader.need(node["declaration"], place);
    if (value.kind === "function" || value.kind === "class") return exported(value, ["export", "default"]);
    return { kind: "assign", target: { kind: "name", id: "default", ...place }, value, op: "=", type: undefined, modifiers: ["export", "default"], ...place };
  },
  ExportAllDeclaration: (_reader, node, place) => ({
    kind: "export",
    names: [{ local: "*", exported: nameOf(node["exported"]) || "*" }],
    from: nameOf(node["source"]),
    ...place,
  }),
  VariableDeclaration: (reader, node, place) => {
    const parts = (Array.isArray(node["declarations"]) ? node["declarations"].filter(isRaw) : []).map((part): CodeNode => {
      const id = part["id"];
      const target = reader.need(id, place);
      const value = reader.maybe(part["init"]);
      const type = isRaw(id) ? reader.type(id["typeAnnotation"]) : undefined;
      const own = { ...place, ...(isRaw(part) ? reader.place(part) : {}) };
      if (value?.kind === "function" && value.name === "" && target.kind === "name") return { ...value, name: target.id, ...own };
      if (value?.kind === "class" && target.kind === "name") return { ...value, name: target.id, ...own };
      return { kind: "assign", target, value, op: "=", type, modifiers: [], ...own };
    });
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "block", body: parts, ...place };
  },
};

function classNode(reader: ScriptReader, node: Raw, place: Place): CodeNode {
  return {
    kind: "class",
    name: nameOf(node["id"]),
    bases: [...(isRaw(node["superClass"]) ? [reader.node(node["superClass"])] : []), ...reader.nodes(node["implements"])],
    decorators: [],
    modifiers: node["abstract"] === true ? ["abstract"] : [],
    body: reader.block(node["body"]),
    ...place,
  };
}

function memberModifiers(node: Raw): string[] {
  const kind = node["kind"];
  return [
    "method",
    ...(node["static"] === true ? ["static"] : []),
    ...(node.type.startsWith("TSAbstract") ? ["abstract"] : []),
    ...(typeof node["accessibility"] === "string" && node["accessibility"] !== "public" ? [node["accessibility"]] : []),
    ...(kind === "get" || kind === "set" ? [kind] : []),
  ];
}

function methodNode(reader: ScriptReader, node: Raw, place: Place): CodeNode {
  const value = node["value"];
  const name = nameOf(node["key"]) || (isRaw(node["key"]) ? reader.canonical(node["key"]) : "");
  return isRaw(value) ? reader.fn(value, name, memberModifiers(node), place) : { kind: "pass", ...place };
}

function propertyNode(reader: ScriptReader, node: Raw, place: Place): CodeNode {
  const target: CodeNode = { kind: "name", id: nameOf(node["key"]), ...place };
  const value = reader.maybe(node["value"]);
  if (value?.kind === "function") return { ...value, name: nameOf(node["key"]), modifiers: [...memberModifiers(node), ...value.modifiers], ...place };
  return { kind: "assign", target, value, op: "=", type: reader.type(node["typeAnnotation"]), modifiers: memberModifiers(node), ...place };
}

function typeNode(reader: ScriptReader, node: Raw, place: Place): CodeNode {
  return { kind: "type", name: nameOf(node["id"]), text: reader.canonical(node), modifiers: [], ...place };
}

const STATEMENTS: Readonly<Record<string, Conversion>> = {
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
    over: { kind: "other", tag: "for", children: [...maybeList(reader, node["test"]), ...maybeList(reader, node["update"])], ...place },
    body: reader.block(node["body"]),
    ...place,
  }),
  ForOfStatement: overNode,
  ForInStatement: overNode,
  WhileStatement: (reader, node, place) => ({ kind: "loop", target: undefined, over: reader.maybe(node["test"]), body: reader.block(node["body"]), ...place }),
  DoWhileStatement: (reader, node, place) => ({ kind: "loop", target: undefined, over: reader.maybe(node["test"]), body: reader.block(node["body"]), ...place }),
};

function maybeList(reader: ScriptReader, value: unknown): CodeNode[] {
  return isRaw(value) ? [reader.node(value)] : [];
}

function overNode(reader: ScriptReader, node: Raw, place: Place): CodeNode {
  return { kind: "loop", target: reader.maybe(node["left"]), over: reader.maybe(node["right"]), body: reader.block(node["body"]), ...place };
}

/** Cases that fall through to the next are told as tests of the case that holds the code. */
function casesOf(reader: ScriptReader, node: Raw): { tests: CodeNode[]; body: CodeNode[] }[] {
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

const EXPRESSIONS: Readonly<Record<string, Conversion>> = {
  Identifier: (_reader, node, place) => ({ kind: "name", id: nameOf(node), ...place }),
  PrivateIdentifier: (_reader, node, place) => ({ kind: "name", id: nameOf(node), ...place }),
  ThisExpression: (_reader, _node, place) => ({ kind: "name", id: "this", ...place }),
  ParenthesizedExpression: UNWRAP,
  ChainExpression: UNWRAP,
  TSAsExpression: UNWRAP,
  TSSatisfiesExpression: UNWRAP,
  TSNonNullExpression: UNWRAP,
  TSTypeAssertion: UNWRAP,
  TSInstantiationExpression: UNWRAP,
  AwaitExpression: (reader, node, place) => ({ kind: "await", value: reader.need(node["argument"], place), ...place }),
  SpreadElement: (reader, node, place) => ({ kind: "spread", value: reader.need(node["argument"], place), ...place }),
  MemberExpression: (reader, node, place) => {
    const object = reader.need(node["object"], place);
    if (node["computed"] === true) return { kind: "index", object, index: reader.need(node["property"], place), ...place };
    return { kind: "member", object, name: nameOf(node["property"]), ...place };
  },
  CallExpression: callNode,
  NewExpression: callNode,
  Literal: (reader, node, place) => {
    const value = node["value"];
    const raw = typeof node["raw"] === "string" ? node["raw"] : reader.canonical(node);
    if ("regex" in node) return { kind: "literal", type: "regex", value: raw, ...place };
    if (value === null) return { kind: "literal", type: "none", value: "null", ...place };
    if (typeof value === "string") return { kind: "literal", type: "string", value, ...place };
    if (typeof value === "boolean") return { kind: "literal", type: "boolean", value: String(value), ...place };
    return { kind: "literal", type: "number", value: typeof value === "number" ? String(value) : canonicalNumber(raw), ...place };
  },
  TemplateLiteral: (reader, node, place) => {
    const quasis = (Array.isArray(node["quasis"]) ? node["quasis"].filter(isRaw) : []).map((part): CodeNode => {
      const value = part["value"] as { cooked?: string | null; raw?: string } | undefined;
      return { kind: "literal", type: "string", value: value?.cooked ?? value?.raw ?? "", ...reader.place(part) };
    });
    const inner = reader.nodes(node["expressions"]);
    const [only] = quasis;
    if (inner.length === 0 && only !== undefined) return only;
    return { kind: "template", parts: quasis.flatMap((part, index) => [part, ...inner.slice(index, index + 1)]), ...place };
  },
  ArrayExpression: (reader, node, place) => ({ kind: "list", form: "list", items: reader.nodes(node["elements"]), ...place }),
  ObjectExpression: (reader, node, place) => ({
    kind: "dict",
    entries: (Array.isArray(node["properties"]) ? node["properties"].filter(isRaw) : []).map((part) => {
      if (part.type !== "Property") return { key: undefined, value: reader.node(part) };
      const value = reader.need(part["value"], place);
      const key = part["key"];
      const text: CodeNode = { kind: "literal", type: "string", value: nameOf(key), ...place };
      const named = value.kind === "function" && value.name === "" ? { ...value, name: nameOf(key), modifiers: ["method", ...value.modifiers] } : value;
      return { key: part["computed"] === true ? reader.need(key, place) : text, value: named };
    }),
    ...place,
  }),
  UnaryExpression: (reader, node, place) => {
    const op = String(node["operator"]);
    const value = reader.need(node["argument"], place);
    if (op === "!") return { kind: "not", value, ...place };
    if (op === "-" && value.kind === "literal" && value.type === "number") return { ...value, value: `-${value.value}`, ...place };
    return { kind: "unary", op: `${op} `, value, ...place };
  },
  UpdateExpression: (reader, node, place) => ({
    kind: "assign",
    target: reader.need(node["argument"], place),
    value: undefined,
    op: String(node["operator"]),
    type: undefined,
    modifiers: [],
    ...place,
  }),
  AssignmentExpression: (reader, node, place) => ({
    kind: "assign",
    target: reader.need(node["left"], place),
    value: reader.maybe(node["right"]),
    op: String(node["operator"]),
    type: undefined,
    modifiers: [],
    ...place,
  }),
  BinaryExpression: (reader, node, place) => {
    const op = String(node["operator"]);
    const sides = { left: reader.need(node["left"], place), right: reader.need(node["right"], place), ...place };
    const comparing = /^(?:[=!]==?|[<>]=?|in|instanceof)$/.test(op);
    return comparing ? { kind: "compare", op: op.replace(/^([=!]=)=$/, "$1"), ...sides } : { kind: "binary", op, ...sides };
  },
  LogicalExpression: (reader, node, place) => ({
    kind: "logic",
    op: { "&&": "and", "||": "or" }[String(node["operator"])] ?? String(node["operator"]),
    left: reader.need(node["left"], place),
    right: reader.need(node["right"], place),
    ...place,
  }),
  ConditionalExpression: (reader, node, place) => ({
    kind: "ternary",
    test: reader.need(node["test"], place),
    then: reader.need(node["consequent"], place),
    else: reader.need(node["alternate"], place),
    ...place,
  }),
};

function callNode(reader: ScriptReader, node: Raw, place: Place): CodeNode {
  return {
    kind: "call",
    callee: reader.need(node["callee"], place),
    args: reader.nodes(node["arguments"]),
    keywords: [],
    isNew: node.type === "NewExpression",
    ...place,
  };
}

const CONVERSIONS: Readonly<Record<string, Conversion | undefined>> = { ...DECLARATIONS, ...STATEMENTS, ...EXPRESSIONS };
