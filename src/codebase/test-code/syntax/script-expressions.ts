import { canonicalNumber } from "./canonical-number.ts";
import type { CodeNode, Place } from "./code-tree.ts";
import { isRaw, nameOf, type Raw, type ScriptConversion, type ScriptRead } from "./script-raw.ts";

const UNWRAP: ScriptConversion = (reader, node, place) => reader.need(node["expression"], place);

/** Expressions, by ESTree's names. */
export const SCRIPT_EXPRESSIONS: Readonly<Record<string, ScriptConversion>> = {
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
    if (node["computed"] === true)
      return { kind: "index", object, index: reader.need(node["property"], place), ...place };
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
    return {
      kind: "literal",
      type: "number",
      value: typeof value === "number" ? String(value) : canonicalNumber(raw),
      ...place,
    };
  },
  TemplateLiteral: (reader, node, place) => {
    const quasis = (Array.isArray(node["quasis"]) ? node["quasis"].filter(isRaw) : []).map((part): CodeNode => {
      const value = part["value"] as { cooked?: string | null; raw?: string } | undefined;
      return { kind: "literal", type: "string", value: value?.cooked ?? value?.raw ?? "", ...reader.place(part) };
    });
    const inner = reader.nodes(node["expressions"]);
    const [only] = quasis;
    if (inner.length === 0 && only !== undefined) return only;
    return {
      kind: "template",
      parts: quasis.flatMap((part, index) => [part, ...inner.slice(index, index + 1)]),
      ...place,
    };
  },
  ArrayExpression: (reader, node, place) => ({
    kind: "list",
    form: "list",
    items: reader.nodes(node["elements"]),
    ...place,
  }),
  ObjectExpression: (reader, node, place) => ({
    kind: "dict",
    entries: (Array.isArray(node["properties"]) ? node["properties"].filter(isRaw) : []).map((part) => {
      if (part.type !== "Property") return { key: undefined, value: reader.node(part) };
      const value = reader.need(part["value"], place);
      const key = part["key"];
      const text: CodeNode = { kind: "literal", type: "string", value: nameOf(key), ...place };
      const named =
        value.kind === "function" && value.name === ""
          ? { ...value, name: nameOf(key), modifiers: ["method", ...value.modifiers] }
          : value;
      return { key: part["computed"] === true ? reader.need(key, place) : text, value: named };
    }),
    ...place,
  }),
  UnaryExpression: (reader, node, place) => {
    const op = String(node["operator"]);
    const value = reader.need(node["argument"], place);
    if (op === "!") return { kind: "not", value, ...place };
    if (op === "-" && value.kind === "literal" && value.type === "number")
      return { ...value, value: `-${value.value}`, ...place };
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
    return comparing
      ? { kind: "compare", op: op.replace(/^([=!]=)=$/, "$1"), ...sides }
      : { kind: "binary", op, ...sides };
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

function callNode(reader: ScriptRead, node: Raw, place: Place): CodeNode {
  return {
    kind: "call",
    callee: reader.need(node["callee"], place),
    args: reader.nodes(node["arguments"]),
    keywords: [],
    isNew: node.type === "NewExpression",
    ...place,
  };
}
