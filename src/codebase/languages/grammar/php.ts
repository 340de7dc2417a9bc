import type { Node } from "web-tree-sitter";
import type { FileSymbol } from "../languages.ts";
import type { Findings } from "../text/found-facts.ts";
import type { Level, Rules } from "./walk.ts";

const KINDS: Readonly<Record<string, FileSymbol["kind"]>> = {
  class_declaration: "class",
  trait_declaration: "class",
  interface_declaration: "interface",
  enum_declaration: "enum",
  function_definition: "function",
  method_declaration: "method",
};

/** PHP: functions, types and their methods; `use` and literal includes are imports. What is not private or protected is exported. */
export const PHP: Rules = {
  grammar: "php",
  lineComment: "//",
  visit(node, at) {
    switch (node.type) {
      case "namespace_use_declaration":
        useDeclaration(node, at);
        return;
      case "namespace_definition":
        at.through(node.childForFieldName("body"));
        return;
      case "if_statement":
      case "compound_statement":
        at.through(node);
        return;
      case "const_declaration": {
        const element = node.namedChildren.find(({ type }) => type === "const_element");
        at.declare(node, { kind: "constant", name: element?.firstNamedChild, exported: at.open && !isHidden(node) });
        return;
      }
      default:
        declaration(node, at);
    }
  },
  finish: includes,
};

function declaration(node: Node, at: Level): void {
  const kind = KINDS[node.type];
  if (kind === undefined) return;
  const body = node.childForFieldName("body");
  const exported = at.open && !isHidden(node);
  const attributes = node.childForFieldName("attributes");
  const headStart = attributes?.nextSibling?.startIndex;
  const index = at.declare(node, { kind, name: node.childForFieldName("name"), exported, body, headStart });
  if (kind !== "function" && kind !== "method") at.inside(body, index, kind, exported);
}

function isHidden(node: Node): boolean {
  return node.namedChildren.some((child) => child.type === "visibility_modifier" && child.text !== "public");
}

function useDeclaration(node: Node, at: Level): void {
  const group = node.childForFieldName("body");
  const prefix =
    group === null ? "" : `${node.namedChildren.find(({ type }) => type === "namespace_name")?.text ?? ""}\\`;
  for (const clause of (group ?? node).namedChildren) {
    if (clause.type !== "namespace_use_clause") continue;
    const path = clause.namedChildren.find(({ type }) => type === "qualified_name" || type === "name")?.text ?? "";
    const specifier = (prefix + path).replace(/^\\/, "");
    const names = [specifier.slice(specifier.lastIndexOf("\\") + 1)];
    at.into.import({ specifier, names, start: node.startIndex, end: node.endIndex });
  }
}

const INCLUDE =
  /\b(?:require|include)(?:_once)?\s*\(?\s*(?:(?:__DIR__|dirname\(__FILE__\))\s*\.\s*)?(["'])([^"'$\n]+)\1/g;

function includes(root: Node, text: string, into: Findings): void {
  for (const found of text.matchAll(INCLUDE)) {
    const node = root.descendantForIndex(found.index)?.parent;
    if (node === null || node === undefined || !/^(?:require|include)(?:_once)?_expression$/.test(node.type)) continue;
    into.import({
      specifier: `./${(found[2] ?? "").replace(/^\.?\//, "")}`,
      start: node.startIndex,
      end: node.endIndex,
    });
  }
}
