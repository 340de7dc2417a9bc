import { describe, expect, test } from "vitest";
import { formatUsd, nanoUsd, sumUsd } from "../../src/foundation/units.ts";
import { exactUsd } from "../../scripts/docs/figures-page.ts";
import {
  ALL_SONNET,
  DELEGATED,
  METRICS_LOG,
  atRate,
  delegatedCost,
  mixedDay,
  savedPermille,
  seedPrice,
  stepCost,
  stepsCost,
  todaysPrice,
} from "../../scripts/docs/seed-figures.ts";

// The figures are written out as the seeds print them, with the exact amount in nano-dollars beside.

const sonnet = seedPrice("claude-3-5-sonnet");
const haiku = seedPrice("claude-3-5-haiku-latest");
const usd = (dollars: number) => nanoUsd(Math.round(dollars * 1e9));

describe("splitting todoist.py at the prices of October 2025", () => {
  test("the price list is the seeds' own table", () => {
    const table = ["claude-3-5-sonnet", "claude-3-5-haiku-latest", "gpt-4o", "gpt-4o-mini"].map((name) => {
      const price = seedPrice(name);
      return [price.input, price.output, price.version];
    });
    expect(table).toEqual([
      [3_000_000_000, 15_000_000_000, "seeds-2025-10"],
      [250_000_000, 1_250_000_000, "seeds-2025-10"],
      [2_500_000_000, 10_000_000_000, "seeds-2025-10"],
      [150_000_000, 600_000_000, "seeds-2025-10"],
    ]);
  });

  test("everything on Sonnet costs $1.03, exactly $1.035", () => {
    expect(ALL_SONNET.map((step) => stepCost(step, sonnet))).toEqual([
      270_000_000, 180_000_000, 495_000_000, 90_000_000,
    ]);
    const total = stepsCost(ALL_SONNET, sonnet);
    expect(total).toBe(1_035_000_000);
    expect(formatUsd(total)).toBe("$1.03");
  });

  test("delegated costs $0.582 by the seed's rounded lines, exactly $0.58425", () => {
    expect(DELEGATED.big.map((step) => stepCost(step, sonnet))).toEqual([270_000_000, 240_000_000, 60_000_000]);
    expect(DELEGATED.small.map((step) => stepCost(step, haiku))).toEqual([12_000_000, 2_250_000]);
    const total = delegatedCost(sonnet, haiku);
    expect(total).toBe(584_250_000);
    const roundedLines = sumUsd([usd(0.27), usd(0.24), usd(0.01), usd(0.002), usd(0.06)]);
    expect(exactUsd(roundedLines)).toBe("$0.582");
  });

  test("the saving is $0.45 (44%), exactly $0.45075 (43.6%)", () => {
    const [all, delegated] = [stepsCost(ALL_SONNET, sonnet), delegatedCost(sonnet, haiku)];
    const saved = nanoUsd(all - delegated);
    expect(saved).toBe(450_750_000);
    expect(saved / 1e9).toBeCloseTo(0.45, 2);
    expect(savedPermille(all, delegated)).toBe(436);
    expect(Math.round((saved * 100) / all)).toBe(44);
  });

  test("10 projects a month save $4.50, exactly $4.5075", () => {
    const saved = nanoUsd(stepsCost(ALL_SONNET, sonnet) - delegatedCost(sonnet, haiku));
    expect(nanoUsd(saved * 10)).toBe(4_507_500_000);
    expect(usd(0.45) * 10).toBe(4_500_000_000);
  });

  test("execution and testing are 56.5% of all-Sonnet, so 50-70% cannot be saved on this example", () => {
    expect(savedPermille(stepsCost(ALL_SONNET, sonnet), stepsCost(ALL_SONNET.slice(0, 2), sonnet))).toBe(565);
  });

  test("at Claude 3.5 Haiku's real price of $0.80 and $4.00 the saving is $0.4194", () => {
    const sold = todaysPrice("claude-3-5-haiku-20241022");
    expect([sold.input, sold.output]).toEqual([800_000_000, 4_000_000_000]);
    expect(stepsCost(ALL_SONNET, sonnet) - delegatedCost(sonnet, sold)).toBe(419_400_000);
  });
});

