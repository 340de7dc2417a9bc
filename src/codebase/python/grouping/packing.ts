import { measureAffinity, type Affinity } from "./affinity.ts";
import { components } from "./graph.ts";
import type { Dependencies } from "./dependencies.ts";
import { untangle, type Untangled } from "./knots.ts";
import type { NameTable } from "../reading/name-table.ts";

/**
 * Packs groups of statements into parts: each part needs earlier parts only, holds at most `limit` lines (unless one
 * knot alone is larger) and has much to do with itself. Answers group numbers by part, in import order.
 */
export function packParts(dependencies: Dependencies, table: NameTable, limit: number): number[][] {
  const untangled = untangle(dependencies, limit);
  const affinity = measureAffinity(dependencies, table);
  const items = components(untangled.kept).filter((component) =>
    component.every((id) => dependencies.groups[id]?.pinned === false),
  );
  const lines = items.map((item) => item.reduce((sum, id) => sum + (dependencies.groups[id]?.lines ?? 0), 0));
  const packing = new Packing(items, lines, itemAffinity(items, affinity), limit);
  const cuts = packing.cut();
  const partOf = packing.improve(cuts, edgesBetween(items, untangled));
  const parts: number[][] = [];
  for (const [index, part] of partOf.entries()) (parts[part] ??= []).push(...(items[index] ?? []));
  return parts.filter((part) => part !== undefined && part.length > 0).map((part) => part.sort((a, b) => a - b));
}

/** Lines that a definition above the limit may take along, rather than leave them as a part of their own. */
const COMPANIONS = 20;

interface ItemEdges {
  readonly needs: readonly ReadonlySet<number>[];
  readonly neededBy: readonly ReadonlySet<number>[];
  readonly loose: readonly ReadonlySet<number>[];
}

class Packing {
  readonly #items: readonly (readonly number[])[];
  readonly #lines: readonly number[];
  readonly #affinity: Affinity;
  readonly #limit: number;

  constructor(items: readonly (readonly number[])[], lines: readonly number[], affinity: Affinity, limit: number) {
    this.#items = items;
    this.#lines = lines;
    this.#affinity = affinity;
    this.#limit = limit;
  }

  /** The part of each item when the items, in their order, are cut into the best runs (dynamic programming). */
  cut(): number[] {
    const count = this.#items.length;
    const best = [0, ...this.#items.map(() => Number.NEGATIVE_INFINITY)];
    const from: number[] = [];
    for (let end = 1; end <= count; end++) {
      let inside = 0;
      let lines = 0;
      let largest = 0;
      for (let start = end - 1; start >= 0; start--) {
        lines += this.#lines[start] ?? 0;
        largest = Math.max(largest, this.#lines[start] ?? 0);
        // What is too large by itself may keep a few lines that go with it.
        const companions = largest > this.#limit && lines - largest <= COMPANIONS;
        if (lines > this.#limit && start < end - 1 && !companions) break;
        for (const [other, weight] of this.#affinity[start] ?? []) if (other > start && other < end) inside += weight;
        const value = (best[start] ?? 0) + inside - this.#cost(lines);
        if (value > (best[end] ?? Number.NEGATIVE_INFINITY)) {
          best[end] = value;
          from[end] = start;
        }
      }
    }
    const partOf = this.#items.map(() => 0);
    let part = count;
    for (let end = count; end > 0; end = from[end] ?? 0, part--) partOf.fill(part, from[end] ?? 0, end);
    const first = partOf[0] ?? 0;
    return partOf.map((number) => number - first);
  }

  /** Moves single items to parts where they fit better, as far as the order of the parts allows it. */
  improve(start: readonly number[], edges: ItemEdges): number[] {
    const partOf = [...start];
    const lines: number[] = [];
    for (const [item, part] of partOf.entries()) lines[part] = (lines[part] ?? 0) + (this.#lines[item] ?? 0);
    for (let round = 0, moved = true; moved && round < 12; round++) {
      moved = false;
      for (const [item, part] of partOf.entries()) {
        const size = this.#lines[item] ?? 0;
        const low = Math.max(0, ...[...(edges.needs[item] ?? [])].map((need) => partOf[need] ?? 0));
        const high = Math.min(lines.length - 1, ...[...(edges.neededBy[item] ?? [])].map((user) => partOf[user] ?? 0));
        let best = { part, gain: 0.01 };
        for (let to = low; to <= high; to++) {
          if (to === part || (lines[to] ?? 0) + size > this.#limit || (lines[to] ?? 0) === 0) continue;
          const gain =
            this.#worth(item, to, partOf, edges) -
            this.#worth(item, part, partOf, edges) +
            this.#sizeGain(lines, part, to, size);
          if (gain > best.gain) best = { part: to, gain };
        }
        if (best.part === part) continue;
        partOf[item] = best.part;
        lines[part] = (lines[part] ?? 0) - size;
        lines[best.part] = (lines[best.part] ?? 0) + size;
        moved = true;
      }
    }
    return partOf;
  }

  #worth(item: number, part: number, partOf: readonly number[], edges: ItemEdges): number {
    let worth = 0;
    for (const [other, weight] of this.#affinity[item] ?? [])
      if (other !== item && partOf[other] === part) worth += weight;
    for (const target of edges.loose[item] ?? []) if ((partOf[target] ?? 0) > part) worth -= 2;
    for (const [user, targets] of edges.loose.entries())
      if (targets.has(item) && (partOf[user] ?? 0) < part) worth -= 2;
    return worth;
  }

  #sizeGain(lines: readonly number[], from: number, to: number, size: number): number {
    const [before, after] = [lines[from] ?? 0, lines[to] ?? 0];
    const emptied = before - size === 0 ? 0 : this.#cost(before - size);
    return this.#cost(before) + this.#cost(after) - emptied - this.#cost(after + size);
  }

  /** What a part of that size costs: one price for every part, more for very small and very full ones. */
  #cost(lines: number): number {
    const target = this.#limit * 0.65;
    const off = (lines - target) / target;
    return 5 + (off < 0 ? 12 : 8) * off * off;
  }
}

function itemAffinity(items: readonly (readonly number[])[], affinity: Affinity): Affinity {
  const itemOf = new Map(items.flatMap((item, index) => item.map((id) => [id, index] as const)));
  return items.map((item, index) => {
    const sums = new Map<number, number>();
    for (const id of item) {
      for (const [other, weight] of affinity[id] ?? []) {
        const at = itemOf.get(other);
        if (at !== undefined && at !== index) sums.set(at, (sums.get(at) ?? 0) + weight);
      }
    }
    return sums;
  });
}

function edgesBetween(items: readonly (readonly number[])[], { kept, loose }: Untangled): ItemEdges {
  const itemOf = new Map(items.flatMap((item, index) => item.map((id) => [id, index] as const)));
  const needs = items.map(() => new Set<number>());
  const neededBy = items.map(() => new Set<number>());
  const looseItems = items.map(() => new Set<number>());
  for (const [index, item] of items.entries()) {
    for (const id of item) {
      for (const target of kept[id] ?? []) {
        const at = itemOf.get(target);
        if (at === undefined || at === index) continue;
        needs[index]?.add(at);
        neededBy[at]?.add(index);
      }
      for (const target of loose[id] ?? []) {
        const at = itemOf.get(target);
        if (at !== undefined && at !== index) looseItems[index]?.add(at);
      }
    }
  }
  return { needs, neededBy, loose: looseItems };
}
