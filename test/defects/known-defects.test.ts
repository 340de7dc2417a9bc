import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KNOWN_DEFECTS } from "./known-defects.ts";

const ROOT = join(import.meta.dirname, "../..");

test("the list is whole: 38 defects, each once", () => {
  expect(KNOWN_DEFECTS.map(({ number }) => number)).toEqual(Array.from({ length: 38 }, (_, index) => index + 1));
});

test.each(
  KNOWN_DEFECTS.flatMap(({ number, symptom, tests }) =>
    tests.map(([file, name]) => [number, symptom, file, name] as const),
  ),
)("#%i %s: there is such a test", (_number, _symptom, file, name) => {
  const text = readFileSync(join(ROOT, file), "utf8");
  expect(text.includes(`("${name}`) || text.includes(`(\`${name}`)).toBe(true);
});
