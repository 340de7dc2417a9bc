import { factsOf, keyOf, plainComputedKey, usesOuterThis, usesSuper, type MemberFacts } from "./member-facts.ts";
import { withoutPublication } from "./exports-object.ts";
import { placeStatements, type Container, type ModuleParts, type Unit } from "./module-units.ts";
import { usesOf } from "./references.ts";
import type { Uses } from "./uses.ts";
import { bare, childrenOf, FUNCTION_TYPES, isNode, type ModuleText, type Node } from "./syntax.ts";

/** A class or object taken apart: what stays (the shell), what moves, and what must stay with what. */
export interface TakenApart {
  readonly container: Container;
  readonly shell: Omit<Unit, "id">;
  readonly members: readonly Omit<Unit, "id">[];
  readonly facts: readonly MemberFacts[];
  /** Groups of member indexes that must stand in one part. */
  readonly together: readonly (readonly number[])[];
  /** Members of a class that must stand in its lowest class, with the constructor. */
  readonly base: readonly number[];
  /** What the heritage clause uses: it goes with the lowest class. */
  readonly heritage: Uses | undefined;
}

/** Takes the class or object literal of a large statement apart; a string says why that cannot be done safely. */
export function takeApart(unit: Unit, parts: ModuleParts): TakenApart | string {
  const node = largestContainer(unit.node, parts.text);
  if (node === undefined) return "it is neither a class nor an object literal";
  const apart = node.type.startsWith("Class")
    ? takeClassApart(node, unit, parts)
    : takeObjectApart(node, unit, parts.text);
  return typeof apart === "string" ? apart : { ...apart, shell: withoutPublication({ ...apart.shell, id: unit.id }) };
}

/** The class or object literal that makes up most of a statement, reached without entering a function. */
function largestContainer(statement: Node, text: ModuleText): Node | undefined {
  let best: Node | undefined;
  const size = (node: Node): number => text.lineAt(node.end) - text.lineAt(node.start);
  const look = (node: Node): void => {
    if (FUNCTION_TYPES.has(node.type)) return;
    if (/^Class(Declaration|Expression)$/.test(node.type) || node.type === "ObjectExpression") {
      if (best === undefined || size(node) > size(best)) best = node;
      if (node.type !== "ObjectExpression") return;
      const main = (node["properties"] as Node[]).find(
        (property) =>
          property.type === "Property" &&
          bare(property["value"]).type === "ObjectExpression" &&
          size(property) > 0.6 * size(node),
      );
      if (main !== undefined) {
        best = undefined;
        look(bare(main["value"]));
      }
      return;
    }
    for (const child of childrenOf(node)) look(child);
  };
  look(statement);
  return best;
}

/** Members on lines of their own between the opening and the closing line; undefined where lines are shared. */
function memberLines(
  members: readonly Node[],
  open: number,
  close: number,
  text: ModuleText,
): ReturnType<typeof placeStatements> | undefined {
  const placed = placeStatements(members, text, open);
  let previous = open;
  for (const one of placed) {
    const head = text.text.slice(text.text.lastIndexOf("\n", one.node.start - 1) + 1, one.node.start);
    // A leading comma (or a decorator) before the member would stay behind or come along wrongly.
    if (one.codeFirst <= previous || /[,;]/.test(head)) return undefined;
    previous = one.lines.last;
  }
  return previous < close ? placed : undefined;
}

function takeClassApart(node: Node, unit: Unit, parts: ModuleParts): TakenApart | string {
  const { text } = parts;
  const members = node["body"].body as Node[];
  const open = text.lineAt(node["body"].start);
  const placed = memberLines(members, open, text.lineAt(node["body"].end - 1), text);
  if (placed === undefined) return "its members share lines";
  const facts = members.map(factsOf);
  const refusal = refuseClass(node, facts, text);
  if (refusal !== undefined) return refusal;
  const name = className(node, unit.node);
  const stays = facts.map((fact) => staysInFinal(fact));
  const container: Container = {
    kind: "class",
    name,
    statement: unit.node,
    node,
    lines: unit.lines,
    codeFirst: unit.codeFirst,
  };
  const kept = members.filter((_, index) => stays[index]);
  const moved = members.map((_, index) => index).filter((index) => !stays[index]);
  const bare = { ...node, body: { ...node["body"], body: kept }, superClass: null, superTypeArguments: null } as Node;
  const typeNames = new Set(
    ((node["typeParameters"]?.params ?? []) as Node[]).map((one) => one["name"].name as string),
  );
  const heritage = heritageUses(node);
  const movedFacts = moved.map((index) => facts[index] as MemberFacts);
  return {
    container,
    facts: movedFacts,
    shell: {
      ...unit,
      node: unit.node,
      uses: usesOf(replaceNode(unit.node, node, bare)),
      owner: container,
      role: "shell",
    },
    members: moved.map((index) => ({
      lines: (placed[index] as (typeof placed)[number]).lines,
      codeFirst: (placed[index] as (typeof placed)[number]).codeFirst,
      names: [],
      node: members[index] as Node,
      uses: withoutTypes(usesOf(members[index] as Node), typeNames),
      owner: container,
      role: "member" as const,
      ...keyed(members[index] as Node),
    })),
    together: gluedMembers(movedFacts),
    base: baseMembers(movedFacts, node),
    heritage: heritage === undefined ? undefined : withoutTypes(heritage, typeNames),
  };
}

