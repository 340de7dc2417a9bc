import { expect, test } from "vitest";
import { nanoUsd } from "../foundation/units.ts";
import { compareUsage, sumUsage, totalUsage } from "./sums.ts";
import type { PricedUsage } from "./transcripts.ts";

function usage(changes: Partial<PricedUsage>): PricedUsage {
  return {
    agent: "claude-code",
    id: "a",
    requestId: null,
    responseId: null,
    session: "s1",
    parentSession: null,
    isSubagent: false,
    provider: "anthropic",
    plan: null,
    project: "/projects/shop",
    model: "m1",
    at: Date.parse("2026-11-20T23:59:00Z"),
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    file: "f",
    line: 1,
    cost: nanoUsd(0),
    covered: false,
    ...changes,
  };
}

test("every class of tokens counts once, reasoning as a part of the output", () => {
  const sum = totalUsage([
    usage({
      inputTokens: 1,
      cacheReadTokens: 2,
      cacheWrite5mTokens: 4,
      cacheWrite1hTokens: 8,
      outputTokens: 16,
      reasoningTokens: 9,
    }),
    usage({ inputTokens: 100 }),
  ]);
  expect([sum.tokens, sum.inputTokens, sum.outputTokens, sum.reasoningTokens]).toEqual([131, 101, 16, 9]);
});

test("days are those of UTC and in order; a folder or a model that no log names has a row of its own", () => {
  const records = [
    usage({ at: Date.parse("2026-11-21T00:00:00Z"), project: null, model: "" }),
    usage({}),
    usage({ at: 0 }),
  ];
  expect(sumUsage(records, "day").map(({ name }) => name)).toEqual(["(unknown)", "2026-11-20", "2026-11-21"]);
  expect(sumUsage(records, "project").map(({ name, answers }) => [name, answers])).toEqual([
    ["(unknown)", 1],
    ["/projects/shop", 2],
  ]);
  expect(sumUsage(records, "model").map(({ name }) => name)).toEqual(["(unknown)", "m1"]);
});

test("an unknown price is no $0: it is left out, counted, and alone it leaves the cost unknown", () => {
  const known = usage({ cost: nanoUsd(500), inputTokens: 10 });
  const unknown = usage({ cost: null, inputTokens: 70, outputTokens: 7 });
  expect(totalUsage([known, unknown])).toMatchObject({ cost: 500, unpricedAnswers: 1, unpricedTokens: 77 });
  expect(totalUsage([unknown]).cost).toBeNull();
  expect(totalUsage([]).cost).toBe(0);
});

test("what a subscription pays is $0 with its tokens counted", () => {
  const sum = totalUsage([usage({ covered: true, inputTokens: 70 }), usage({ cost: nanoUsd(5), inputTokens: 1 })]);
  expect(sum).toMatchObject({ cost: 5, tokens: 71, coveredAnswers: 1, coveredTokens: 70 });
});

test("382k to 26k tokens of cache creation are 93 percent less", () => {
  const before = totalUsage([
    usage({ cacheWrite5mTokens: 300_000, cacheWrite1hTokens: 82_000, outputTokens: 900, cost: nanoUsd(2_000_000_000) }),
  ]);
  const after = totalUsage([usage({ cacheWrite5mTokens: 26_000, outputTokens: 702, cost: null })]);
  const changes = Object.fromEntries(compareUsage(before, after).map((each) => [each.measure, each]));
  expect(changes["cache_creation"]).toEqual({
    measure: "cache_creation",
    before: 382_000,
    after: 26_000,
    percent: -93.2,
  });
  expect(changes["output"]?.percent).toBe(-22);
  expect(changes["input"]).toMatchObject({ before: 0, after: 0, percent: null });
  expect(changes["cost"]).toMatchObject({ before: 2_000_000_000, after: null, percent: null });
});
