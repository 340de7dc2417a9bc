import { expect, test } from "vitest";
import { SAMPLE_AT, sampleFallback, sampleTrace, SONNET } from "../../../test/support/sample-trace.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { openStore } from "../../storage/storage.ts";
import { allDelegations, delegationFigures, type DelegationSums, delegationSums } from "./delegation-figures.ts";
import { openDelegations } from "./delegations.ts";

const SUMS: DelegationSums = {
  group: "coding",
  requests: 12,
  answered: 8,
  failed: 2,
  refused: 1,
  fellBack: 2,
  cached: 1,
  attempts: 13,
  durationMs: 40_000,
  inputTokens: 3_000,
  cacheReadTokens: 1_000,
  outputTokens: 1_000,
  reasoningTokens: 100,
  cost: nanoUsd(110_000_000),
};

test("the seeds' figures are reckoned as documented", () => {
  expect(delegationFigures(SUMS, 59_000)).toEqual({
    successRate: 0.8,
    averageResponseTime: 5,
    tokenEfficiency: 0.25,
    costPerDelegation: 0.01,
    fallbackUsage: 0.25,
    timeSaved: 8 * 59 - 40,
  });
});

test("where hands are faster the time saved is below zero", () => {
  expect(delegationFigures(SUMS, 2_000).timeSaved).toBe(-24);
});

test("where there is nothing to divide by there is no figure", () => {
  expect(delegationFigures(allDelegations([]), 59_000)).toEqual({
    successRate: null,
    averageResponseTime: null,
    tokenEfficiency: null,
    costPerDelegation: null,
    fallbackUsage: null,
    timeSaved: 0,
  });
  const refused = { ...allDelegations([]), requests: 3, refused: 3 };
  expect(delegationFigures(refused, 59_000)).toMatchObject({ successRate: null, costPerDelegation: null });
});

test("all together is the sum of the rows", () => {
  expect(allDelegations([SUMS, SUMS])).toMatchObject({ group: "", requests: 24, fellBack: 4, cost: 220_000_000 });
});

describeOnEachStore("delegations by", (openPlace) => {
  test("task, model, provider and day, within the span that was asked for", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    const delegations = openDelegations({ store, clock });
    const { taskType: _, ...untyped } = sampleTrace();
    delegations.note(sampleTrace());
    delegations.note(sampleTrace({ taskType: "analysis", at: SAMPLE_AT - 86_400_000 }));
    delegations.note(sampleFallback({ taskType: "analysis" }));
    delegations.note(untyped);
    delegations.note(sampleTrace({ at: SAMPLE_AT - 40 * 86_400_000, taskType: "long-ago" }));
    const { served: __, ...refused } = untyped;
    delegations.note({ ...refused, outcome: "refused", attempts: [], requestedModel: "gpt-9" });
    await delegations[Symbol.asyncDispose]();
    const span = { since: SAMPLE_AT - 2 * 86_400_000, until: SAMPLE_AT };
    const groups = async (by: Parameters<typeof delegationSums>[1]) =>
      (await delegationSums(store.db, by, span)).map(({ group, requests, cost }) => [group, requests, cost]);
    expect(await groups("task")).toEqual([
      ["", 2, 20_000_000],
      ["analysis", 2, 14_000_000],
      ["coding", 1, 10_000_000],
    ]);
    expect(await groups("model")).toEqual([
      [`${SONNET.provider}/${SONNET.model}`, 3, 30_000_000],
      ["gpt-9", 1, 10_000_000],
      ["openai/gpt-5-mini", 1, 4_000_000],
    ]);
    expect(await groups("provider")).toEqual([
      ["anthropic", 3, 30_000_000],
      ["", 1, 10_000_000],
      ["openai", 1, 4_000_000],
    ]);
    expect(await groups("day")).toEqual([
      ["2026-03-09", 1, 10_000_000],
      ["2026-03-10", 4, 34_000_000],
    ]);
    const [analysis] = (await delegationSums(store.db, "task", span)).filter(({ group }) => group === "analysis");
    expect(analysis).toMatchObject({ answered: 2, fellBack: 1, attempts: 3, durationMs: 6_020, outputTokens: 600 });
  });
});
