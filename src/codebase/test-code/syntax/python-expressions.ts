import type { Node } from "web-tree-sitter";
import { canonicalNumber } from "./canonical-number.ts";
import type { CodeNode, Place } from "./code-tree.ts";
import { field, named, placeOf, type PythonConversion, type PythonRead } from "./python-nodes.ts";

/** Expressions, by the grammar's names. */
export const PYTHON_EXPRESSIONS: Readonly<Record<string, PythonConversion>> = {
  identifier: (node, place) => ({ kind: "name", id: node.text, ...place }),
  as_pattern: (node, place, read) => read.required(named(node)[0], place),
  parenthesized_expression: (node, place, read) => read.required(named(node)[0], place),
  attribute: (node, place, read) => ({
    kind: "member",
    object: read.required(field(node, "object"), place),
    name: field(node, "attribute")?.text ?? "",
    ...place,
  }),
  subscript: (node, place, read) => {
    const parts = node
      .childrenForFieldName("subscript")
      .flatMap((child) => (child === null ? [] : [read.convert(child)]));
    const [index] = parts;
    return {
      kind: "index",
      object: read.required(field(node, "value"), place),
      index:
        parts.length === 1 && index !== undefined ? index : { kind: "list", form: "tuple", items: parts, ...place },
      ...place,
    };
  },
  call: (node, place, read) => {
    const list = field(node, "arguments");
    const parts = list === undefined ? [] : list.type === "argument_list" ? named(list) : [list];
    return {
      kind: "call",
      callee: read.required(field(node, "function"), place),
      args: parts.filter(({ type }) => type !== "keyword_argument").map(read.convert),
      keywords: parts
        .filter(({ type }) => type === "keyword_argument")
        .map((part) => ({ name: field(part, "name")?.text ?? "", value: read.required(field(part, "value"), place) })),
      isNew: false,
      ...place,
    };
  },
  list_splat: (node, place, read) => ({ kind: "spread", value: read.required(named(node)[0], place), ...place }),
  dictionary_splat: (node, place, read) => ({ kind: "spread", value: read.required(named(node)[0], place), ...place }),
  await: (node, place, read) => ({ kind: "await", value: read.required(named(node)[0], place), ...place }),
  not_operator: (node, place, read) => ({
    kind: "not",
    value: read.required(field(node, "argument"), place),
    ...place,
  }),
  unary_operator: (node, place, read) => {
    const value = read.required(field(node, "argument"), place);
    const op = field(node, "operator")?.text ?? "";
    if (value.kind === "literal" && value.type === "number" && op === "-")
      return { ...value, value: `-${value.value}`, ...place };
    return { kind: "unary", op, value, ...place };
  },
  binary_operator: (node, place, read) => ({
    kind: "binary",
    op: field(node, "operator")?.text ?? "",
    left: read.required(field(node, "left"), place),
    right: read.required(field(node, "right"), place),
    ...place,
  }),
  boolean_operator: (node, place, read) => ({
    kind: "logic",
    op: field(node, "operator")?.text ?? "",
    left: read.required(field(node, "left"), place),
    right: read.required(field(node, "right"), place),
    ...place,
  }),
  comparison_operator: (node, place, read) => {
    const sides = named(node).map(read.convert);
    const words = node
      .childrenForFieldName("operators")
      .flatMap((child) => (child === null ? [] : [child.text.replaceAll(/\s+/g, " ")]));
    const ops = words.join(" ").replaceAll("is not", "is-not").replaceAll("not in", "not-in").split(" ");
    const [first, second, ...rest] = sides;
    if (first === undefined || second === undefined) return read.other(node, place);
    let result: CodeNode = { kind: "compare", op: ops[0] ?? "", left: first, right: second, ...place };
    let left = second;
    for (const [index, side] of rest.entries()) {
      const right: CodeNode = { kind: "compare", op: ops[index + 1] ?? "", left, right: side, ...place };
      result = { kind: "logic", op: "and", left: result, right, ...place };
      left = side;
    }
    return result;
  },
  conditional_expression: (node, place, read) => {
    const [then, test, otherwise] = named(node);
    return {
      kind: "ternary",
      test: read.required(test, place),
      then: read.required(then, place),
      else: read.required(otherwise, place),
      ...place,
    };
  },
  list: (node, place, read) => ({ kind: "list", form: "list", items: named(node).map(read.convert), ...place }),
  tuple: (node, place, read) => ({ kind: "list", form: "tuple", items: named(node).map(read.convert), ...place }),
  expression_list: (node, place, read) => ({
    kind: "list",
    form: "tuple",
    items: named(node).map(read.convert),
    ...place,
  }),
  pattern_list: (node, place, read) => ({
    kind: "list",
    form: "tuple",
    items: named(node).map(read.convert),
    ...place,
  }),
  set: (node, place, read) => ({ kind: "list", form: "set", items: named(node).map(read.convert), ...place }),
  dictionary: (node, place, read) => ({
    kind: "dict",
    entries: named(node).map((part) =>
      part.type === "pair"
        ? { key: read.required(field(part, "key"), place), value: read.required(field(part, "value"), place) }
        : { key: undefined, value: read.convert(part) },
    ),
    ...place,
  }),
  integer: numberNode,
  float: numberNode,
  true: (_node, place) => ({ kind: "literal", type: "boolean", value: "true", ...place }),
  false: (_node, place) => ({ kind: "literal", type: "boolean", value: "false", ...place }),
  none: (_node, place) => ({ kind: "literal", type: "none", value: "null", ...place }),
  ellipsis: (_node, place) => ({ kind: "literal", type: "ellipsis", value: "...", ...place }),
  string: (node, place, read) => stringNode(node, place, read),
  concatenated_string: (node, place, read) => {
    const parts = named(node).map((part) => stringNode(part, place, read));
    if (!parts.every((part) => part.kind === "literal")) return { kind: "template", parts, ...place };
    return {
      kind: "literal",
      type: "string",
      value: parts.map((part) => (part.kind === "literal" ? part.value : "")).join(""),
      ...place,
    };
  },
};

function numberNode(node: Node, place: Place): CodeNode {
  return { kind: "literal", type: "number", value: canonicalNumber(node.text), ...place };
}

function stringNode(node: Node, place: Place, read: PythonRead): CodeNode {
  const start = named(node).find(({ type }) => type === "string_start")?.text ?? '"';
  const prefix = start.replaceAll(/["']/g, "").toLowerCase();
  const parts: CodeNode[] = named(node).flatMap((part): CodeNode[] => {
    if (part.type === "string_content") {
      const value = prefix.includes("r") ? part.text : unescape(part.text);
      return [{ kind: "literal", type: "string", value, ...placeOf(part) }];
    }
    return part.type === "interpolation" ? [read.required(field(part, "expression"), place)] : [];
  });
  const interpolated = named(node).some(({ type }) => type === "interpolation");
  if (interpolated) return { kind: "template", parts, ...place };
  const value = parts.map((part) => (part.kind === "literal" ? part.value : "")).join("");
  return { kind: "literal", type: prefix.includes("b") ? "bytes" : "string", value, ...place };
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

function unescape(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (whole, wide?: string, hex?: string, one?: string) => {
      const code = wide ?? hex;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return ESCAPES[one ?? ""] ?? whole;
    },
  );
}
