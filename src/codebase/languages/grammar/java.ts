import type { Node } from "web-tree-sitter";
import type { FileSymbol } from "../languages.ts";
import type { Level, Rules } from "./walk.ts";

const KINDS: Readonly<Record<string, FileSymbol["kind"]>> = {
  class_declaration: "class",
  record_declaration: "class",
  interface_declaration: "interface",
  annotation_type_declaration: "interface",
  enum_declaration: "enum",
  method_declaration: "method",
  constructor_declaration: "method",
  compact_constructor_declaration: "method",
  annotation_type_element_declaration: "method",
  field_declaration: "constant",
  constant_declaration: "constant",
};

/** Java: types and their members, of the fields the static final ones. Public ones are exported, and all members of interfaces. */
export const JAVA: Rules = {
  grammar: "java",
  lineComment: "//",
  visit(node, at) {
    if (node.type === "import_declaration") importDeclaration(node, at);
    else if (node.type === "enum_body_declarations") at.through(node);
    else declaration(node, at);
  },
  finish(_root, text, into) {
    if (/\bpublic\s+static\s+void\s+main\s*\(/.test(text)) into.entry("public static void main");
  },
};

function declaration(node: Node, at: Level): void {
  const kind = KINDS[node.type];
  if (kind === undefined) return;
  const first = node.firstNamedChild;
  const modifiers = first?.type === "modifiers" ? first : undefined;
  const words = modifiers?.text ?? "";
  if (node.type === "field_declaration" && !(/\bstatic\b/.test(words) && /\bfinal\b/.test(words))) return;
  const body = node.childForFieldName("body");
  const declarator = node.childForFieldName("declarator");
  const exported = at.open && (/\bpublic\b/.test(words) || at.holder === "interface");
  const index = at.declare(node, {
    kind,
    name: node.childForFieldName("name") ?? declarator?.childForFieldName("name"),
    exported,
    body: body ?? (node.endIndex - node.startIndex > 100 ? declarator?.childForFieldName("value") : null),
    headStart: headStart(modifiers),
  });
  if (kind === "class" || kind === "interface" || kind === "enum") at.inside(body, index, kind, exported);
}

/** Behind the annotations. */
function headStart(modifiers: Node | undefined): number | undefined {
  if (modifiers === undefined) return undefined;
  const word = modifiers.children.find((child) => !/annotation$/.test(child.type));
  return word?.startIndex ?? modifiers.nextSibling?.startIndex;
}

function importDeclaration(node: Node, at: Level): void {
  const words = node.namedChildren;
  const isAll = words.at(-1)?.type === "asterisk";
  const path = words[0]?.text.replace(/\s/g, "") ?? "";
  const specifier = isAll ? `${path}.*` : path;
  at.into.import({
    specifier,
    names: [isAll ? "*" : path.slice(path.lastIndexOf(".") + 1)],
    start: node.startIndex,
    end: node.endIndex,
  });
}
