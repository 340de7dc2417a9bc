import { namesOf, type ModuleParts } from "./module-units.ts";
import { keyOf } from "./member-facts.ts";
import { bare, declarationOf, isNode, type Node } from "./syntax.ts";

/** Names that other code can take from the module, as its text shows them. */
export function publicNamesOf(parts: ModuleParts): string[] {
  const names = new Set<string>();
  for (const node of parts.text.body) {
    if (parts.text.esm) addExported(node, names);
    else addAssigned(node, names, parts);
  }
  return [...names].sort();
}

function addExported(node: Node, names: Set<string>): void {
  if (node.type === "ExportDefaultDeclaration") names.add("default");
  if (node.type === "ExportAllDeclaration" && isNode(node["exported"])) names.add(node["exported"].name as string);
  if (node.type !== "ExportNamedDeclaration") return;
  for (const specifier of node["specifiers"] as Node[])
    names.add(String(specifier["exported"].name ?? specifier["exported"].value));
  if (isNode(node["declaration"])) for (const name of namesOf(declarationOf(node))) names.add(name);
}

/** `exports.a = …`, `module.exports.a = …`, `module.exports = { a, b: … }`. */
function addAssigned(node: Node, names: Set<string>, parts: ModuleParts): void {
  const expressions: Node[] = [];
  if (node.type === "ExpressionStatement") expressions.push(bare(node["expression"]));
  if (node.type === "VariableDeclaration")
    for (const one of node["declarations"] as Node[]) if (isNode(one["init"])) expressions.push(bare(one["init"]));
  for (const expression of expressions) {
    for (let at: Node | undefined = expression; at?.type === "AssignmentExpression"; at = bare(at["right"])) {
      const target = bare(at["left"]);
      const value = bare(at["right"]);
      if (isExports(target)) addLiteral(value, names, parts);
      else if (target.type === "MemberExpression" && isExports(target["object"]) && !target["computed"])
        names.add(target["property"].name as string);
    }
  }
}

function addLiteral(value: Node, names: Set<string>, parts: ModuleParts): void {
  if (value.type === "ObjectExpression") {
    for (const property of value["properties"] as Node[]) {
      const key = property.type === "Property" ? keyOf(property) : undefined;
      if (key !== undefined) names.add(key);
    }
  }
  if (value.type !== "Identifier") return;
  for (const unit of parts.units) {
    if (!unit.names.includes(value["name"]) || unit.node.type !== "VariableDeclaration") continue;
    const one = (unit.node["declarations"] as Node[]).find((declarator) => declarator["id"].name === value["name"]);
    if (isNode(one?.["init"]) && bare(one["init"]).type === "ObjectExpression")
      addLiteral(bare(one["init"]), names, parts);
  }
}

/** `exports` or `module.exports`. */
export function isExports(node: Node): boolean {
  if (node.type === "Identifier") return node["name"] === "exports";
  return (
    node.type === "MemberExpression" &&
    node["object"].name === "module" &&
    node["property"].name === "exports" &&
    !node["computed"]
  );
}
