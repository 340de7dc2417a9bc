import type { Unit } from "../reading/module-units.ts";
import { leftmost } from "../reading/scopes.ts";
import { bare, isNode, type Node } from "../reading/syntax.ts";
import { addEdge, type Edge } from "./edges.ts";

interface Effect {
  readonly unit: Unit;
  /** Units whose value the statement may change while the module loads. */
  readonly touched: ReadonlySet<number>;
  /** `Foo.prototype.bar = function …`: commutes with every other one of a different path. */
  readonly path: string | undefined;
}

/**
 * Keeps statements that change something while loading in the order they have, among each other and against what reads
 * the changed things while loading. Order needs no import: the front loads the parts in that order.
 */
export function addOrderEdges(
  units: readonly Unit[],
  edges: readonly Map<number, Edge>[],
  binder: ReadonlyMap<string, number>,
  shared: boolean,
): void {
  const statements = units.filter((unit) => unit.role !== "member");
  const reach = reachOnLoad(units, binder);
  const effects = statements.filter((unit) => isEffect(unit.node)).map((unit) => effectOf(unit, reach(unit), binder));
  for (const effect of effects) {
    for (const other of statements) {
      if (other === effect.unit) continue;
      const rival = effects.find((one) => one.unit === other);
      if (effect.path !== undefined && rival?.path !== undefined && rival.path !== effect.path) continue;
      const read = rival?.path === undefined ? reach(other) : rival.touched;
      if (![...effect.touched].some((id) => read.has(id))) continue;
      if (other.id > effect.unit.id) addEdge(edges, other.id, effect.unit.id, true);
      else addEdge(edges, effect.unit.id, other.id, true);
    }
  }
  const barriers = effects.filter((effect) => effect.path === undefined);
  for (const [index, effect] of barriers.entries()) {
    const before = barriers[index - 1];
    if (before !== undefined) addEdge(edges, effect.unit.id, before.unit.id, true);
  }
  if (shared) addExportsOrder(statements, edges, (unit) => [unit, ...[...reach(unit)].map((id) => units[id] as Unit)]);
}

/** What reads the shared exports object while loading comes after everything that was added to it before. */
function addExportsOrder(
  statements: readonly Unit[],
  edges: readonly Map<number, Edge>[],
  reached: (unit: Unit) => readonly Unit[],
): void {
  const mentions = (unit: Unit): number =>
    unit.uses.references.filter((site) => site.name === "exports" || site.name === "module").length;
  for (const unit of statements) {
    const own = unit.uses.references.filter((site) => site.name === "exports" || site.name === "module");
    const loaded = own.filter((site) => site.phase === "load").length;
    const through = reached(unit).some((other) => other !== unit && mentions(other) > 0);
    if (loaded <= (unit.node.type === "ExpressionStatement" ? 1 : 0) && !through) continue;
    for (const other of statements)
      if (other.id < unit.id && mentions(other) > 0) addEdge(edges, unit.id, other.id, true);
  }
}

function isEffect(node: Node): boolean {
  if (/^(Export|Import|TS|Class|Function)/.test(node.type))
    return node.type === "ExportDefaultDeclaration" && !/Class|Function/.test(node["declaration"].type);
  return node.type !== "VariableDeclaration" && node.type !== "EmptyStatement";
}

function effectOf(unit: Unit, reached: ReadonlySet<number>, binder: ReadonlyMap<string, number>): Effect {
  const expression = unit.node.type === "ExpressionStatement" ? bare(unit.node["expression"]) : undefined;
  if (
    expression?.type === "AssignmentExpression" &&
    isNode(expression["left"]) &&
    bare(expression["left"]).type === "MemberExpression"
  ) {
    const left = bare(expression["left"]);
    const root = leftmost(left);
    const home = root === undefined ? undefined : binder.get(root);
    const plain = !unit.uses.references.some((site) => site.executed);
    if (plain)
      return {
        unit,
        touched: new Set(home === undefined ? [] : [home]),
        path: pathOf(left) ?? `line ${unit.codeFirst}`,
      };
  }
  return { unit, touched: reached, path: undefined };
}

/** `a.b.c` as text; undefined for computed members. */
function pathOf(node: Node): string | undefined {
  if (node.type === "Identifier") return node["name"] as string;
  if (node.type !== "MemberExpression") return undefined;
  const object = pathOf(bare(node["object"]));
  const property = node["property"] as Node;
  const key = node["computed"]
    ? property.type === "Literal"
      ? String(property["value"])
      : JSON.stringify([property.start])
    : (property["name"] as string);
  return object === undefined ? undefined : `${object}.${key}`;
}

/** What loading a unit may read: its own uses, and those of every function it may call. */
function reachOnLoad(units: readonly Unit[], binder: ReadonlyMap<string, number>): (unit: Unit) => ReadonlySet<number> {
  const cache = new Map<number, Set<number>>();
  return (unit) => {
    const known = cache.get(unit.id);
    if (known !== undefined) return known;
    const reached = new Set<number>();
    cache.set(unit.id, reached);
    const called = new Set<number>();
    const queue: number[] = [];
    for (const site of unit.uses.references) {
      const home = binder.get(site.name);
      if (site.type || site.phase !== "load" || home === undefined || home === unit.id) continue;
      reached.add(home);
      if (site.executed) queue.push(home);
    }
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (called.has(id)) continue;
      called.add(id);
      for (const site of (units[id] as Unit).uses.references) {
        const home = binder.get(site.name);
        if (site.type || home === undefined) continue;
        reached.add(home);
        queue.push(home);
      }
    }
    return reached;
  };
}
