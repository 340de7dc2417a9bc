import { describe, expect, test } from "vitest";
import { randomFrom } from "../../test/support/seeded-random.ts";
import { openWorkTrial, saying } from "../../test/support/work-trial.ts";
import { countTokens } from "../codebase/tokens/count-tokens.ts";
import { partPrompt } from "./plan/draft-parts.ts";

/* Coverage over codebases of any shape: whatever the files are, all is read, and what is dropped is missed. */

const WORDS = [
  "total",
  "value",
  "if (a) {",
  "}",
  "return x;",
  "для",
  "émoji 🎉",
  "\t",
  '"<|endoftext|>"',
  "/* note */",
];

/** Files of all sizes, with long lines, empty ones, and no line end at the end. */
function codebase(seed: number): Readonly<Record<string, string>> {
  const random = randomFrom(seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const line = (): string => Array.from({ length: pick(14) }, () => WORDS[pick(WORDS.length)]).join(" ");
  return Object.fromEntries(
    Array.from({ length: 6 + pick(10) }, (_, index) => {
      const lines = Array.from({ length: pick(3) === 0 ? pick(400) : pick(40) }, line);
      const long = pick(8) === 0 ? "x".repeat(3_000) : "";
      const path = `${["src", "src/shop", "lib"][pick(3)]}/f${index}.${["js", "py", "go"][pick(3)]}`;
      return [path, `${lines.join(pick(6) === 0 ? "\r\n" : "\n")}${long}${pick(2) === 0 ? "\n" : ""}`];
    }),
  );
}

const SMALL = { strategy: { maxTokens: 1_500, maxOutputTokens: 300 } };

describe("over random codebases", () => {
  test.each([1, 2, 3, 4, 5, 6])(
    "codebase %i: all is read in parts within the limit; a dropped part is missed",
    async (seed) => {
      const trial = await openWorkTrial({ files: codebase(seed), answer: () => saying("Read.") });
      const plan = await trial.plan(SMALL);
      const tokens = plan.parts.map((part) => countTokens(plan.system) + countTokens(partPrompt(part)) + 16);
      expect(Math.max(...tokens)).toBeLessThanOrEqual(1_500);
      const whole = await trial.run(SMALL);
      expect([whole.complete, whole.notRead]).toEqual([true, []]);
      const dropped = plan.parts[seed % plan.parts.length];
      const partly = await trial.run(SMALL, {
        tamper: (before) => ({ ...before, parts: before.parts.filter(({ key }) => key !== dropped?.key) }),
      });
      const bytes = (pieces: readonly { readonly start: number; readonly end: number }[]): number =>
        pieces.reduce((sum, { start, end }) => sum + end - start, 0);
      expect([partly.complete, bytes(partly.notRead)]).toEqual([false, bytes(dropped?.covers ?? [])]);
    },
  );

  test.each([7, 8, 9])("codebase %i: a model that takes half is asked for all of it in smaller parts", async (seed) => {
    const trial = await openWorkTrial({
      files: codebase(seed),
      answer: ({ prompt, system }) =>
        countTokens(prompt) + countTokens(system) > 900
          ? { kind: "too-long", cost: 0 as never, limitTokens: null, message: "too long" }
          : saying("Read."),
    });
    const result = await trial.run(SMALL);
    expect([result.complete, result.notRead, result.problems]).toEqual([true, [], []]);
  });

  test("the same code gives the same parts, whoever plans", async () => {
    const [one, other] = [await openWorkTrial({ files: codebase(3) }), await openWorkTrial({ files: codebase(3) })];
    const [first, second] = [await one.plan(SMALL), await other.plan(SMALL)];
    expect(second.parts.map(({ key }) => key)).toEqual(first.parts.map(({ key }) => key));
    expect(second.id).toBe(first.id);
  });
});
