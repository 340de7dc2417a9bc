import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actionOf, DEFAULT_THRESHOLDS, levelOf, mostToGo, usedMore } from "./levels.ts";
import { LEVELS, type LimitState, PRIORITIES } from "./throttle.ts";

describe("the matrix of levels and priorities", () => {
  test.each([
    ["NONE", "low", "go"],
    ["NONE", "normal", "go"],
    ["NONE", "high", "go"],
    ["NONE", "critical", "go"],
    ["WARNING", "low", "go"],
    ["WARNING", "normal", "go"],
    ["WARNING", "high", "go"],
    ["WARNING", "critical", "go"],
    ["SOFT", "low", "queue"],
    ["SOFT", "normal", "go"],
    ["SOFT", "high", "go"],
    ["SOFT", "critical", "go"],
    ["HARD", "low", "block"],
    ["HARD", "normal", "block"],
    ["HARD", "high", "go"],
    ["HARD", "critical", "go"],
    ["CRITICAL", "low", "block"],
    ["CRITICAL", "normal", "block"],
    ["CRITICAL", "high", "block"],
    ["CRITICAL", "critical", "go"],
  ] as const)("at %s, %s: %s", (level, priority, action) => {
    expect(actionOf(level, priority)).toBe(action);
  });
});

describe("the level of a limit", () => {
  test.each([
    [0, "NONE"],
    [69_990, "NONE"],
    [69_999, "NONE"],
    [70_000, "WARNING"],
    [79_999, "WARNING"],
    [80_000, "SOFT"],
    [89_999, "SOFT"],
    [90_000, "HARD"],
    [95_000, "HARD"],
    [95_001, "CRITICAL"],
    [95_010, "CRITICAL"],
    [100_000, "CRITICAL"],
    [120_000, "CRITICAL"],
  ] as const)("with %d of 100,000 used is %s", (used, level) => {
    expect(levelOf(used, 100_000, DEFAULT_THRESHOLDS)).toBe(level);
  });

  test("is not moved by fractions: seven of ten reach WARNING, two of three do not", () => {
    expect([levelOf(7, 10, DEFAULT_THRESHOLDS), levelOf(2, 3, DEFAULT_THRESHOLDS)]).toEqual(["WARNING", "NONE"]);
  });

  test("is exact where a product of numbers would not be: nine million dollars, to the nano-dollar", () => {
    const amount = 9_000_000_000_000_000;
    const boundary = 8_550_000_000_000_000;
    expect(levelOf(boundary, amount, DEFAULT_THRESHOLDS)).toBe("HARD");
    expect(levelOf(boundary + 1, amount, DEFAULT_THRESHOLDS)).toBe("CRITICAL");
  });

  test("begins where the thresholds say", () => {
    const thresholds = { warning: 500, soft: 600, hard: 605, critical: 1000 };
    const levels = [499, 500, 600, 604, 605, 1000, 1001].map((used) => levelOf(used, 1000, thresholds));
    expect(levels).toEqual(["NONE", "WARNING", "SOFT", "SOFT", "HARD", "HARD", "CRITICAL"]);
  });

  test("of nothing is always full", () => {
    expect(levelOf(0, 0, DEFAULT_THRESHOLDS)).toBe("CRITICAL");
  });

  test("never falls when more is used", () => {
    const amounts = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(amounts, fc.nat(1_000_000), fc.nat(1_000_000), (amount, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((ppm) => Math.floor((amount / 1_000_000) * ppm));
        const rank = (used = 0): number => LEVELS.indexOf(levelOf(used, amount, DEFAULT_THRESHOLDS));
        expect(rank(less)).toBeLessThanOrEqual(rank(more));
      }),
    );
  });
});

test("the most that may be used for a priority to go is exactly the last figure at which the matrix lets it", () => {
  const amounts = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
  const priorities = fc.constantFrom(...PRIORITIES.filter((priority) => priority !== "critical"));
  fc.assert(
    fc.property(amounts, priorities, (amount, priority) => {
      const most = mostToGo(priority, amount, DEFAULT_THRESHOLDS);
      const actionAt = (used: number): string => actionOf(levelOf(used, amount, DEFAULT_THRESHOLDS), priority);
      expect(actionAt(most)).toBe("go");
      // One unit of a limit below ten may be the whole step from "go" over "queue" to "block".
      if (amount >= 10) expect(actionAt(most + 1)).toBe(priority === "low" ? "queue" : "block");
      else expect(actionAt(most + 1)).not.toBe("go");
    }),
    {
      examples: [
        [1000, "normal"],
        [999, "high"],
        [1, "low"],
        [10, "low"],
        [Number.MAX_SAFE_INTEGER, "normal"],
      ],
    },
  );
});

test("of two limits the one with the larger share is used more, however large they are", () => {
  const state = (settled: number, amount: number): LimitState => ({
    limit: { scope: "global", of: "*", window: "ever", measure: "tokens", amount },
    scopeKey: "global:",
    settled,
    held: 0,
  });
  const large = state(8_999_999_999_999_999, 9_000_000_000_000_000);
  expect(usedMore(state(1, 2), state(499, 1000))).toBe(true);
  expect(usedMore(large, state(8_999_999_999_999_998, 9_000_000_000_000_000))).toBe(true);
  expect(usedMore(large, large)).toBe(false);
  expect(usedMore(state(0, 0), large)).toBe(true);
});
