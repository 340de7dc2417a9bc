import { takeApart, type TakenApart } from "../reading/containers.ts";
import { withoutPublication } from "../reading/exports-object.ts";
import { meansFront, standsBestInFront, usesModuleObject } from "./front-meaning.ts";
import { addEdge, type Edge } from "./edges.ts";
import { addOrderEdges } from "./effects.ts";
import type { ModuleParts, Unit } from "../reading/module-units.ts";
import { JoinedSets } from "./strong-components.ts";
import type { Node } from "../reading/syntax.ts";

export interface UnitGraph {
  readonly parts: ModuleParts;
  readonly units: readonly Unit[];
  readonly taken: readonly TakenApart[];
  /** Edges from a unit to what it needs. */
  readonly edges: readonly Map<number, Edge>[];
  readonly joined: JoinedSets;
  /** Units that mean the front by what they say (`module.exports = …`, `export default …`). */
  readonly pinned: ReadonlySet<number>;
  /** Units that stand best in the front where nothing else needs them. */
  readonly preferred: ReadonlySet<number>;
  /** Which unit binds a module-level name. */
  readonly binder: ReadonlyMap<string, number>;
  readonly manner: Manner;
  readonly notes: readonly string[];
}

/** How the module is read. */
export interface Manner {
  readonly shared: boolean;
  readonly trusting: boolean;
  /** A class's types need not hold across its chain. */
  readonly loose: boolean;
  /** Classes that must stay whole, with the reason. */
  readonly whole: ReadonlyMap<string, string>;
}

/**
 * Builds the graph of units; statements of more than `large` lines are taken apart where that is safe. With `shared`
 * the parts of a CommonJS module add to one exports object, so that `exports.x = …` can stand in any of them. With
 * `trusting`, functions given to a call while loading are taken to be called later, which is so nearly always.
 */
export function buildGraph(parts: ModuleParts, large: number, manner: Manner): UnitGraph {
  const notes: string[] = [];
  const { shared, trusting } = manner;
  const { units: exploded, taken, groups } = explodeUnits(parts, large, manner.whole, notes);
  const units = trusting ? exploded.map(trusted) : exploded;
  const joined = new JoinedSets(units.length);
  for (const group of groups) for (const member of group) joined.join(group[0] as number, member);
  const binder = bindNames(units, joined);
  const edges = units.map(() => new Map<number, Edge>());
  const executed = executedOnLoad(units, binder);
  const mutated = joinState(parts, units, binder, joined);
  for (const unit of units) {
    for (const site of unit.uses.references) {
      const target = binder.get(site.name);
      if (target === undefined || target === unit.id) continue;
      // Late binding would hand over the value that state had at first.
      const hard =
        mutated.has(site.name) || parts.text.typescript || site.phase === "load" || site.type || executed.has(unit.id);
      addEdge(edges, unit.id, target, hard, site);
    }
  }
  joinSharedLines(units, joined);
  for (const one of taken) addContainerEdges(one, units, edges, binder, parts.text.typescript && !manner.loose);
  addOrderEdges(units, edges, binder, shared);
  const pinned = new Set(
    units.filter((unit) => unit.role !== "member" && meansFront(unit, parts, shared)).map((unit) => unit.id),
  );
  for (const unit of units)
    if (unit.role === "member" && usesModuleObject(unit, shared)) pinToShell(unit, units, edges);
  const preferred = new Set(units.filter((unit) => standsBestInFront(unit)).map((unit) => unit.id));
  return { parts, units, taken, edges, joined, pinned, preferred, binder, manner, notes };
}

/** The unit with uncertain calls while loading read as later calls. */
function trusted(unit: Unit): Unit {
  const references = unit.uses.references.map((site) =>
    site.uncertain === "nothing"
      ? site
      : { ...site, phase: site.uncertain === "running" ? ("call" as const) : site.phase, executed: false },
  );
  return { ...unit, uses: { ...unit.uses, references } };
}

function explodeUnits(
  parts: ModuleParts,
  large: number,
  whole: Manner["whole"],
  notes: string[],
): { units: Unit[]; taken: TakenApart[]; groups: number[][] } {
  const units: Unit[] = [];
  const taken: TakenApart[] = [];
  const groups: number[][] = [];
  for (const unit of parts.units.map(withoutPublication)) {
    const lines = unit.lines.last - unit.codeFirst + 1;
    const kept = unit.names.flatMap((name) => whole.get(name) ?? [])[0];
    const apart = lines > large ? (kept ?? takeApart(unit, parts)) : undefined;
    if (apart === undefined || typeof apart === "string") {
      if (typeof apart === "string") notes.push(`${describe(unit)} (${lines} lines) stays whole: ${apart}.`);
      units.push({ ...unit, id: units.length });
      continue;
    }
    const shell = units.length;
    units.push({ ...apart.shell, id: shell });
    const first = units.length;
    for (const member of apart.members) units.push({ ...member, id: units.length });
    for (const group of [...apart.together, apart.base])
      if (group.length > 1) groups.push(group.map((index) => first + index));
    taken.push(apart);
  }
  return { units, taken, groups };
}

