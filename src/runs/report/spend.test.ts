import { expect, test } from "vitest";
import { nanoUsd } from "../../foundation/units.ts";
import { spendOf, type PaidCall } from "./spend.ts";

const call = (
  phase: string,
  inputTokens: number,
  outputTokens: number,
  cost: number,
  more: Partial<PaidCall> = {},
): PaidCall => ({
  task: "1",
  phase,
  tier: "small",
  model: "Haiku",
  purpose: "work-1",
  state: "done",
  usage: {
    inputTokens,
    outputTokens,
    cacheReadTokens: 10,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens: 0,
    estimated: false,
  },
  cost: nanoUsd(cost),
  ...more,
});

test("calls are summed by phase in the order in which the phases came", () => {
  const { byPhase, total } = spendOf([
    call("planning", 100, 20, 5),
    call("execution", 50, 10, 2),
    call("planning", 1, 1, 1),
  ]);
  expect(byPhase).toEqual([
    { name: "planning", calls: 2, inputTokens: 121, cachedTokens: 20, outputTokens: 21, cost: 6 },
    { name: "execution", calls: 1, inputTokens: 60, cachedTokens: 10, outputTokens: 10, cost: 2 },
  ]);
  expect(total).toEqual({ name: "total", calls: 3, inputTokens: 181, cachedTokens: 30, outputTokens: 31, cost: 8 });
});

test("a lost call is counted at its hold and named", () => {
  const { total, unknown } = spendOf([call("execution", 0, 0, 900, { state: "unknown" })]);
  expect(total.cost).toBe(900);
  expect(unknown).toEqual({ calls: 1, held: 900 });
});

test("what a subscription covers costs nothing and has its tokens counted; without any nothing is said", () => {
  const covered = { covered: true };
  const { total, covered: sum } = spendOf([
    call("execution", 100, 20, 0, covered),
    call("execution", 50, 10, 7),
    call("execution", 30, 5, 0, covered),
  ]);
  expect(sum).toEqual({ calls: 2, tokens: 175 });
  expect(total.cost).toBe(7);
  expect(spendOf([call("execution", 50, 10, 7)]).covered).toBeUndefined();
});
