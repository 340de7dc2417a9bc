import { childrenOf, FUNCTION_TYPES, isNode, type Node } from "./syntax.ts";

/** Names a scope binds. Values and types are two name spaces; classes, enums, imports and namespaces are in both. */
export interface Scope {
  readonly values: Set<string>;
  readonly types: Set<string>;
  readonly parent: Scope | undefined;
}

export function innerScope(parent: Scope | undefined): Scope {
  return { values: new Set(), types: new Set(), parent };
}

export function isBound(scope: Scope | undefined, name: string, space: "values" | "types"): boolean {
  for (let at = scope; at !== undefined; at = at.parent) if (at[space].has(name)) return true;
  return false;
}

/** Names that a binding pattern binds, in order. */
export function patternNames(pattern: Node | null | undefined): string[] {
  if (!isNode(pattern)) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "ObjectPattern":
      return (pattern["properties"] as Node[]).flatMap((property) =>
        patternNames(property.type === "RestElement" ? property["argument"] : property["value"]),
      );
    case "ArrayPattern":
      return (pattern["elements"] as (Node | null)[]).flatMap((element) => patternNames(element));
    case "AssignmentPattern":
      return patternNames(pattern["left"]);
    case "RestElement":
      return patternNames(pattern["argument"]);
    case "TSParameterProperty":
      return patternNames(pattern["parameter"]);
    default:
      return [];
  }
}

/** Names that one statement declares in the scope it stands in (`var`s of nested blocks not included). */
export function declare(scope: Scope, statement: Node): void {
  switch (statement.type) {
    case "VariableDeclaration":
      for (const declarator of statement["declarations"] as Node[]) {
        for (const name of patternNames(declarator["id"])) scope.values.add(name);
      }
      return;
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      if (statement["id"]) scope.values.add(statement["id"].name);
      return;
    case "ClassDeclaration":
    case "TSEnumDeclaration":
    case "TSImportEqualsDeclaration":
      if (statement["id"]) both(scope, statement["id"].name);
      return;
    case "TSModuleDeclaration": {
      const id = leftmost(statement["id"]);
      if (id !== undefined) both(scope, id);
      return;
    }
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      scope.types.add(statement["id"].name);
      return;
    case "ImportDeclaration":
      for (const specifier of statement["specifiers"] as Node[]) both(scope, specifier["local"].name);
      return;
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
      if (isNode(statement["declaration"])) declare(scope, statement["declaration"]);
      return;
    default:
  }
}

/** Adds `var` names, and functions in nested blocks (which sloppy code sees in the whole function), to a function's scope. */
export function hoistVars(scope: Scope, node: Node): void {
  if (FUNCTION_TYPES.has(node.type)) {
    if (node.type === "FunctionDeclaration" && node["id"]) scope.values.add(node["id"].name);
    return;
  }
  if (["ClassDeclaration", "ClassExpression", "TSModuleDeclaration"].includes(node.type)) return;
  if (node.type === "VariableDeclaration" && node["kind"] === "var") declare(scope, node);
  for (const child of childrenOf(node)) hoistVars(scope, child);
}

/** The first name of a dotted one. */
export function leftmost(node: Node | null | undefined): string | undefined {
  let at: Node | null | undefined = node;
  while (isNode(at)) {
    if (at.type === "Identifier" || at.type === "JSXIdentifier") return at["name"] as string;
    at = at.type === "TSQualifiedName" ? at["left"] : (at["object"] as Node | undefined);
  }
  return undefined;
}

function both(scope: Scope, name: string): void {
  scope.values.add(name);
  scope.types.add(name);
}
