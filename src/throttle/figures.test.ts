import { expect, test } from "vitest";
import { limitFigure, worstLevel } from "./figures.ts";
import { DEFAULT_THRESHOLDS } from "./levels.ts";
import type { LimitState } from "./throttle.ts";

const money: LimitState = {
  limit: { scope: "session", of: "*", window: "hour", measure: "nanoUsd", amount: 5_000_000_000 },
  scopeKey: "session:my_session",
  settled: 3_700_000_001,
  held: 50_000_000,
};

test("a limit of money is shown in dollars, with its share, level and reset", () => {
  expect(limitFigure(money, DEFAULT_THRESHOLDS, 1_773_144_060_000)).toEqual({
    name: "usd/hour",
    scope: "session",
    of: "my_session",
    window: "hour",
    measure: "usd",
    limit: 5,
    used: 3.700000001,
    held: 0.05,
    share: 0.7500000002,
    level: "WARNING",
    resets_at: "2026-03-10T12:01:00.000Z",
  });
});

test("a limit of nothing is full", () => {
  const none = { ...money, limit: { ...money.limit, amount: 0 }, settled: 0, held: 0 };
  expect(limitFigure(none, DEFAULT_THRESHOLDS, null)).toMatchObject({ share: 1, level: "CRITICAL", resets_at: null });
});

test("the level of several limits is the worst one's", () => {
  const tokens = { ...money, limit: { ...money.limit, measure: "tokens", amount: 100 }, settled: 91, held: 0 } as const;
  const figures = [money, tokens, money].map((state) => limitFigure(state, DEFAULT_THRESHOLDS, null));
  expect(worstLevel(figures)).toBe("HARD");
  expect(worstLevel([])).toBe("NONE");
});
