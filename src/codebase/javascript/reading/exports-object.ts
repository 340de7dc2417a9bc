import type { ModuleParts, Unit } from "./module-units.ts";
import { isExports } from "./public-names.ts";
import { bare, isNode, walk, type Node } from "./syntax.ts";

/** `var app = exports = module.exports = value`: the part keeps `var app = value`, the front publishes `app`. */
export interface Publication {
  readonly name: string;
  /** What stands between the name's `=` and the value, e.g. `exports = module.exports = `. */
  readonly start: number;
  readonly end: number;
}

/** The publication a declaration makes while it declares its one name; undefined for anything else. */
export function publicationOf(node: Node): Publication | undefined {
  if (node.type !== "VariableDeclaration" || node["declarations"].length !== 1) return undefined;
  const [declarator] = node["declarations"] as [Node];
  if (declarator["id"].type !== "Identifier" || !isNode(declarator["init"])) return undefined;
  let at = declarator["init"];
  while (at.type === "AssignmentExpression" && at["operator"] === "=" && isExports(bare(at["left"])))
    at = at["right"] as Node;
  return at === declarator["init"]
    ? undefined
    : { name: declarator["id"].name as string, start: declarator["init"].start, end: at.start };
}

/** Units whose publication is taken off them mean the front no longer. */
export function withoutPublication(unit: Unit): Unit {
  const publication = publicationOf(unit.node);
  if (publication === undefined) return unit;
  const references = unit.uses.references.filter(
    (site) => site.start < publication.start || site.end > publication.end,
  );
  return { ...unit, uses: { ...unit.uses, references } };
}

/**
 * True for a CommonJS module that only ever adds to `exports`, name by name: its parts can all add to one object. The
 * object is never replaced and never handed around as a whole.
 */
export function addsToExports(parts: ModuleParts): boolean {
  if (parts.text.esm || parts.bound.has("exports") || parts.bound.has("module")) return false;
  let whole = false;
  let added = false;
  for (const statement of parts.text.body) {
    const members = new Set<Node>();
    walk(statement, (node) => {
      if (node.type === "MemberExpression" && isExports(node["object"]) && !node["computed"]) {
        members.add(node["object"]);
        if (node["object"].type === "MemberExpression") members.add(node["object"]["object"]);
        added = true;
      }
      if (node.type === "MemberExpression" && isExports(node) && !members.has(node)) whole = true;
      if (node.type === "Identifier" && ["exports", "module"].includes(node["name"]) && !members.has(node))
        whole = true;
    });
  }
  return added && !whole;
}

/** Every `module.exports` in front of a member, to be written `exports`. */
export function longExports(root: Node): Node[] {
  const found: Node[] = [];
  walk(root, (node) => {
    if (node.type === "MemberExpression" && isExports(node) && node["object"].type === "Identifier") found.push(node);
  });
  return found;
}
