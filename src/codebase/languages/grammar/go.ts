import type { Node } from "web-tree-sitter";
import type { Level, Rules } from "./walk.ts";

/** Go: functions, methods, types, constants and variables of the package. A name with an upper-case letter is exported. */
export const GO: Rules = {
  grammar: "go",
  lineComment: "//",
  visit(node, at) {
    const name = node.childForFieldName("name");
    switch (node.type) {
      case "import_declaration":
        for (const spec of node.descendantsOfType("import_spec")) importSpec(spec, node, at);
        return;
      case "function_declaration":
      case "method_declaration":
        if (name?.text === "main" && /^[ \t]*package[ \t]+main\b/m.test(at.text)) at.into.entry("func main");
        at.declare(node, {
          kind: node.type === "method_declaration" ? "method" : "function",
          name,
          exported: isUpper(name?.text ?? ""),
          body: node.childForFieldName("body"),
        });
        return;
      case "type_declaration":
      case "const_declaration":
      case "var_declaration":
        specs(node, at);
    }
  },
};

function importSpec(spec: Node, statement: Node, at: Level): void {
  const isGroup = statement.namedChildren.some((child) => child.type === "import_spec_list");
  const place = isGroup ? spec : statement;
  const specifier = spec.childForFieldName("path")?.text.slice(1, -1) ?? "";
  at.into.import({ specifier, names: ["*"], start: place.startIndex, end: place.endIndex });
}

/** Each name of a group is a symbol; the first one carries the words that open the group, the last one what closes it. */
function specs(node: Node, at: Level): void {
  const all = node.namedChildren.flatMap((child) => (child.type === "var_spec_list" ? child.namedChildren : [child]));
  const found = all.filter(({ type }) => /^(?:type|const|var)_(?:spec|alias)$/.test(type));
  for (const [index, spec] of found.entries()) {
    const name = spec.childForFieldName("name");
    const type = spec.childForFieldName("type");
    const previous = found[index - 1];
    const body =
      type?.type === "struct_type" || type?.type === "interface_type"
        ? (type.lastNamedChild ?? type)
        : node.endIndex - node.startIndex > 100
          ? spec.childForFieldName("value")
          : null;
    at.declare(node, {
      kind: kindOf(node, type),
      name,
      exported: isUpper(name?.text ?? ""),
      body: (type?.type === "interface_type" ? type.child(1) : body) ?? { startIndex: spec.endIndex },
      headStart: found.length > 1 ? spec.startIndex : node.startIndex,
      range: [
        previous === undefined ? at.from : previous.endIndex,
        index === found.length - 1 ? node.endIndex : spec.endIndex,
      ],
    });
  }
}

function kindOf(node: Node, type: Node | null): "class" | "interface" | "type" | "constant" {
  if (node.type !== "type_declaration") return "constant";
  return type?.type === "struct_type" ? "class" : type?.type === "interface_type" ? "interface" : "type";
}

function isUpper(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}
