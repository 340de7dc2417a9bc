import type { Node } from "web-tree-sitter";
import type { CodeNode, Param, Place } from "./code-tree.ts";
import { field, named, typeText, type PythonConversion, type PythonRead } from "./python-nodes.ts";

function functionNode(node: Node, place: Place, read: PythonRead): CodeNode {
  const body = read.statements(field(node, "body"));
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
      params.push({
        name,
        form: keywordOnly ? "keyword" : "plain",
        type,
        default: value,
        optional: value !== undefined,
      });
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

/** Definitions and imports, by the grammar's names. */
export const PYTHON_DEFINITIONS: Readonly<Record<string, PythonConversion>> = {
  decorated_definition: (node, place, read) => {
    const definition = read.convert(field(node, "definition") ?? node);
    const decorators = named(node)
      .filter(({ type }) => type === "decorator")
      .map((mark) => read.required(named(mark)[0], place));
    return definition.kind === "function" || definition.kind === "class" ? { ...definition, decorators } : definition;
  },
  function_definition: functionNode,
  lambda: (node, place, read) => ({
    kind: "function",
    name: "",
    params: paramsOf(field(node, "parameters")),
    returns: undefined,
    isAsync: false,
    isGenerator: false,
    decorators: [],
    modifiers: ["arrow"],
    hasBody: true,
    body: [{ kind: "return", value: read.required(field(node, "body"), place), ...place }],
    ...place,
  }),
  class_definition: (node, place, read) => ({
    kind: "class",
    name: field(node, "name")?.text ?? "",
    bases: read.statements(field(node, "superclasses")),
    decorators: [],
    modifiers: [],
    body: read.statements(field(node, "body")),
    ...place,
  }),
  import_statement: importNode,
  import_from_statement: importNode,
  future_import_statement: importNode,
};
