import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COLUMNS, openModel } from "./model.ts";
import { WEIGHTS } from "./weights.ts";
import { cutWords } from "./words.ts";

test("the weights file is at most 256 KB", () => {
  expect(statSync(join(import.meta.dirname, "weights.ts")).size).toBeLessThanOrEqual(256 * 1_024);
});

test("every feature of the weights has a byte for every column, and every column a step and a bias", () => {
  // The last byte of each key is below 128.
  const features = Buffer.from(WEIGHTS.keys, "base64").filter((byte) => byte < 128).length;
  expect(features).toBe(9_800);
  expect(Buffer.from(WEIGHTS.cells, "base64").length).toBe(features * COLUMNS);
  expect(WEIGHTS.steps).toHaveLength(COLUMNS);
  expect(WEIGHTS.bias).toHaveLength(COLUMNS);
  expect([...WEIGHTS.steps, ...WEIGHTS.bias, ...WEIGHTS.heat].every(Number.isFinite)).toBe(true);
});

test("more heat makes the likeliest type less sure and leaves it the likeliest", () => {
  const text = cutWords("write unit tests for the parser", () => undefined);
  const at = (heat: number): Float64Array =>
    openModel({ ...WEIGHTS, heat: [heat, heat] })
      .weigh(text)
      .shares.slice();
  const tops = [0.5, 1, 2, 4].map((heat) => Math.max(...at(heat)));
  expect(tops).toEqual([...tops].sort((left, right) => right - left));
  expect(new Set([0.5, 1, 2, 4].map((heat) => at(heat).indexOf(Math.max(...at(heat))))).size).toBe(1);
});

test("the steps of confidence rise, each at least to where it begins, and none claims to be certain", () => {
  const right = WEIGHTS.steadied.map(([, each]) => each);
  expect(WEIGHTS.steadied).toHaveLength(4);
  expect(right).toEqual([...right].sort((left, other) => left - other));
  expect(WEIGHTS.steadied.every(([from, each]) => each >= from && each < 1)).toBe(true);
});
