import { strongComponents } from "./strong-components.ts";
import type { UnitGraph } from "./unit-graph.ts";

/** Units that must stand in one part. */
export interface Block {
  readonly id: number;
  readonly units: readonly number[];
  readonly lines: number;
  /** Blocks that must be loaded before this one. */
  readonly needs: Set<number>;
  /** Blocks used only when called, in a circle too large for one part: late binding can serve them. */
  readonly mayBind: Set<number>;
}

/** Lines a unit fills in a part. */
export function unitLines(graph: UnitGraph, id: number): number {
  const unit = graph.units[id];
  if (unit === undefined) return 0;
  return unit.role === "shell" ? shellLines(graph, id) : unit.lines.last - unit.lines.first + 2;
}

/** What is left of a class or object without its members; a moved object member leaves one line. */
function shellLines(graph: UnitGraph, id: number): number {
  const shell = graph.units[id];
  if (shell === undefined) return 0;
  const members = graph.units.filter((unit) => unit.role === "member" && unit.owner === shell.owner);
  const gone = members.reduce((sum, unit) => sum + unit.lines.last - unit.lines.first + 2, 0);
  return (
    Math.max(shell.lines.last - shell.lines.first + 2 - gone, 2) + (shell.owner?.kind === "object" ? members.length : 0)
  );
}

/** Condenses the graph of units into blocks, dependencies first; circles above `cap` lines are opened at call-time uses. */
export function condense(graph: UnitGraph, cap: number): Block[] {
  const roots = [...new Set(graph.units.map((unit) => graph.joined.find(unit.id)))].sort((a, b) => a - b);
  const position = new Map(roots.map((root, index) => [root, index]));
  const groupOf = (unit: number): number => position.get(graph.joined.find(unit)) as number;
  const members: number[][] = roots.map(() => []);
  for (const unit of graph.units) members[groupOf(unit.id)]?.push(unit.id);
  const all: Set<number>[] = roots.map(() => new Set());
  const hard: Set<number>[] = roots.map(() => new Set());
  for (const [from, map] of graph.edges.entries()) {
    for (const [to, edge] of map) {
      if (groupOf(from) === groupOf(to)) continue;
      all[groupOf(from)]?.add(groupOf(to));
      if (edge.hard) hard[groupOf(from)]?.add(groupOf(to));
    }
  }
  const size = (groups: readonly number[]): number =>
    groups.reduce(
      (sum, group) => sum + (members[group] ?? []).reduce((lines, unit) => lines + unitLines(graph, unit), 0),
      0,
    );
  const cut: number[][] = [];
  const opened = new Map<number, number>();
  for (const [index, component] of strongComponents(roots.length, (group) => all[group] ?? []).entries()) {
    if (size(component) <= cap || component.length === 1) {
      cut.push(component);
      continue;
    }
    const inside = new Map(component.map((group, at) => [group, at]));
    const within = (at: number): number[] =>
      [...(hard[component[at] as number] ?? [])].flatMap((to) => inside.get(to) ?? []);
    for (const piece of strongComponents(component.length, within))
      cut.push(piece.map((at) => component[at] as number));
    for (const group of component) opened.set(group, index);
  }
  return toBlocks(cut, { members, all, hard, opened, size });
}

function toBlocks(
  cut: readonly (readonly number[])[],
  facts: {
    members: number[][];
    all: Set<number>[];
    hard: Set<number>[];
    opened: Map<number, number>;
    size: (groups: readonly number[]) => number;
  },
): Block[] {
  const blockOf = new Map<number, number>();
  for (const [id, groups] of cut.entries()) for (const group of groups) blockOf.set(group, id);
  return cut.map((groups, id) => {
    const needs = new Set<number>();
    const mayBind = new Set<number>();
    for (const group of groups) {
      for (const to of facts.all[group] ?? []) {
        const target = blockOf.get(to) as number;
        if (target === id) continue;
        const loose =
          facts.opened.has(group) && facts.opened.get(group) === facts.opened.get(to) && !facts.hard[group]?.has(to);
        (loose ? mayBind : needs).add(target);
      }
    }
    for (const target of needs) mayBind.delete(target);
    const units = groups.flatMap((group) => facts.members[group] ?? []).sort((a, b) => a - b);
    return { id, units, lines: facts.size(groups), needs, mayBind };
  });
}
