import { expect, test } from "vitest";
import type { TokenUsage } from "../provider.ts";
import { ask } from "./trial.conformance.ts";
import type { Trial } from "./trial.conformance.ts";

/** Usage in the normal form, whatever the wire says. */
export function usageCases({ unless, both }: Trial): void {
  const plainUsage: TokenUsage = {
    inputTokens: 1_000,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 200,
    reasoningTokens: 0,
    estimated: false,
  };
  const told = async (usage: Partial<TokenUsage>, reasoning = ""): Promise<TokenUsage[]> => {
    const scripted = { ...plainUsage, ...usage };
    const { plain, streamed } = await both({ text: "Hi.", reasoning, usage: scripted }, ask());
    return [plain.usage, streamed.usage];
  };

  test("reports the usage the provider told, streamed or not", async () => {
    expect(await told({})).toEqual([plainUsage, plainUsage]);
  });

  unless("cache-read", "tokens read from the cache stand apart from the input", async () => {
    const usage = { ...plainUsage, cacheReadTokens: 300 };
    expect(await told(usage)).toEqual([usage, usage]);
  });

  unless("cache-write", "tokens written to the cache stand apart from the input", async () => {
    const usage = { ...plainUsage, cacheReadTokens: 300, cacheWrite5mTokens: 70 };
    expect(await told(usage)).toEqual([usage, usage]);
  });

  unless("cache-write-1h", "cache writes are split by their lifetime", async () => {
    const usage = { ...plainUsage, cacheReadTokens: 300, cacheWrite5mTokens: 70, cacheWrite1hTokens: 40 };
    expect(await told(usage)).toEqual([usage, usage]);
  });

  unless("reasoning-usage", "reasoning is a part of the output", async () => {
    const usage = { ...plainUsage, reasoningTokens: 120 };
    expect(await told(usage, "Thinking about it.")).toEqual([usage, usage]);
  });

  test("usage that is not told is estimated and flagged, never 0", async () => {
    const { plain, streamed } = await both({ text: "Hello there, how are you?", usage: "missing" }, ask());
    for (const { usage } of [plain, streamed]) {
      expect(usage.estimated).toBe(true);
      expect(usage.inputTokens).toBeGreaterThan(5);
      expect(usage.outputTokens).toBe(9);
    }
  });

  test("usage of zeros beside an answer counts as not told", async () => {
    const { plain, streamed } = await both(
      { text: "Hello there, how are you?", usage: { inputTokens: 0, outputTokens: 0 } },
      ask(),
    );
    for (const { usage } of [plain, streamed]) {
      expect(usage).toMatchObject({ estimated: true, outputTokens: 9 });
      expect(usage.inputTokens).toBeGreaterThan(5);
    }
  });
}
