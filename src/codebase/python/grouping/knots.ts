import { components, emptyGraph, type Graph } from "./graph.ts";
import type { Dependencies } from "./dependencies.ts";

/** The graph that parts must respect, and what had to be taken out of it. */
export interface Untangled {
  /** Import-time edges, and call-time edges that are kept. */
  readonly kept: Graph;
  /** Call-time edges taken out: where they point to a later part, the name is bound late. */
  readonly loose: Graph;
}

/**
 * Takes call-time edges out until no knot of groups that need each other is larger than `limit` lines. Import-time
 * edges are never taken out, so a knot of those stays, whatever its size. Pinned groups are the front's and left out.
 */
export function untangle(dependencies: Dependencies, limit: number): Untangled {
  const { groups, hard, soft } = dependencies;
  const kept = emptyGraph(groups.length);
  const loose = emptyGraph(groups.length);
  for (const [from, group] of groups.entries()) {
    if (group.pinned) continue;
    for (const to of [...(hard[from] ?? []), ...(soft[from] ?? [])])
      if (groups[to]?.pinned === false) kept[from]?.add(to);
  }
  const size = (component: readonly number[]): number =>
    component.reduce((sum, id) => sum + (groups[id]?.lines ?? 0), 0);
  const stuck = new Set<string>();
  for (;;) {
    const knot = components(kept).find(
      (component) => component.length > 1 && size(component) > limit && !stuck.has(component.join()),
    );
    if (knot === undefined) return { kept: sorted(kept), loose };
    const target = bestToLoosen(knot, kept, hard, (component) => size(component) ** 2);
    if (target === undefined) stuck.add(knot.join());
    else {
      for (const from of knot) {
        if (!removable(from, target, kept, hard)) continue;
        kept[from]?.delete(target);
        loose[from]?.add(target);
      }
    }
  }
}

function removable(from: number, to: number, kept: Graph, hard: Graph): boolean {
  return from !== to && kept[from]?.has(to) === true && hard[from]?.has(to) !== true;
}

/** The group whose users, when they look it up late, leave the smallest knots for the fewest names bound late. */
function bestToLoosen(
  knot: readonly number[],
  kept: Graph,
  hard: Graph,
  weigh: (component: readonly number[]) => number,
): number | undefined {
  let best: { readonly target: number; readonly score: number } | undefined;
  const whole = weigh(knot);
  for (const target of knot) {
    const users = knot.filter((from) => removable(from, target, kept, hard));
    if (users.length === 0) continue;
    const place = new Map(knot.map((id, index) => [id, index]));
    const inner = knot.map((from) => {
      const targets = new Set<number>();
      for (const to of kept[from] ?? []) {
        const at = place.get(to);
        if (at !== undefined && !(to === target && users.includes(from))) targets.add(at);
      }
      return targets;
    });
    const left = components(inner).reduce(
      (sum, component) => sum + weigh(component.map((index) => knot[index] ?? 0)),
      0,
    );
    const score = (whole - left) / whole / (2 + users.length);
    if (best === undefined || score > best.score) best = { target, score };
  }
  return best?.target;
}

function sorted(graph: Graph): Graph {
  return graph.map((targets) => new Set([...targets].sort((a, b) => a - b)));
}
