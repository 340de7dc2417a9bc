import type { CodeNode, Place } from "./code-tree.ts";
import { isRaw, nameOf, type Raw, type ScriptConversion, type ScriptRead } from "./script-raw.ts";

function exported(node: CodeNode, marks: readonly string[]): CodeNode {
  if (node.kind === "block") return { ...node, body: node.body.map((inner) => exported(inner, marks)) };
  if ("modifiers" in node) return { ...node, modifiers: [...marks, ...node.modifiers] };
  return node;
}

const FUNCTION: ScriptConversion = (reader, node, place) => reader.fn(node, nameOf(node["id"]), [], place);

/** Declarations, imports and exports, by ESTree's names. */
export const SCRIPT_DECLARATIONS: Readonly<Record<string, ScriptConversion>> = {
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
      name:
        part.type === "ImportSpecifier"
          ? nameOf(part["imported"])
          : part.type === "ImportDefaultSpecifier"
            ? "default"
            : "*",
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
    return {
      kind: "assign",
      target: { kind: "name", id: "default", ...place },
      value,
      op: "=",
      type: undefined,
      modifiers: ["export", "default"],
      ...place,
    };
  },
  ExportAllDeclaration: (_reader, node, place) => ({
    kind: "export",
    names: [{ local: "*", exported: nameOf(node["exported"]) || "*" }],
    from: nameOf(node["source"]),
    ...place,
  }),
  VariableDeclaration: (reader, node, place) => {
    const parts = (Array.isArray(node["declarations"]) ? node["declarations"].filter(isRaw) : []).map(
      (part): CodeNode => {
        const id = part["id"];
        const target = reader.need(id, place);
        const value = reader.maybe(part["init"]);
        const type = isRaw(id) ? reader.type(id["typeAnnotation"]) : undefined;
        const own = { ...place, ...(isRaw(part) ? reader.place(part) : {}) };
        if (value?.kind === "function" && value.name === "" && target.kind === "name")
          return { ...value, name: target.id, ...own };
        if (value?.kind === "class" && target.kind === "name") return { ...value, name: target.id, ...own };
        return { kind: "assign", target, value, op: "=", type, modifiers: [], ...own };
      },
    );
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "block", body: parts, ...place };
  },
};

function classNode(reader: ScriptRead, node: Raw, place: Place): CodeNode {
  return {
    kind: "class",
    name: nameOf(node["id"]),
    bases: [
      ...(isRaw(node["superClass"]) ? [reader.node(node["superClass"])] : []),
      ...reader.nodes(node["implements"]),
    ],
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

function methodNode(reader: ScriptRead, node: Raw, place: Place): CodeNode {
  const value = node["value"];
  const name = nameOf(node["key"]) || (isRaw(node["key"]) ? reader.canonical(node["key"]) : "");
  return isRaw(value) ? reader.fn(value, name, memberModifiers(node), place) : { kind: "pass", ...place };
}

function propertyNode(reader: ScriptRead, node: Raw, place: Place): CodeNode {
  const target: CodeNode = { kind: "name", id: nameOf(node["key"]), ...place };
  const value = reader.maybe(node["value"]);
  if (value?.kind === "function")
    return { ...value, name: nameOf(node["key"]), modifiers: [...memberModifiers(node), ...value.modifiers], ...place };
  return {
    kind: "assign",
    target,
    value,
    op: "=",
    type: reader.type(node["typeAnnotation"]),
    modifiers: memberModifiers(node),
    ...place,
  };
}

function typeNode(reader: ScriptRead, node: Raw, place: Place): CodeNode {
  return { kind: "type", name: nameOf(node["id"]), text: reader.canonical(node), modifiers: [], ...place };
}
