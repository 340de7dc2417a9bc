import { bare, childrenOf, FUNCTION_TYPES, isNode, walk, type Node } from "./syntax.ts";

/** What decides where a member of a class or object may stand. */
export interface MemberFacts {
  readonly node: Node;
  readonly key: string | undefined;
  readonly static: boolean;
  /** Members used as `this.x`. */
  readonly viaThis: ReadonlySet<string>;
  /** Members used as `super.x`, `super` calls not counted. */
  readonly viaSuper: ReadonlySet<string>;
  /** `#names` declared or used. */
  readonly privateNames: ReadonlySet<string>;
  readonly decorated: boolean;
  /** `this` is handed on as a whole, so that its type must be the whole class. */
  readonly bareThis: boolean;
}

export function factsOf(member: Node): MemberFacts {
  const viaThis = new Set<string>();
  const viaSuper = new Set<string>();
  const privateNames = new Set<string>();
  walk(member, (node) => {
    if (node.type === "PrivateIdentifier") privateNames.add(node["name"]);
    if (node.type === "MemberExpression" || node.type === "TSIndexedAccessType") {
      const object = node.type === "MemberExpression" ? bare(node["object"]) : node;
      const name = propertyName(node);
      if (object.type === "ThisExpression" && name !== undefined) viaThis.add(name);
      if (object.type === "Super") viaSuper.add(name ?? "*");
    }
    // `const { a, b } = this` uses members too.
    if (node.type === "VariableDeclarator" && isNode(node["init"]) && bare(node["init"]).type === "ThisExpression") {
      for (const property of (node["id"].properties ?? []) as Node[])
        if (property["key"]?.name) viaThis.add(property["key"].name);
    }
  });
  return {
    node: member,
    key: keyOf(member),
    static: member["static"] === true,
    viaThis,
    viaSuper,
    privateNames,
    decorated: hasDecorators(member),
    bareThis: handsThisOn(member),
  };
}

/** True for `this` anywhere but in `this.x` and `return this`. */
function handsThisOn(member: Node): boolean {
  const plain = new Set<Node>();
  let handed = false;
  walk(member, (node) => {
    if (node.type === "MemberExpression") plain.add(bare(node["object"]));
    if (node.type === "ReturnStatement" && isNode(node["argument"])) plain.add(bare(node["argument"]));
    if (node.type === "ThisExpression" && !plain.has(node)) handed = true;
  });
  return handed;
}

/** A member's name where it is fixed by the text. */
export function keyOf(member: Node): string | undefined {
  const key = member["key"] as Node | undefined;
  if (!isNode(key)) return undefined;
  if (key.type === "PrivateIdentifier") return `#${key["name"] as string}`;
  if (key.type === "Literal") return String(key["value"]);
  if (!member["computed"] && key.type === "Identifier") return key["name"] as string;
  return undefined;
}

/** True for a computed key whose evaluation does nothing: `[Symbol.iterator]`, `[NAME]`. */
export function plainComputedKey(member: Node): boolean {
  if (!member["computed"]) return true;
  const key = bare(member["key"]);
  if (key.type === "Identifier" || key.type === "Literal") return true;
  return key.type === "MemberExpression" && !key["computed"] && bare(key["object"]).type === "Identifier";
}

/** True where `this` in the node means the surroundings' `this`. */
export function usesOuterThis(node: Node): boolean {
  if (node.type === "ThisExpression") return true;
  if (node.type !== "ArrowFunctionExpression" && FUNCTION_TYPES.has(node.type)) return false;
  return childrenOf(node).some(usesOuterThis);
}

export function usesSuper(node: Node): boolean {
  let found = false;
  walk(node, (inner) => {
    if (inner.type === "Super") found = true;
  });
  return found;
}

function propertyName(node: Node): string | undefined {
  const property = node["property"] as Node | undefined;
  if (!isNode(property)) return undefined;
  if (!node["computed"] && property.type === "Identifier") return property["name"] as string;
  return node["computed"] && property.type === "Literal" ? String(property["value"]) : undefined;
}

function hasDecorators(member: Node): boolean {
  let found = false;
  walk(member, (node) => {
    if (node.type === "Decorator") found = true;
  });
  return found;
}
