import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCount, formatUsd, fromUsd, nanoUsd, sumUsd, toUsd, tokens } from "./units.ts";

describe("money", () => {
  test("is refused when it is no whole number of nano-dollars or too large to be exact", () => {
    expect(() => nanoUsd(0.5)).toThrow("nano-dollars must be a safe integer, got 0.5");
    expect(() => nanoUsd(Number.NaN)).toThrow(RangeError);
    expect(() => nanoUsd(2 ** 53)).toThrow(RangeError);
    expect(nanoUsd(-7)).toBe(-7);
  });

  test("comes from dollars rounded to the nearest nano-dollar", () => {
    expect(fromUsd(0.1)).toBe(100_000_000);
    expect(fromUsd(0.000_000_000_6)).toBe(1);
    expect(fromUsd(0.000_000_000_4)).toBe(0);
    expect(fromUsd(3.75)).toBe(3_750_000_000);
  });

  test("adds up without drift where floats would", () => {
    const dimes = Array.from({ length: 10 }, () => fromUsd(0.1));
    expect(sumUsd(dimes)).toBe(1_000_000_000);
    expect(Array.from({ length: 10 }, () => 0.1).reduce((sum, dime) => sum + dime, 0)).not.toBe(1);
    expect(sumUsd([])).toBe(0);
  });

  test("refuses a sum that is no longer exact", () => {
    expect(() => sumUsd([nanoUsd(Number.MAX_SAFE_INTEGER), nanoUsd(1)])).toThrow(RangeError);
  });

  test("goes to dollars and back unchanged, in the range that a float holds exactly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), (amount) => {
        expect(fromUsd(toUsd(nanoUsd(amount)))).toBe(amount);
      }),
    );
  });

  test.each([
    [0, "$0"],
    [1_030_000_000, "$1.03"],
    [1_500_000_000, "$1.50"],
    [585_000_000, "$0.585"],
    [582_000_000, "$0.582"],
    [450_000_000, "$0.45"],
    [12_000_000, "$0.012"],
    [63_000_000, "$0.063"],
    [100_000_000, "$0.10"],
    [43_000, "$0.000043"],
    [1, "$0.000000001"],
    [-450_000_000, "-$0.45"],
    [12_345_678_900_000, "$12345.68"],
  ])("%i nano-dollars read as %s", (amount, text) => {
    expect(formatUsd(nanoUsd(amount))).toBe(text);
  });
});

describe("tokens", () => {
  test("are whole numbers of 0 or more", () => {
    expect(tokens(0)).toBe(0);
    expect(() => tokens(-1)).toThrow("tokens must be a whole number of 0 or more, got -1");
    expect(() => tokens(1.5)).toThrow(RangeError);
  });

  test("read with thousands separators", () => {
    expect([0, 999, 18_000, 1_234_567].map(formatCount)).toEqual(["0", "999", "18,000", "1,234,567"]);
  });
});
