import type { Node } from "web-tree-sitter";
import type { FileSymbol } from "../languages.ts";
import type { Level, Rules } from "./walk.ts";

const TYPES: Readonly<Record<string, FileSymbol["kind"]>> = {
  class_specifier: "class",
  struct_specifier: "class",
  union_specifier: "class",
  enum_specifier: "enum",
};
const TRANSPARENT =
  /^(?:preproc_(?:ifdef|if|else|elif|elifdef)|linkage_specification|declaration_list|friend_declaration)$/;

/**
 * C and C++ by the grammar of C++: functions, types with what they declare, aliases, macros with arguments. What is neither static nor
 * private is exported.
 */
export const C_FAMILY: Rules = {
  grammar: "cpp",
  lineComment: "//",
  visit(node, at) {
    visit(node, at, node);
  },
};

function visit(node: Node, at: Level, whole: Node): void {
  const range: readonly [number, number] = [at.from, whole.endIndex];
  const name = node.childForFieldName("name");
  if (TRANSPARENT.test(node.type)) {
    if (node.type === "linkage_specification" && node.childForFieldName("body")?.type !== "declaration_list") {
      const inner = node.childForFieldName("body");
      if (inner !== null) visit(inner, at, whole);
    } else at.through(node);
    return;
  }
  switch (node.type) {
    case "preproc_include": {
      const path = node.childForFieldName("path")?.text ?? "";
      // Brackets stay for the resolver: such a file comes from elsewhere, or from an include folder.
      at.into.import({
        specifier: path.startsWith('"') ? path.slice(1, -1) : path,
        start: node.startIndex,
        end: node.startIndex + node.text.trimEnd().length,
      });
      return;
    }
    case "preproc_function_def":
      at.declare(node, { kind: "function", name, exported: true, body: node.childForFieldName("value"), range });
      return;
    case "namespace_definition": {
      const body = node.childForFieldName("body");
      at.inside(
        body,
        at.declare(node, {
          kind: "module",
          name,
          ...(name === null ? { called: "namespace" } : {}),
          exported: name !== null,
          body,
          range,
        }),
        "module",
        name !== null,
      );
      return;
    }
    case "template_declaration": {
      const inner = node.lastNamedChild;
      if (inner !== null) visit(inner, at, node);
      return;
    }
    case "access_specifier":
      at.state["access"] = node.text.replace(/\W/g, "");
      return;
    case "alias_declaration":
    case "concept_definition":
      at.declare(whole, { kind: "type", name, exported: isOpen(node, at), range });
      return;
    default:
      declaration(node, at, whole);
  }
}

function declaration(node: Node, at: Level, whole: Node): void {
  const range: readonly [number, number] = [at.from, whole.endIndex];
  const own = TYPES[node.type] === undefined ? node.childForFieldName("type") : node;
  const declared = node.childForFieldName("declarator");
  if (node.type === "type_definition") {
    at.declare(whole, {
      kind: "type",
      name: nameIn(declared),
      exported: true,
      body: own?.childForFieldName("body"),
      range,
    });
    return;
  }
  const isFunction = /function_definition$/.test(node.type) || hasFunction(declared);
  if (!isFunction && own !== null && TYPES[own.type] !== undefined) {
    typeSpecifier(own, at, whole);
    return;
  }
  const isKnown = /^(?:function_definition|declaration|field_declaration)$/.test(node.type);
  if (
    !isKnown ||
    declared === null ||
    (!isFunction && (at.holder === "class" || !/\bconst(?:expr)?\b/.test(node.text.slice(0, 200))))
  )
    return;
  const name = nameIn(declared);
  const isMethod = at.holder === "class" || (isFunction && (name?.text.includes("::") ?? false));
  if (node.type === "function_definition" && name?.text === "main" && at.holder === undefined)
    at.into.entry("int main");
  at.declare(whole, {
    kind: isFunction ? (isMethod ? "method" : "function") : "constant",
    name,
    exported: isOpen(node, at),
    body:
      node.childForFieldName("body") ??
      (whole.endIndex - whole.startIndex > 100 ? declared.childForFieldName("value") : null),
    range,
  });
}

function typeSpecifier(own: Node, at: Level, whole: Node): void {
  const body = own.childForFieldName("body");
  const name = own.childForFieldName("name");
  const kind = TYPES[own.type];
  // `struct name;` only says that there is one.
  if (body === null || name === null || kind === undefined) return;
  const exported = isOpen(own, at);
  // The semicolon belongs to the declaration, whatever the grammar says.
  const index = at.declare(whole, {
    kind,
    name,
    exported,
    body,
    range: [at.from, Math.max(whole.endIndex, own.endIndex)],
  });
  if (kind === "class") at.inside(body, index, own.type === "class_specifier" ? "class" : "class", exported);
}

function isOpen(node: Node, at: Level): boolean {
  if (!at.open) return false;
  if (at.holder === "class") {
    const access = at.state["access"] as string | undefined;
    return access === "public" || (access === undefined && node.parent?.parent?.type !== "class_specifier");
  }
  return !node.namedChildren.some((child) => child.type === "storage_class_specifier" && child.text === "static");
}

/** The name inside pointers, references, arrays and parameters. */
function nameIn(declarator: Node | null): Node | null {
  let node = declarator;
  for (let depth = 0; node !== null && depth < 20; depth += 1) {
    const inner: Node | null =
      node.childForFieldName("declarator") ??
      (/reference_declarator|parenthesized_declarator/.test(node.type) ? node.firstNamedChild : null);
    if (inner === null) return node;
    node = inner;
  }
  return node;
}

function hasFunction(declarator: Node | null): boolean {
  let node = declarator;
  for (let depth = 0; node !== null && depth < 20; depth += 1) {
    if (node.type === "function_declarator") return true;
    node = node.childForFieldName("declarator") ?? (node.type === "reference_declarator" ? node.firstNamedChild : null);
  }
  return false;
}
