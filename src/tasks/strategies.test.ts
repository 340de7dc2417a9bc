import { expect, test } from "vitest";
import { AllotError } from "../foundation/errors.ts";
import { mergeStrategies, STRATEGIES } from "./strategies.ts";

test("the first three are the strategy document's own", () => {
  const { analyze, document, refactor } = STRATEGIES;
  expect(
    [analyze, document, refactor].map(({ maxTokens, timeoutMs, include }) => [maxTokens, timeoutMs, include]),
  ).toEqual([
    [6_000, 60_000, ["metadata", "target_module", "dependencies"]],
    [4_000, 30_000, ["module_api", "examples"]],
    [8_000, 90_000, ["target_code", "patterns", "context"]],
  ]);
});

test("a project's figures stand in their place, in either spelling, and leave the others", () => {
  const merged = mergeStrategies(
    { analyze: { max_tokens: 3_000, timeout: 45 }, review: { manualMinutes: 5 } },
    "x.json",
  );
  expect([merged.analyze.maxTokens, merged.analyze.timeoutMs, merged.analyze.include]).toEqual([
    3_000,
    45_000,
    STRATEGIES.analyze.include,
  ]);
  expect([merged.review.manualMinutes, merged.document]).toEqual([5, STRATEGIES.document]);
});

test("files are laid one over the other", () => {
  const user = mergeStrategies({ analyze: { maxTokens: 3_000 } }, "user.json");
  const both = mergeStrategies({ analyze: { timeout: 5 } }, "project.json", user);
  expect([both.analyze.maxTokens, both.analyze.timeoutMs]).toEqual([3_000, 5_000]);
});

test.each([
  [{ analyse: {} }, "x.json: strategies.analyse is not known", "Did you mean analyze?"],
  [{ analyze: { maxToken: 1 } }, "x.json: strategies.analyze.maxToken is not known", "Did you mean maxTokens"],
  [{ analyze: { maxTokens: "6k" } }, 'x.json: strategies.analyze.maxTokens is "6k"', "whole tokens from 500"],
  [{ analyze: { timeout: 0 } }, "x.json: strategies.analyze.timeout is 0", "seconds from 1"],
  [{ analyze: { include: ["metadata", "all"] } }, "x.json: strategies.analyze.include is", "target_module"],
  [{ analyze: { constructor: 1 } }, "x.json: strategies.analyze.constructor is not known", "maxTokens"],
  [[], "x.json: strategies is []", "an object"],
])("%j is refused by its key", (settings, told, way) => {
  let fault: unknown;
  try {
    mergeStrategies(settings, "x.json");
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(AllotError);
  expect(fault).toMatchObject({ code: "config-invalid" });
  expect((fault as AllotError).message).toContain(told);
  expect((fault as AllotError).message).toContain(way);
});
