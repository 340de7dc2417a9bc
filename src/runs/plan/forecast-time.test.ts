import { expect, test } from "vitest";
import { task } from "../../../test/support/sample-plans.ts";
import { forecastChainSeconds, forecastSeconds, formatSeconds } from "./forecast-time.ts";

const estimate = { inputTokens: 2_500, outputTokens: 600 };

test("exact steps take a second, a small model less than a big one", () => {
  expect((["exact", "small", "big"] as const).map((tier) => forecastSeconds({ tier, estimate }))).toEqual([1, 16, 30]);
});

test("tasks side by side take as long as the longest chain", () => {
  expect(forecastChainSeconds([task(1), task(2), task(3, { dependsOn: [1, 2] })])).toBe(32);
  expect(forecastChainSeconds([])).toBe(0);
});

test.each([
  [45, "~45 s"],
  [180, "~3 min"],
])("%i seconds are written for people", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
