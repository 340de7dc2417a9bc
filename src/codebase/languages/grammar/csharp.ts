import type { Node } from "web-tree-sitter";
import type { FileSymbol } from "../languages.ts";
import type { Rules } from "./walk.ts";

const KINDS: Readonly<Record<string, FileSymbol["kind"]>> = {
  namespace_declaration: "module",
  class_declaration: "class",
  struct_declaration: "class",
  record_declaration: "class",
  record_struct_declaration: "class",
  interface_declaration: "interface",
  enum_declaration: "enum",
  delegate_declaration: "type",
  method_declaration: "method",
  constructor_declaration: "method",
  destructor_declaration: "method",
  operator_declaration: "method",
  property_declaration: "method",
  indexer_declaration: "method",
};

/** C#: namespaces, types and their members. Public ones are exported, and the members of interfaces. */
export const CSHARP: Rules = {
  grammar: "c-sharp",
  lineComment: "//",
  visit(node, at) {
    if (node.type === "using_directive") {
      const named = node.childForFieldName("name");
      const path = node.namedChildren.findLast((child) => child.id !== named?.id);
      const specifier = path?.text.replace(/\s/g, "") ?? "";
      at.into.import({ specifier, names: ["*"], start: node.startIndex, end: node.endIndex });
      return;
    }
    // Members of a namespace that is the whole file's may stand inside or beside it, by the grammar's age.
    if (node.type === "file_scoped_namespace_declaration" || node.type.startsWith("preproc_")) {
      at.through(node);
      return;
    }
    const kind = KINDS[node.type];
    if (kind === undefined) return;
    const body =
      node.childForFieldName("body") ?? node.childForFieldName("accessors") ?? node.childForFieldName("value");
    const isPublic = node.namedChildren.some((child) => child.type === "modifier" && child.text === "public");
    const exported = kind === "module" || (at.open && (isPublic || at.holder === "interface"));
    const name = node.childForFieldName("name");
    const index = at.declare(node, {
      kind,
      name,
      ...(name === null ? { called: node.type === "indexer_declaration" ? "this[]" : "operator" } : {}),
      exported,
      body,
      headStart: headStart(node),
    });
    if (kind !== "method" && kind !== "enum" && kind !== "type") at.inside(body, index, kind, exported);
  },
  finish(_root, text, into) {
    if (/\bstatic\s+(?:async\s+)?(?:void|int|Task(?:<int>)?)\s+Main\s*\(/.test(text)) into.entry("static Main");
  },
};

/** Behind the attributes. */
function headStart(node: Node): number {
  return node.children.find(({ type }) => type !== "attribute_list")?.startIndex ?? node.startIndex;
}
