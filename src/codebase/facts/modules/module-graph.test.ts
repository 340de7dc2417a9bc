import { expect, test } from "vitest";
import { centrality } from "./module-graph.ts";

test("what everybody imports is central, what nobody imports is not", () => {
  // 0, 1 and 2 import 3; 3 imports nothing; 4 stands alone.
  const ranks = centrality([[3], [3], [3], [], []]);
  expect(Array.from(ranks, (rank) => Math.round(rank * 1_000) / 1_000)).toEqual([0.132, 0.132, 0.132, 0.47, 0.132]);
  expect(Math.round(ranks.reduce((sum, rank) => sum + rank, 0) * 1e9) / 1e9).toBe(1);
});

test("what a central module builds on is central too", () => {
  const ranks = centrality([[1], [2], [], [1], [1]]);
  expect((ranks[2] ?? 0) > (ranks[0] ?? 0) * 2).toBe(true);
});

test("rings and no modules at all are no trouble", () => {
  expect([...centrality([[1], [0]])]).toEqual([0.5, 0.5]);
  expect([...centrality([])]).toEqual([]);
});