describe("the metrics log", () => {
  const planning = stepCost(METRICS_LOG.planning, sonnet);
  const execution = stepCost(METRICS_LOG.execution, haiku);
  const verification = stepCost(METRICS_LOG.verification, sonnet);

  test("is $0.51 + $0.012 + $0.063 = $0.585 to the nano-dollar", () => {
    expect([planning, execution, verification]).toEqual([510_000_000, 12_000_000, 63_000_000]);
    expect(formatUsd(sumUsd([planning, execution, verification]))).toBe("$0.585");
  });

  test("saves $0.465 (44%) against the seed's estimate of $1.05", () => {
    const total = sumUsd([planning, execution, verification]);
    expect(usd(1.05) - total).toBe(465_000_000);
    expect(savedPermille(usd(1.05), total)).toBe(443);
  });

  test("would cost $0.717 on Sonnet for the logged tokens, so the $1.05 assumes more reading", () => {
    expect(stepsCost(Object.values(METRICS_LOG), sonnet)).toBe(717_000_000);
  });

  test("has a mini-task of 3,000 + 800 tokens at $0.00175, the seed's $0.002", () => {
    const cost = stepCost({ name: "mini-task 2", input: 3000, output: 800 }, haiku);
    expect(cost).toBe(1_750_000);
    expect((cost / 1e9).toFixed(3)).toBe("0.002");
  });
});

describe("cheaper models and mixed days", () => {
  const sonnet45 = todaysPrice("claude-sonnet-4-5-20250929");

  test.each([
    ["Haiku 3.5 ($0.80 / $4.00)", "claude-3-5-haiku-20241022", 733],
    ["Haiku 4.5 ($1.00 / $5.00)", "claude-haiku-4-5", 667],
  ])("the seed's 80%% against Sonnet 4.5 is not what %s saves", (_name, model, permille) => {
    const price = todaysPrice(model);
    expect(savedPermille(sonnet45.input, price.input)).toBe(permille);
    expect(savedPermille(sonnet45.output, price.output)).toBe(permille);
  });

  test("the $18 day is $7.92 at 80% saved, where the seed's $3 for UI makes $9.12", () => {
    expect(mixedDay(usd(18), 1, 5)).toEqual({
      ui: 1_800_000_000,
      coding: 5_400_000_000,
      docs: 720_000_000,
      total: 7_920_000_000,
    });
    expect(sumUsd([usd(3), usd(5.4), usd(0.72)])).toBe(9_120_000_000);
    expect(savedPermille(usd(18), usd(9.12))).toBe(493);
    expect(savedPermille(usd(18), usd(7.92))).toBe(560);
  });

  test("the $18 day is $8.76 at Haiku 3.5's real price", () => {
    expect(mixedDay(usd(18), 4, 15).total).toBe(8_760_000_000);
  });

  test("60% saved at $9.12 means a day of $22.80", () => {
    expect(savedPermille(usd(22.8), usd(9.12))).toBe(600);
  });

  test("100,000 tokens an hour cannot pass $1.50 on Sonnet 4.5, so they stop a session before $5 does", () => {
    expect(stepCost({ name: "hour", input: 0, output: 100_000 }, sonnet45)).toBe(1_500_000_000);
  });
});

describe("smaller contexts", () => {
  test.each([
    [600_000, 16_000, 973],
    [382_000, 26_000, 932],
    [15_000, 3000, 800],
    [15_000, 2000, 867],
  ])("%i tokens down to %i save %i permille", (before, after, permille) => {
    expect(savedPermille(before, after)).toBe(permille);
  });

  test("382k to 26k cache-creation tokens are $1.4325 to $0.0975 on Sonnet 4.5", () => {
    const { cacheWrite5m } = todaysPrice("sonnet-4-5");
    expect([atRate(382_000, cacheWrite5m), atRate(26_000, cacheWrite5m)]).toEqual([1_432_500_000, 97_500_000]);
  });

  test("a Codex agent's 330k + 9k tokens list at $0.5025 on GPT-5", () => {
    expect(stepCost({ name: "codex", input: 330_000, output: 9000 }, todaysPrice("gpt-5"))).toBe(502_500_000);
  });
});

test("exact dollars keep every digit and at least two", () => {
  expect([0, 1, 450_750_000, 1_500_000_000, -12_000_000].map((amount) => exactUsd(nanoUsd(amount)))).toEqual([
    "$0.00",
    "$0.000000001",
    "$0.45075",
    "$1.50",
    "-$0.012",
  ]);
});
