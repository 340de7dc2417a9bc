import { describe, expect, test } from "vitest";
import { keywordSimple, keywordType } from "../../bench/routing/keyword-rule.ts";
import { measure, measureFlag } from "../../bench/routing/measure.ts";
import type { Answer } from "../../bench/routing/measure.ts";
import { learn, readAll, SETTINGS } from "../../scripts/train-routing/learn.ts";
import { readOwnRows } from "../../scripts/train-routing/rows.ts";
import { crossValidate } from "../../scripts/train-routing/validate.ts";
import { openDetector } from "../../src/routing/detector/detector.ts";

const OWN = readOwnRows();
const FEW = OWN.filter((_, at) => at % 10 === 0);
const SMALL = { ...SETTINGS, keep: 500, rounds: 4 };

describe("training", () => {
  test("the same rows give the same weights to the last byte", () => {
    expect(JSON.stringify(learn(readAll(FEW), SMALL))).toBe(JSON.stringify(learn(readAll(FEW), SMALL)));
  });

  test("another seed gives other weights, so the shuffle does count", () => {
    const other = { ...SMALL, seed: 2 };
    expect(learn(readAll(FEW), other).cells).not.toBe(learn(readAll(FEW), SMALL).cells);
  });

  test("a detector trained on a handful of rows knows those rows", () => {
    const rows = FEW.slice(0, 60);
    const detector = openDetector(learn(readAll(rows), { ...SMALL, keep: 4_000, rounds: 12 }));
    const types = ["ui", "coding", "testing", "debugging", "documentation", "research", "analysis", "automation"];
    const right = rows.filter((row) => detector.detect(row.text).type === types[row.label]).length;
    expect(right / rows.length).toBeGreaterThan(0.9);
  });

  test("of rows judged unseen, more are right the surer the answer is", () => {
    const judged = crossValidate(OWN, { folds: 2, judgeOwn: true, settings: { ...SETTINGS, keep: 6_000, rounds: 6 } });
    const answers = judged.map(({ row, shares }) => {
      const p = Math.max(...shares);
      return { p, hit: shares.indexOf(p) === row.label };
    });
    const rate = (from: number, to: number): number => {
      const band = answers.filter(({ p }) => p >= from && p < to);
      return band.filter(({ hit }) => hit).length / band.length;
    };
    const rates = [rate(0, 0.5), rate(0.5, 0.8), rate(0.8, 1.01)];
    expect(rates).toEqual([...rates].sort((left, right) => left - right));
    expect(rates[2]).toBeGreaterThan(0.85);
  });
});

describe("our own rows", () => {
  test("are of all eight types, at least a hundred and fifty each, none twice", () => {
    const counts = Map.groupBy(OWN, ({ label }) => label);
    expect(counts.size).toBe(8);
    expect(Math.min(...[...counts.values()].map((rows) => rows.length))).toBeGreaterThanOrEqual(150);
    expect(new Set(OWN.map(({ text }) => text)).size).toBe(OWN.length);
  });
});

describe("the measures of the bench", () => {
  const answers: readonly Answer[] = [
    { label: "coding", alt: null, said: "coding", p: 0.9 },
    { label: "coding", alt: "testing", said: "testing", p: 0.9 },
    { label: "debugging", alt: null, said: "research", p: 0.3 },
    { label: "ui", alt: null, said: "analysis", p: 0.5 },
  ];

  test("count what the scorer of the data counts", () => {
    const found = measure(answers);
    expect(found).toMatchObject({ n: 4, accuracy: 0.25, route: 0.5, lenient: 0.5, tooCheap: 0.25, tooDear: 0.25 });
    // One bin with 0.9 twice and one hit (0.8 off in all), one with 0.3 and one with 0.5 without any.
    expect(found.ece).toBeCloseTo((0.8 + 0.3 + 0.5) / 4, 9);
    expect(found.f1).toBeCloseTo((2 / 3 + 0 + 0) / 3, 9);
  });

  test("judge a yes/no flag by precision, recall and accuracy", () => {
    const flag = measureFlag([
      { is: true, said: true },
      { is: true, said: false },
      { is: false, said: true },
      { is: false, said: false },
    ]);
    expect(flag).toEqual({ accuracy: 0.5, precision: 0.5, recall: 0.5, f1: 0.5 });
  });

  test("the guide's rule does what the guide says, errors included", () => {
    expect(keywordType("Fix the login button styling")).toBe("ui");
    expect(keywordType("Implement user authentication function")).toBe("coding");
    expect(keywordType("write an e2e test with playwright")).toBe("ui");
    expect(keywordSimple("Implement user authentication")).toBe(true);
  });
});
