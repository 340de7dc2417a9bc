import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import { lookUp } from "../javascript/scopes.ts";
import type { ScriptModule } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";

/** The specifiers of a module's imports, by the local names. */
const specifiers = new WeakMap<ScriptModule, ReadonlyMap<string, string>>();

/** The module that the first name of what is called is imported from, as it is written; undefined where it is of this file. */
export function importedFrom({ node, scope }: SeenCall): string | undefined {
  const root = rootName((node["callee"] ?? node["name"]) as Node);
  if (root === undefined || lookUp(scope, root)?.node?.type.startsWith("Import") !== true) return undefined;
  const known = specifiers.get(scope.module) ?? specifiersOf(scope.module);
  specifiers.set(scope.module, known);
  return known.get(root);
}

/** `api` of `api.users.get`, `<api.Provider>`; undefined where a call or something else stands first. */
function rootName(callee: Node): string | undefined {
  let at: Node | undefined = callee;
  while (at !== undefined && at.type !== "Identifier" && at.type !== "JSXIdentifier") {
    const isStep = /^(?:Member|Chain|TS\w+)Expression$|^JSXMemberExpression$/.test(at.type);
    at = isStep ? ((at["object"] ?? at["expression"]) as Node | undefined) : undefined;
  }
  return at === undefined ? undefined : String(at["name"]);
}

function specifiersOf(module: ScriptModule): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const statement of module.body) {
    if (statement.type !== "ImportDeclaration") continue;
    for (const one of statement["specifiers"] as readonly Node[])
      found.set(String(one["local"]["name"]), String(statement["source"]["value"]));
  }
  return found;
}
