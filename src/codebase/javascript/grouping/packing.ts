import { affinities } from "./affinity.ts";
import { condense, unitLines, type Block } from "./blocks.ts";
import { describe, type UnitGraph } from "./unit-graph.ts";

/** Which units stand in which part, lower parts first, and which in the front. */
export interface Packing {
  readonly groups: readonly (readonly number[])[];
  readonly front: readonly number[];
  readonly notes: readonly string[];
}

/**
 * Distributes the units over parts of at most `cap` lines so that needs point to lower parts only; what means the front,
 * and what needs that, stays in the front. A string says why it cannot be done. Pure and deterministic.
 */
export function pack(graph: UnitGraph, cap: number, frontCap: number): Packing {
  const blocks = condense(graph, cap);
  const notes: string[] = [];
  const front = chooseFront(graph, blocks, cap, frontCap, notes);
  const order = cohesiveOrder(
    blocks.filter((block) => !front.has(block.id)),
    graph,
  );
  const affinity = affinities(graph, order);
  const cuts = cutOrder(order, affinity, cap);
  const groups = improve(order, cuts, affinity, cap);
  const unitIds = (list: readonly Block[]): number[] => list.flatMap((block) => block.units).sort((a, b) => a - b);
  return {
    groups: groups.map(unitIds),
    front: unitIds(blocks.filter((block) => front.has(block.id))),
    notes,
  };
}

/** Blocks of the front: those that mean it, those that need one of them, then those that stand best there. */
function chooseFront(
  graph: UnitGraph,
  blocks: readonly Block[],
  cap: number,
  frontCap: number,
  notes: string[],
): Set<number> {
  const front = new Set<number>();
  const users = new Map<number, number[]>();
  for (const block of blocks) for (const need of block.needs) users.set(need, [...(users.get(need) ?? []), block.id]);
  const add = (id: number): void => {
    if (front.has(id)) return;
    front.add(id);
    for (const user of users.get(id) ?? []) add(user);
  };
  for (const block of blocks) {
    if (block.units.some((unit) => graph.pinned.has(unit))) add(block.id);
    if (block.lines > cap && block.units.length > 1) {
      const largest = [...block.units].sort((a, b) => unitLines(graph, b) - unitLines(graph, a)).slice(0, 4);
      const names = largest.map((unit) => describe(graph.units[unit] as UnitGraph["units"][number]));
      notes.push(
        `${block.units.length} definitions (${block.lines} lines; ${names.join("; ")}) need each other while loading, through types or through shared state, and stay together in the old file.`,
      );
      add(block.id);
    }
  }
  let size = blocks.filter((block) => front.has(block.id)).reduce((sum, block) => sum + block.lines, 0);
  for (const block of [...blocks].reverse()) {
    const wanted = block.units.some((unit) => graph.preferred.has(unit));
    const free = (users.get(block.id) ?? []).every((user) => front.has(user));
    if (front.has(block.id) || !wanted || !free || size + block.lines > frontCap) continue;
    front.add(block.id);
    size += block.lines;
  }
  return front;
}

/** An order in which every block follows its needs and stands close to them, otherwise as in the source. */
function cohesiveOrder(blocks: readonly Block[], graph: UnitGraph): Block[] {
  const byId = new Map(blocks.map((block) => [block.id, block]));
  const line = (block: Block): number => Math.min(...block.units.map((unit) => graph.units[unit]?.lines.first ?? 0));
  const sorted = [...blocks].sort((a, b) => line(a) - line(b));
  const rank = new Map(sorted.map((block, index) => [block.id, index]));
  const order: Block[] = [];
  const done = new Set<number>();
  const place = (block: Block): void => {
    if (done.has(block.id)) return;
    done.add(block.id);
    const needs = [...block.needs].filter((id) => byId.has(id)).sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    for (const need of needs) place(byId.get(need) as Block);
    order.push(block);
  };
  for (const block of sorted) place(block);
  return order;
}

/** Cuts the order into runs of at most `cap` lines: cohesive inside, near the target size. */
function cutOrder(order: readonly Block[], affinity: readonly Float64Array[], cap: number): number[] {
  const count = order.length;
  const total = order.reduce((sum, block) => sum + block.lines, 0);
  const parts = Math.max(1, Math.ceil(total / (cap * 0.78)));
  const target = total / parts;
  const weight = affinity.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0) / 2 || 1;
  const best = Array.from({ length: count + 1 }, () => Number.POSITIVE_INFINITY);
  const from = Array.from({ length: count + 1 }, () => 0);
  best[0] = 0;
  for (let end = 1; end <= count; end++) {
    let lines = 0;
    let inside = 0;
    for (let start = end - 1; start >= 0; start--) {
      lines += order[start]?.lines ?? 0;
      for (let other = start + 1; other < end; other++) inside += affinity[start]?.[other] ?? 0;
      if (lines > cap && start < end - 1) break;
      const cost = (best[start] ?? 0) - inside / weight + 0.4 * (lines / target - 1) ** 2;
      if (cost < (best[end] ?? 0)) {
        best[end] = cost;
        from[end] = start;
      }
    }
  }
  const cuts: number[] = [];
  for (let end = count; end > 0; end = from[end] ?? 0) cuts.unshift(end);
  return cuts;
}

/** Moves single blocks between runs where needs allow it and more belongs together afterwards. */
function improve(
  order: readonly Block[],
  cuts: readonly number[],
  affinity: readonly Float64Array[],
  cap: number,
): Block[][] {
  const home = order.map((_, index) => cuts.findIndex((cut) => index < cut));
  const at = new Map(order.map((block, index) => [block.id, index]));
  const needs = order.map((block) => [...block.needs].flatMap((id) => at.get(id) ?? []));
  const users: number[][] = order.map(() => []);
  for (const [index, list] of needs.entries()) for (const need of list) users[need]?.push(index);
  const sizes = cuts.map((_, run) =>
    order.reduce((sum, block, index) => sum + (home[index] === run ? block.lines : 0), 0),
  );
  for (let round = 0; round < 8; round++) {
    let moved = false;
    for (const [index, block] of order.entries()) {
      const here = home[index] ?? 0;
      const low = Math.max(0, ...(needs[index] ?? []).map((need) => home[need] ?? 0));
      const high = Math.min(cuts.length - 1, ...(users[index] ?? []).map((user) => home[user] ?? 0));
      const pull = cuts.map(() => 0);
      for (const [other, run] of home.entries()) pull[run] = (pull[run] ?? 0) + (affinity[index]?.[other] ?? 0);
      let target = here;
      for (let run = low; run <= high; run++) {
        if (run !== here && (sizes[run] ?? 0) + block.lines > cap) continue;
        if ((pull[run] ?? 0) > (pull[target] ?? 0) + 0.01) target = run;
      }
      if (target === here || (sizes[here] ?? 0) - block.lines < 60) continue;
      home[index] = target;
      sizes[here] = (sizes[here] ?? 0) - block.lines;
      sizes[target] = (sizes[target] ?? 0) + block.lines;
      moved = true;
    }
    if (!moved) break;
  }
  return cuts.map((_, run) => order.filter((_block, index) => home[index] === run)).filter((run) => run.length > 0);
}