export function describe(unit: Unit): string {
  if (unit.key !== undefined) return unit.key;
  return unit.names.length > 0 ? unit.names.slice(0, 3).join(", ") : `the statement at line ${unit.codeFirst}`;
}

/** Maps names to units; declarations of one name (overloads, merged types) stay together. */
function bindNames(units: readonly Unit[], joined: JoinedSets): Map<string, number> {
  const binder = new Map<string, number>();
  for (const unit of units) {
    for (const name of unit.names) {
      const other = binder.get(name);
      if (other === undefined) binder.set(name, unit.id);
      else joined.join(other, unit.id);
    }
    const inner = unit.owner?.kind === "class" && unit.role === "shell" ? unit.owner.name : undefined;
    if (inner !== undefined && !binder.has(inner)) binder.set(inner, unit.id);
  }
  return binder;
}

/** Units whose functions may run while the module loads. */
function executedOnLoad(units: readonly Unit[], binder: ReadonlyMap<string, number>): Set<number> {
  const executed = new Set<number>();
  const queue: number[] = [];
  const add = (name: string): void => {
    const id = binder.get(name);
    if (id === undefined || executed.has(id)) return;
    executed.add(id);
    queue.push(id);
    for (const unit of units) {
      if (unit.role === "member" && unit.owner === units[id]?.owner && !executed.has(unit.id)) {
        executed.add(unit.id);
        queue.push(unit.id);
      }
    }
  };
  for (const unit of units) for (const site of unit.uses.references) if (site.executed && !site.type) add(site.name);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const site of (units[id] as Unit).uses.references) if (!site.type) add(site.name);
  }
  return executed;
}

/**
 * State that is assigned after its declaration stays with its writers. A CommonJS part copies what it imports, so
 * there the readers of state that functions assign stay too; ECMAScript bindings are live. Answers the names of such state.
 */
function joinState(
  parts: ModuleParts,
  units: readonly Unit[],
  binder: ReadonlyMap<string, number>,
  joined: JoinedSets,
): Set<string> {
  const mutated = new Set<string>();
  for (const unit of units) {
    for (const site of unit.uses.references) {
      const home = site.write ? binder.get(site.name) : undefined;
      if (home === undefined) continue;
      joined.join(home, unit.id);
      if (site.phase === "call" || site.uncertain !== "nothing") mutated.add(site.name);
    }
  }
  if (parts.text.esm) return mutated;
  for (const unit of units) {
    for (const site of unit.uses.references) {
      if (mutated.has(site.name)) joined.join(binder.get(site.name) as number, unit.id);
    }
  }
  return mutated;
}

function joinSharedLines(units: readonly Unit[], joined: JoinedSets): void {
  const statements = units.filter((unit) => unit.role !== "member");
  for (const [index, unit] of statements.entries()) {
    const before = statements[index - 1];
    if (before !== undefined && unit.codeFirst <= before.lines.last) joined.join(before.id, unit.id);
  }
}

function addContainerEdges(
  one: TakenApart,
  units: readonly Unit[],
  edges: Map<number, Edge>[],
  binder: ReadonlyMap<string, number>,
  typed: boolean,
): void {
  const mine = units.filter((unit) => unit.owner === one.container);
  const shell = mine.find((unit) => unit.role === "shell") as Unit;
  const members = mine.filter((unit) => unit.role === "member");
  for (const member of members) addEdge(edges, shell.id, member.id, true);
  if (one.container.kind !== "class") return;
  const base = one.base[0] === undefined ? undefined : members[one.base[0]];
  for (const member of members) {
    if (base !== undefined) addEdge(edges, member.id, base.id, true);
    for (const site of one.heritage?.references ?? []) {
      const target = binder.get(site.name);
      if (target !== undefined) addEdge(edges, member.id, target, true);
    }
  }
  if (!typed) return;
  const merged = units.some((unit) => unit !== shell && unit.names.some((name) => shell.names.includes(name)));
  const kept = new Set(
    ((one.container.node["body"].body ?? []) as Node[]).map((member) => member["key"]?.name as string | undefined),
  );
  for (const [index, member] of members.entries()) {
    if (one.facts[index]?.bareThis === true) addEdge(edges, member.id, shell.id, true);
    for (const key of one.facts[index]?.viaThis ?? []) {
      const used = members.filter((other) => other.key === key);
      for (const other of used) addEdge(edges, member.id, other.id, true);
      if (used.length === 0 && (merged || kept.has(key))) addEdge(edges, member.id, shell.id, true);
    }
  }
}

function pinToShell(unit: Unit, units: readonly Unit[], edges: Map<number, Edge>[]): void {
  const shell = units.find((other) => other.role === "shell" && other.owner === unit.owner);
  if (shell !== undefined) addEdge(edges, unit.id, shell.id, true);
}
