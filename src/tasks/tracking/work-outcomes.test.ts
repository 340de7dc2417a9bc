import { describe, expect, test } from "vitest";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { openStore } from "../../storage/storage.ts";
import { STRATEGIES } from "../strategies.ts";
import type { WorkPlan, WorkResult } from "../work.ts";
import { bestModels, workFigures, workReturn } from "./work-figures.ts";
import { byKind, noteWorkOutcome, type WorkSums, workSums } from "./work-outcomes.ts";

const PLAN = {
  parts: [{}, {}, {}],
  spec: {
    kind: "analyze",
    repo: "/r",
    model: { provider: "xai", name: "grok-4" },
    strategy: STRATEGIES.analyze,
  },
} as unknown as WorkPlan;

const RESULT = {
  calls: 3,
  cachedCalls: 1,
  complete: true,
  cost: nanoUsd(5_000),
  tokens: { input: 900, output: 90 },
  durationMs: 60_000,
  servedBy: { "xai/grok-4": 1, "anthropic/claude-haiku-4-5": 2 },
} as unknown as WorkResult;

describeOnEachStore("finished work", (openPlace) => {
  test("is counted under who served most of it; only parts that were asked would have been done by hand", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: new SteppedClock(1_000) });
    await noteWorkOutcome(store, PLAN, RESULT);
    await noteWorkOutcome(store, PLAN, { ...RESULT, complete: false });
    await noteWorkOutcome(store, PLAN, { ...RESULT, calls: 0 });
    const sums = await workSums(store, { since: 0, until: 2_000 });
    expect(sums).toEqual([
      {
        kind: "analyze",
        model: "anthropic/claude-haiku-4-5",
        pieces: 2,
        complete: 1,
        parts: 6,
        inputTokens: 1_800,
        outputTokens: 180,
        cost: 10_000,
        durationMs: 120_000,
        manualMs: 2 * 20 * 60_000,
        completeMs: 60_000,
      },
    ]);
    expect(await workSums(store, { since: 1_001, until: 2_000 })).toEqual([]);
  });
});

function sums(model: string, pieces: number, complete: number, cost: number): WorkSums {
  return {
    kind: "analyze",
    model,
    pieces,
    complete,
    parts: pieces,
    inputTokens: 1_000,
    outputTokens: 100,
    cost: nanoUsd(cost),
    durationMs: pieces * 10_000,
    manualMs: complete * 600_000,
    completeMs: complete * 10_000,
  };
}

describe("what finished work comes to", () => {
  test("is rates, and what it saved", () => {
    expect(workFigures(sums("a", 4, 3, 400))).toEqual({
      successRate: 0.75,
      costEach: 100,
      timeEachMs: 10_000,
      tokenEfficiency: 0.1,
      savedMs: 1_770_000,
    });
  });

  test("is worth the hours it saved, by what an hour costs", () => {
    const saved = { ...sums("a", 1, 1, 1_000_000_000), manualMs: 3_610_000 };
    expect(workReturn(saved, nanoUsd(60_000_000_000))).toEqual({ value: 60_000_000_000, cost: 1_000_000_000, roi: 59 });
    expect(workReturn({ ...saved, cost: nanoUsd(0) }, nanoUsd(1)).roi).toBe(null);
  });

  test("is summed by kind", () => {
    expect(byKind([sums("a", 4, 3, 400), sums("b", 1, 1, 100)])).toMatchObject([{ model: null, pieces: 5, cost: 500 }]);
  });
});

describe("the model that does a kind best", () => {
  test("is not told from fewer than five pieces", () => {
    expect(bestModels([sums("a", 4, 4, 1), sums("b", 3, 0, 1)])).toEqual([
      {
        kind: "analyze",
        found: "not-enough",
        models: [
          { model: "a", pieces: 4 },
          { model: "b", pieces: 3 },
        ],
      },
    ]);
  });

  test("is the one that surely succeeds more often, whatever it costs", () => {
    expect(bestModels([sums("cheap", 30, 12, 100), sums("good", 30, 29, 900)])).toMatchObject([
      { model: "good", pieces: 30, why: "success", against: [{ model: "cheap", pieces: 30 }] },
    ]);
  });

  test("is the cheaper one where chance may have made the difference", () => {
    expect(bestModels([sums("cheap", 10, 9, 100), sums("good", 10, 10, 900)])).toMatchObject([
      { model: "cheap", why: "cost" },
    ]);
  });

  test("is the only one with enough pieces where there is but one", () => {
    expect(bestModels([sums("a", 5, 5, 1), sums("b", 4, 4, 1)])).toMatchObject([
      { model: "a", why: "only-one", against: [] },
    ]);
  });
});
