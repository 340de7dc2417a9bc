import { describe, expect, test } from "vitest";
import type { ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd } from "../foundation/units.ts";
import { costOf, type TokenCounts } from "./cost.ts";

const rate = (dollars: number) => nanoUsd(dollars * 1e9);

const plain: ModelPrice = {
  input: rate(3),
  output: rate(15),
  cacheRead: rate(0.3),
  cacheWrite5m: rate(3.75),
  cacheWrite1h: rate(6),
  reasoning: rate(15),
  longContext: [],
  batchPermille: 500,
  priorityPermille: 2000,
  version: "test",
  from: "",
};

const tiered: ModelPrice = {
  ...plain,
  longContext: [
    { ...plain, aboveInputTokens: 200_000, input: rate(6), output: rate(22.5), cacheRead: rate(0.6) },
    { ...plain, aboveInputTokens: 400_000, input: rate(12), output: rate(45), cacheRead: rate(1.2) },
  ],
};

const used = (counts: Partial<TokenCounts>): TokenCounts => ({
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
  ...counts,
});

describe("cost of a call", () => {
  test("40,000 tokens in and 10,000 out at $3 and $15 a million are 27 cents", () => {
    expect(costOf(used({ inputTokens: 40_000, outputTokens: 10_000 }), plain)).toBe(270_000_000);
  });

  test("each class of input has its own rate", () => {
    const usage = used({ inputTokens: 1, cacheReadTokens: 1, cacheWrite5mTokens: 1, cacheWrite1hTokens: 1 });
    expect(costOf(usage, plain)).toBe(3000 + 300 + 3750 + 6000);
  });

  test("reasoning is a part of the output, billed at its own rate", () => {
    expect(costOf(used({ outputTokens: 10, reasoningTokens: 4 }), { ...plain, reasoning: rate(60) })).toBe(
      6 * 15_000 + 4 * 60_000,
    );
  });

  test("parts of a nano-dollar are rounded up once for the whole call, not for each class", () => {
    const cheap: ModelPrice = {
      ...plain,
      input: nanoUsd(100_000),
      output: nanoUsd(100_000),
      cacheRead: nanoUsd(100_000),
    };
    expect(costOf(used({ inputTokens: 1, cacheReadTokens: 1, outputTokens: 1 }), cheap)).toBe(1);
    expect(costOf(used({ inputTokens: 5, cacheReadTokens: 5, outputTokens: 1 }), cheap)).toBe(2);
  });

  test("a long-context tier begins above its bound and then holds for the whole call", () => {
    expect(costOf(used({ inputTokens: 200_000, outputTokens: 1 }), tiered)).toBe(600_000_000 + 15_000);
    expect(costOf(used({ inputTokens: 200_001, outputTokens: 1 }), tiered)).toBe(1_200_006_000 + 22_500);
  });

  test("cached input counts towards the tier, and the last tier that is passed applies", () => {
    const usage = used({ inputTokens: 1, cacheReadTokens: 400_000 });
    expect(costOf(usage, tiered)).toBe(12_000 + 480_000_000);
  });

  test("batch halves and priority doubles every rate", () => {
    const usage = used({ inputTokens: 1000, outputTokens: 100 });
    expect(costOf(usage, plain)).toBe(4_500_000);
    expect(costOf(usage, plain, "batch")).toBe(2_250_000);
    expect(costOf(usage, plain, "priority")).toBe(9_000_000);
  });

  test("figures beyond the safe integers on the way stay exact", () => {
    const dear: ModelPrice = { ...plain, output: nanoUsd(600_000_000_001) };
    expect(costOf(used({ outputTokens: 1_000_000 }), dear)).toBe(600_000_000_001);
  });
});
