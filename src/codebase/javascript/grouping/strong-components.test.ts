import { expect, test } from "vitest";
import { JoinedSets, strongComponents } from "./strong-components.ts";

test("circles become one component and dependencies come first", () => {
  const edges: readonly (readonly number[])[] = [[1], [2], [0, 3], [], [0, 3]];
  expect(strongComponents(5, (node) => edges[node] ?? [])).toEqual([[3], [0, 1, 2], [4]]);
});

test("a chain of a hundred thousand nodes does not overflow the stack", () => {
  expect(strongComponents(100_000, (node) => (node > 0 ? [node - 1] : [])).length).toBe(100_000);
});

test("joined members share one representative", () => {
  const sets = new JoinedSets(5);
  sets.join(4, 2);
  sets.join(2, 1);
  expect([0, 1, 2, 3, 4].map((member) => sets.find(member))).toEqual([0, 1, 1, 3, 1]);
});
