import { describe, expect, test } from "vitest";
import { figureOf, median, ratio, ratioOf, type Round, type Sample, verdictOf } from "../../bench/gateway/figures.ts";
import { growthOf } from "../../bench/gateway/growth.ts";
import { Histogram } from "../../bench/gateway/histogram.ts";

function sample(p50Us: number): Sample {
  return { requests: 1, perSecond: 1, p50Us, p99Us: 0, firstByteUs: 0, cpuUs: undefined, others: undefined };
}

function round(direct: number, bare: number, allot: number): Round {
  return { direct: sample(direct), bare: sample(bare), allot: sample(allot) };
}

describe("the histogram", () => {
  test("answers whole microseconds exactly below 1,024", () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 100; value += 1) histogram.add(value);
    expect([histogram.size, histogram.at(0.5), histogram.at(0.99), histogram.at(1)]).toEqual([100, 50, 99, 100]);
  });

  test("answers larger values to a thousandth, and never above the largest that was added", () => {
    const histogram = new Histogram();
    histogram.add(1_000_000);
    histogram.add(2_000_000);
    expect(histogram.at(0.5)).toBeGreaterThanOrEqual(1_000_000);
    expect(histogram.at(0.5)).toBeLessThan(1_001_000);
    expect(histogram.at(1)).toBe(2_000_000);
  });

  test("of nothing is 0", () => {
    expect(new Histogram().at(0.5)).toBe(0);
  });
});

test("the median is the middle one, or the mean of the two in the middle; what was not measured is left out", () => {
  expect([median([3, 1, undefined, 2]), median([4, 1, 3, 2]), median([undefined])]).toEqual([2, 2.5, undefined]);
});

test("a ratio is undefined against nothing, and 0 for what costs less than nothing", () => {
  expect([ratio(3, 2), ratio(-1, 2), ratio(1, 0), ratio(undefined, 2)]).toEqual([1.5, 0, undefined, undefined]);
});

test("added time is less the direct way of the same round, and ratios are taken within a round", () => {
  const added = (own: Sample, direct: Sample): number => own.p50Us - direct.p50Us;
  // The machine is three times as slow in the second round; the third's reference was faster than the direct way.
  const rounds = [round(10, 20, 15), round(30, 60, 45), round(10, 9, 15)];
  expect(figureOf(rounds, "allot", "direct", added)).toBe(5);
  expect(ratioOf(rounds, { own: "allot", reference: "bare", direct: "direct" }, added)).toBe(0.5);
});

test("a floor or an aim that is met exactly is met; a figure without a floor cannot miss one", () => {
  const goal = { better: "less", floor: 1.25, aim: 0.8 } as const;
  expect([0.8, 1.25, 1.26].map((value) => verdictOf(value, goal))).toEqual(["aim", "floor", "MISSED"]);
  expect([1.2, 0.8, 0.79].map((value) => verdictOf(value, { better: "more", floor: 0.8, aim: 1.2 }))).toEqual([
    "aim",
    "floor",
    "MISSED",
  ]);
  expect([verdictOf(2, { better: "less", aim: 1 }), verdictOf(undefined, goal)]).toEqual(["told", "not measured"]);
});

test("growth is the last fifth against the second, so that a warm-up is none", () => {
  expect(growthOf([50, 90, 100, 102, 101, 101, 103, 102, 110, 111])).toBeCloseTo(110.5 / 101, 10);
  expect(growthOf([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN])).toBeUndefined();
});
