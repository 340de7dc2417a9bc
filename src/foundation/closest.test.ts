import { describe, expect, test } from "vitest";
import { closest, didYouMean } from "./closest.ts";

describe("the closest names", () => {
  test.each([
    ["sonet", ["haiku", "opus", "sonnet"], ["sonnet"]],
    ["--limit-use", ["--limit-usd", "--yes", "--big"], ["--limit-usd"]],
    ["gpt4o", ["gpt-4o", "gpt-5", "o3"], ["gpt-4o"]],
    ["Concurency", ["concurrency", "color"], ["concurrency"]],
    ["bgi", ["big", "small"], ["big"]],
    ["claude-sonnet", ["claude-sonnet-4-5", "grok-4"], ["claude-sonnet-4-5"]],
  ])("of %s in %j are %j", (met, candidates, expected) => {
    expect(closest(met, candidates)).toEqual(expected);
  });

  test("are none when nothing is near", () => {
    expect(closest("xyzzy", ["sonnet", "haiku"])).toEqual([]);
    expect(closest("", ["sonnet"])).toEqual([]);
  });

  test("come best first, each once, and no more than asked for", () => {
    expect(closest("opus-4", ["opus-41", "opus-4-1", "opus-4", "opus-4", "opus-45"], 2)).toEqual([
      "opus-4",
      "opus-4-1",
    ]);
  });
});

test("a hint names what is near, or says nothing", () => {
  expect(didYouMean("sonet", ["sonnet"])).toBe(" Did you mean sonnet?");
  expect(didYouMean("grok-4", ["grok-4.5", "grok-4.6"])).toBe(" Did you mean grok-4.5 or grok-4.6?");
  expect(didYouMean("xyzzy", ["sonnet"])).toBe("");
});