/** What the part of a class after `extends` uses; undefined where there is none. */
function heritageUses(node: Node): Uses | undefined {
  if (!isNode(node["superClass"])) return undefined;
  return usesOf({
    type: "ClassExpression",
    start: node.start,
    end: node.end,
    superClass: node["superClass"],
    superTypeArguments: node["superTypeArguments"],
    body: { body: [] },
  });
}

/** Reasons that make a chain of classes unsafe. */
function refuseClass(node: Node, facts: readonly MemberFacts[], text: ModuleText): string | undefined {
  if (facts.some((fact) => fact.decorated && !fact.static && /Property/.test(fact.node.type))) {
    return "it has decorated fields, whose order would change";
  }
  const constructor = facts.find((fact) => fact.key === "constructor" && !fact.static)?.node;
  if (constructor !== undefined && /private|protected/.test(constructor["accessibility"] ?? "")) {
    return "its constructor is private or protected, so it cannot be extended";
  }
  const own =
    /\b(?:getOwnPropertyNames|getOwnPropertyDescriptors?|ownKeys)\(\s*[^(),]*(?:prototype|constructor|getPrototypeOf)\b/;
  const listing = own.exec(text.text.slice(node.start, node.end));
  if (listing !== null)
    return `its code looks at own properties (${listing[0]} …), which a chain of classes would change`;
  return undefined;
}

/** Static fields and blocks keep their order and their `this` in the final class; decorated members their target. */
function staysInFinal(fact: MemberFacts): boolean {
  if (fact.decorated) return fact.key !== "constructor";
  if (fact.node.type === "StaticBlock") return true;
  if (!fact.static) return false;
  return (
    /Property/.test(fact.node.type) ||
    [...fact.privateNames].length > 0 ||
    fact.viaSuper.size > 0 ||
    !plainComputedKey(fact.node)
  );
}

/** The constructor and whatever must run or be found with it: fields, odd computed keys, `super` of another member. */
function baseMembers(facts: readonly MemberFacts[], node: Node): number[] {
  const own = new Set(facts.map((fact) => fact.key));
  const base = facts.flatMap((fact, index) => {
    const field = /Property/.test(fact.node.type) && !fact.static;
    const superOfOwn = [...fact.viaSuper].some((name) => name !== fact.key && (name === "*" || own.has(name)));
    const pinned =
      fact.key === "constructor" ||
      field ||
      fact.node.type === "TSIndexSignature" ||
      fact.node.type.startsWith("TSAbstract");
    return pinned || superOfOwn || !plainComputedKey(fact.node) ? [index] : [];
  });
  return base.length === 0 && isNode(node["superClass"]) ? facts.slice(0, 1).map(() => 0) : base;
}

/** Accessor pairs, overloads and doubled keys; all users of one `#name`. */
function gluedMembers(facts: readonly MemberFacts[]): number[][] {
  const groups = new Map<string, number[]>();
  const add = (group: string, index: number): void => void groups.set(group, [...(groups.get(group) ?? []), index]);
  for (const [index, fact] of facts.entries()) {
    if (fact.key !== undefined) add(`key ${fact.static} ${fact.key}`, index);
    for (const name of fact.privateNames) add(`private ${name}`, index);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function className(node: Node, statement: Node): string | undefined {
  if (node["id"]) return node["id"].name as string;
  const declaration = statement.type === "ExportNamedDeclaration" ? (statement["declaration"] as Node) : statement;
  const declarator = (declaration["declarations"] as Node[] | undefined)?.find(
    (one) => isNode(one["init"]) && bare(one["init"]) === node,
  );
  return declarator?.["id"]?.name as string | undefined;
}

function takeObjectApart(node: Node, unit: Unit, text: ModuleText): TakenApart | string {
  const properties = node["properties"] as Node[];
  const placed = memberLines(properties, text.lineAt(node.start), text.lineAt(node.end - 1), text);
  if (placed === undefined) return "its members share lines";
  const counts = new Map<string | undefined, number>();
  for (const property of properties) counts.set(keyOf(property), (counts.get(keyOf(property)) ?? 0) + 1);
  const contextual = text.typescript && isContextual(node, unit.node);
  const moves = properties.map(
    (property, index) =>
      counts.get(keyOf(property)) === 1 &&
      objectMemberMoves(property, placed[index] as (typeof placed)[number], contextual),
  );
  const moved = properties.map((_, index) => index).filter((index) => moves[index]);
  const facts = moved.map((index) => factsOf(properties[index] as Node));
  const container: Container = {
    kind: "object",
    name: className(node, unit.node),
    statement: unit.node,
    node,
    lines: unit.lines,
    codeFirst: unit.codeFirst,
  };
  const rest = { ...node, properties: properties.filter((_, index) => !moves[index]) } as Node;
  return {
    container,
    facts,
    shell: { ...unit, uses: usesOf(replaceNode(unit.node, node, rest)), owner: container, role: "shell" },
    members: moved.map((index) => ({
      lines: (placed[index] as (typeof placed)[number]).lines,
      codeFirst: (placed[index] as (typeof placed)[number]).codeFirst,
      names: [],
      node: properties[index] as Node,
      uses: usesOf(properties[index] as Node),
      owner: container,
      role: "member" as const,
      ...keyed(properties[index] as Node),
    })),
    together: text.typescript ? viaThisGroups(facts) : [],
    base: [],
    heritage: undefined,
  };
}

/** Functions and larger values move; accessors, spreads, short entries and those bound to the literal itself stay. */
function objectMemberMoves(
  property: Node,
  placed: { lines: { first: number; last: number }; codeFirst: number },
  contextual: boolean,
): boolean {
  if (property.type !== "Property" || property["kind"] !== "init" || property["shorthand"]) return false;
  const key = keyOf(property);
  if (property["computed"] || key === undefined || key === "__proto__") return false;
  if (placed.lines.last - placed.lines.first < 2) return false;
  const value = bare(property["value"]);
  if (usesSuper(value) || usesOuterThis(value)) return false;
  if (contextual && FUNCTION_TYPES.has(value.type)) {
    return (value["params"] as Node[]).every((param) =>
      isNode((param["left"] ?? param["argument"] ?? param)["typeAnnotation"]),
    );
  }
  return (
    FUNCTION_TYPES.has(value.type) ||
    ["ObjectExpression", "ArrayExpression", "ClassExpression", "NewExpression", "CallExpression"].includes(value.type)
  );
}

/** True where TypeScript types the literal from outside (an annotation or a parameter). */
function isContextual(node: Node, statement: Node): boolean {
  let contextual = false;
  const look = (at: Node): boolean => {
    if (at === node) return true;
    const inside = childrenOf(at).some(look);
    if (!inside) return false;
    if (at.type === "CallExpression" || at.type === "NewExpression" || at.type === "TSSatisfiesExpression")
      contextual = true;
    if (at.type === "VariableDeclarator" && isNode(at["id"].typeAnnotation)) contextual = true;
    if (at.type === "TSAsExpression" && at["typeAnnotation"].typeName?.name !== "const") contextual = true;
    return true;
  };
  look(statement);
  return contextual;
}

/** Members that use each other through `this` keep their types only in one literal. */
function viaThisGroups(facts: readonly MemberFacts[]): number[][] {
  const users = facts.flatMap((fact, index) => (fact.viaThis.size > 0 ? [index] : []));
  const used = facts.flatMap((fact, index) =>
    facts.some((other) => fact.key !== undefined && other.viaThis.has(fact.key)) ? [index] : [],
  );
  const group = [...new Set([...users, ...used])];
  return group.length > 1 ? [group] : [];
}

function keyed(node: Node): { key?: string } {
  const key = keyOf(node);
  return key === undefined ? {} : { key };
}

function withoutTypes(uses: Uses, names: ReadonlySet<string>): Uses {
  return { ...uses, references: uses.references.filter((reference) => !(reference.type && names.has(reference.name))) };
}

/** The tree with one node replaced; everything else is shared. */
function replaceNode(root: Node, target: Node, by: Node): Node {
  if (root === target) return by;
  if (root.start > target.start || root.end < target.end) return root;
  const copy: Record<string, unknown> = { ...root };
  for (const [field, value] of Object.entries(root)) {
    if (isNode(value)) copy[field] = replaceNode(value, target, by);
    else if (Array.isArray(value))
      copy[field] = value.map((item: unknown) => (isNode(item) ? replaceNode(item, target, by) : item));
  }
  return copy as unknown as Node;
}
