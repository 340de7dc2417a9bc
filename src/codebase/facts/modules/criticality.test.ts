import { expect, test } from "vitest";
import { judgeCriticality, type ModuleMeasures } from "./criticality.ts";

const PLAIN: ModuleMeasures = { name: "plain", tokens: 200, changes: 0, entry: null, importers: 0, rank: 0.1 };

function criticalOf(modules: readonly ModuleMeasures[]): readonly string[] {
  const judged = judgeCriticality(modules);
  return modules.filter((_, index) => judged[index]?.isCritical).map(({ name }) => name);
}

test("each part is explained, and the score is their weighted sum", () => {
  const [judged] = judgeCriticality([
    { name: "src.api.core", tokens: 8_000, changes: 9, entry: "package.json main", importers: 4, rank: 0.5 },
    { ...PLAIN, changes: 99 },
  ]);
  expect(judged).toEqual({
    score: 0.875,
    isCritical: true,
    parts: [
      { name: "imported-by", value: 1, weight: 0.45, why: "imported by 4 of 2 modules" },
      { name: "churn", value: 0.5, weight: 0.25, why: "changed by 9 commits" },
      { name: "entry-point", value: 1, weight: 0.12, why: "a program starts here: package.json main" },
      { name: "size", value: 1, weight: 0.1, why: "8000 tokens" },
      { name: "name", value: 1, weight: 0.08, why: 'named "core"' },
    ],
  });
});

test("where nothing else is known, the seeds' names decide", () => {
  const names = ["util", "core", "strings", "config", "files", "other"];
  expect(criticalOf(names.map((name) => ({ ...PLAIN, name })))).toEqual(["core", "config"]);
});

test("a name is weaker than what depends on a module", () => {
  const modules = [
    { ...PLAIN, name: "api" },
    { ...PLAIN, name: "words", importers: 3, rank: 0.6 },
    { ...PLAIN, name: "x" },
    { ...PLAIN, name: "y" },
  ];
  const judged = judgeCriticality(modules);
  expect((judged[1]?.score ?? 0) > (judged[0]?.score ?? 0)).toBe(true);
});

test("a word inside of another is no keyword", () => {
  const [judged] = judgeCriticality([{ ...PLAIN, name: "src.remaining.score" }]);
  expect(judged?.parts.find(({ name }) => name === "name")?.why).toBe("its name says nothing");
});

test("of many, the square root is critical, and at most 40; of one, that one", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...PLAIN, name: `m${index}`, importers: 1, rank: 1 }));
  expect([1, 9, 10, 400, 10_000].map((count) => criticalOf(many(count)).length)).toEqual([1, 3, 4, 20, 40]);
});

test("a module far below the first is not critical, however few there are", () => {
  const modules = [
    { ...PLAIN, name: "hub", importers: 8, rank: 0.9, changes: 50 },
    ...["a", "b", "c", "d"].map((name) => ({ ...PLAIN, name })),
  ];
  expect(criticalOf(modules)).toEqual(["hub"]);
});

test("no modules have no criticality", () => {
  expect(judgeCriticality([])).toEqual([]);
});
