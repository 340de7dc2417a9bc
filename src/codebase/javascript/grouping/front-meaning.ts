import type { ModuleParts, Unit } from "../reading/module-units.ts";
import { bare, isNode, walk, type Node } from "../reading/syntax.ts";

/** True for a unit that says something about the very file it stands in, so that it must stay there. */
export function meansFront(unit: Unit, parts: ModuleParts, shared: boolean): boolean {
  if (usesModuleObject(unit, shared) && !parts.bound.has("module") && !parts.bound.has("exports")) return true;
  if (unit.uses.outerThis || requireProperties(unit.node)) return true;
  if (
    unit.node.type === "TSModuleDeclaration" &&
    (unit.node["kind"] === "global" || unit.node["id"].type === "Literal")
  )
    return true;
  if (unit.node.type === "ExportDefaultDeclaration" && unit.names.length === 0) return true;
  return unit.uses.importMetas.some((meta) => !harmlessMeta(unit.node, meta));
}

/** Uses of the module object; those of a shared exports object work in any part. */
export function usesModuleObject(unit: Unit, shared: boolean): boolean {
  const names = shared ? ["__filename"] : ["module", "exports", "__filename"];
  return unit.uses.references.some((site) => names.includes(site.name));
}

/** Units that belong into the front unless something below needs them. */
export function standsBestInFront(unit: Unit): boolean {
  if (unit.role === "member") return false;
  if (unit.role === "shell") return true;
  if (unit.node.type === "ExportDefaultDeclaration") return true;
  return unit.names.length === 0;
}

/** `require.main` means the file it stands in; `require.resolve` and the like mean the folder. */
function requireProperties(node: Node): boolean {
  let found = false;
  walk(node, (inner) => {
    if (
      inner.type === "MemberExpression" &&
      inner["object"].type === "Identifier" &&
      inner["object"].name === "require" &&
      inner["property"].name === "main"
    )
      found = true;
  });
  return found;
}

/** `import.meta.dirname`, `.env`, and a URL only used to find the folder, mean the same in a sibling file. */
function harmlessMeta(root: Node, meta: Node): boolean {
  let harmless = false;
  walk(root, (node) => {
    if (node.start > meta.start || node.end < meta.end) return false;
    if (
      node.type === "MemberExpression" &&
      node["object"] === meta &&
      ["dirname", "env", "resolve", "glob"].includes(node["property"].name)
    )
      harmless = true;
    const callee = node["callee"] as Node | undefined;
    if (!isNode(callee)) return true;
    const args = (node["arguments"] ?? []) as Node[];
    const direct = args.some(
      (argument) => bare(argument).type === "MemberExpression" && bare(argument)["object"] === meta,
    );
    if (direct && (callee["name"] === "URL" ? args.length === 2 : callee["name"] === "createRequire")) harmless = true;
    if ((callee["name"] ?? callee["property"]?.name) === "dirname") harmless = true;
    return true;
  });
  return harmless;
}
