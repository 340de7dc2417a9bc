import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { type Fixture, replay } from "../../../test/support/scripted-provider/fixture.ts";
import type { ScriptedUsage } from "../../../test/support/scripted-provider/script.ts";
import { openScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { toUsd } from "../../foundation/units.ts";
import { costOf, type Service } from "../../ledger/cost.ts";
import type { ModelRequest, ProviderName } from "../../providers/provider.ts";
import { openProvider } from "../../providers/providers.ts";

/*
 * Golden bills: usage as each provider's wire says it, and the dollars it comes to, reckoned by hand from the list prices
 * named beside them. Each is asked for whole and as a stream, and must come to the same.
 */

const CATALOG = openCatalog({ asOf: Date.parse("2026-11-21") });

type Wire = ProviderName | "openai-chat" | "xai-chat";

async function bill(wire: Wire, model: string, usage: Partial<ScriptedUsage>, service: Service = "standard") {
  const server = await openScriptedProvider({ script: () => ({ text: "Hi.", reasoning: "Hm.", usage }) });
  onTestFinished(() => server.close());
  const name = wire.replace("-chat", "") as Exclude<ProviderName, "offline">;
  const settings = { apiKey: "k", baseUrl: server.urls[name] };
  const provider = openProvider(name, wire.endsWith("-chat") ? { ...settings, wire: "chat" } : settings);
  const request: ModelRequest = {
    model,
    system: "",
    messages: [{ role: "user", content: "Hello" }],
    tools: [],
    toolChoice: "auto",
    maxOutputTokens: 100,
  };
  const price = CATALOG.find(model, { provider: name })?.price;
  if (price === null || price === undefined) throw new Error(`no price for ${model}`);
  const { signal } = new AbortController();
  const whole = await provider.call(request, { signal });
  const streamed = await provider.call(request, { signal, onDelta: () => {} });
  expect(streamed.usage).toEqual(whole.usage);
  expect(whole.usage.estimated).toBe(false);
  return toUsd(costOf(whole.usage, price, service));
}

// Sonnet 4.5, by the million: in 3, out 15, read 0.30, write 5m 3.75, write 1h 6; above 200,000: 6, 22.50, 0.60, 7.50, 12.
const SONNET = "claude-sonnet-4-5";

test("cache creation is charged once, not twice", async () => {
  // 4 x 3 + 10,000 x 3.75 + 5,600 x 0.30 + 1,013 x 15 = 12 + 37,500 + 1,680 + 15,195 millionths.
  const usage = { inputTokens: 4, cacheWrite5mTokens: 10_000, cacheReadTokens: 5_600, outputTokens: 1_013 };
  expect(await bill("anthropic", SONNET, usage)).toBe(0.054387);
});

test("cached tokens are charged as cached also when streaming, not at full price", async () => {
  // 3 x 3 + 600 x 0.30 + 7 x 15 = 9 + 180 + 105 millionths.
  const usage = { inputTokens: 3, cacheReadTokens: 600, outputTokens: 7 };
  expect(await bill("anthropic", SONNET, usage)).toBe(0.000294);
});

test("a row of 296 output tokens is billed for 296 output tokens", async () => {
  // 10 x 3 + 296 x 15 = 30 + 4,440 millionths.
  expect(await bill("anthropic", SONNET, { inputTokens: 10, outputTokens: 296 })).toBe(0.00447);
});

test("an agent's turn that reads a large cache is not charged at full price", async () => {
  // 200,500 tokens of input are a long context: 500 x 6 + 200,000 x 0.60 + 1,200 x 22.50 = 3,000 + 120,000 + 27,000 millionths.
  const usage = { inputTokens: 500, cacheReadTokens: 200_000, outputTokens: 1_200 };
  expect(await bill("anthropic", SONNET, usage)).toBe(0.15);
});

test("one-hour cache writes are not priced as five-minute ones", async () => {
  // 30,000 x 3 + 150,000 x 0.30 + 20,000 x 6 + 1,000 x 15 = 90,000 + 45,000 + 120,000 + 15,000 millionths.
  const oneHour = {
    inputTokens: 30_000,
    cacheReadTokens: 150_000,
    cacheWrite1hTokens: 20_000,
    outputTokens: 1_000,
  };
  expect(await bill("anthropic", SONNET, oneHour)).toBe(0.27);
  // The same for five minutes: 20,000 x 3.75 = 75,000 instead of 120,000.
  const fiveMinutes = { ...oneHour, cacheWrite1hTokens: 0, cacheWrite5mTokens: 20_000 };
  expect(await bill("anthropic", SONNET, fiveMinutes)).toBe(0.225);
  // Half and half: 10,000 x 6 + 10,000 x 3.75 = 97,500.
  const both = { ...oneHour, cacheWrite1hTokens: 10_000, cacheWrite5mTokens: 10_000 };
  expect(await bill("anthropic", SONNET, both)).toBe(0.2475);
});

test("200,000 tokens of input are billed at the short rate, one more moves the whole request to the long one", async () => {
  expect(await bill("anthropic", SONNET, { inputTokens: 200_000, outputTokens: 100 })).toBe(0.6015);
  // 200,001 x 6 + 100 x 22.50 millionths.
  expect(await bill("anthropic", SONNET, { inputTokens: 200_001, outputTokens: 100 })).toBe(1.202256);
  // Cached tokens count for the threshold: 100,000 x 6 + 100,001 x 0.60 + 100 x 22.50.
  const cached = { inputTokens: 100_000, cacheReadTokens: 100_001, outputTokens: 100 };
  expect(await bill("anthropic", SONNET, cached)).toBe(0.6622506);
  // Gemini 2.5 Pro: 1.25 and 10, above 200,000: 2.50 and 15.
  expect(await bill("google", "gemini-2.5-pro", { inputTokens: 200_000, outputTokens: 100 })).toBe(0.251);
  expect(await bill("google", "gemini-2.5-pro", { inputTokens: 200_001, outputTokens: 100 })).toBe(0.5015025);
  // xAI's threshold is inclusive: grok-4.7 costs 2 and 6 below 200,000, and 4 and 12 from there on.
  expect(await bill("xai", "grok-4.7", { inputTokens: 199_999, outputTokens: 100 })).toBe(0.400598);
  expect(await bill("xai", "grok-4.7", { inputTokens: 200_000, outputTokens: 100 })).toBe(0.8012);
});

// GPT-5, by the million: in 1.25, out 10, cached 0.125.
test.each(["openai", "openai-chat"] as const)(
  "OpenAI's input includes the cache, and cached is not billed twice (%s)",
  async (wire) => {
    // 2,000 fresh x 1.25 + 8,000 cached x 0.125 + 500 x 10 = 2,500 + 1,000 + 5,000 millionths.
    const usage = { inputTokens: 2_000, cacheReadTokens: 8_000, outputTokens: 500 };
    expect(await bill(wire, "gpt-5", usage)).toBe(0.0085);
  },
);

test.each(["openai", "openai-chat"] as const)(
  "OpenAI's reasoning is inside the output, and billed once (%s)",
  async (wire) => {
    // 1,000 x 1.25 + 900 x 10, of which 640 are reasoning = 1,250 + 9,000 millionths.
    const usage = { inputTokens: 1_000, outputTokens: 900, reasoningTokens: 640 };
    expect(await bill(wire, "gpt-5", usage)).toBe(0.01025);
  },
);

test("OpenAI's cache writes stand inside the input too, where a model charges them", async () => {
  // GPT-6 Luna: in 0.10, out 0.50, read 0.01, write 0.125. 1,000 x 0.10 + 4,000 x 0.01 + 2,000 x 0.125 + 100 x 0.50.
  const usage = { inputTokens: 1_000, cacheReadTokens: 4_000, cacheWrite5mTokens: 2_000, outputTokens: 100 };
  expect(await bill("openai", "gpt-6-luna", usage)).toBe(0.00044);
  expect(await bill("openai-chat", "gpt-6-luna", usage)).toBe(0.00044);
});

// Grok 4, by the million: in 3, out 15, cached 0.75.
test.each(["xai", "xai-chat"] as const)(
  "xAI's reasoning beside the completion tokens is billed too (%s)",
  async (wire) => {
    // 36 x 3 + 163 x 0.75 + 321 x 15 = 108 + 122.25 + 4,815 millionths.
    const usage = { inputTokens: 36, cacheReadTokens: 163, outputTokens: 321, reasoningTokens: 320 };
    expect(await bill(wire, "grok-4-0709", usage)).toBe(0.00504525);
  },
);

test("Gemini's thoughts and what its tools fed in are billed, the cached prompt as cached", async () => {
  // 2.5 Flash: in 0.30, out 2.50, cached 0.03. (146 + 100) x 0.30 + 1,024 x 0.03 + 133 x 2.50 = 73.8 + 30.72 + 332.5.
  const usage = {
    inputTokens: 146,
    toolUsePromptTokens: 100,
    cacheReadTokens: 1_024,
    outputTokens: 133,
    reasoningTokens: 115,
  };
  expect(await bill("google", "gemini-2.5-flash", usage)).toBe(0.00043702);
});

test("a batch costs half, xAI's at most a fifth less; priority costs what the model's list says", async () => {
  const usage = { inputTokens: 10_000, outputTokens: 1_000 };
  // 10,000 x 3 + 1,000 x 15 = 45,000 millionths.
  expect(await bill("anthropic", SONNET, usage)).toBe(0.045);
  expect(await bill("anthropic", SONNET, usage, "batch")).toBe(0.0225);
  expect(await bill("xai", "grok-4-0709", usage, "batch")).toBe(0.036);
  // 10,000 x 1.25 + 1,000 x 10 = 22,500; twice that for priority.
  expect(await bill("openai", "gpt-5", usage, "batch")).toBe(0.01125);
  expect(await bill("openai", "gpt-5", usage, "priority")).toBe(0.045);
});

test("a model on this machine costs nothing, whatever it used", async () => {
  expect(await bill("ollama", "qwen3-coder", { inputTokens: 90_000, outputTokens: 9_000 })).toBe(0);
});

test("the dearest fraction of a nano-dollar is rounded up, once for the whole call", async () => {
  // 1 x 0.03 (30 nano) + 1 x 2.50 (2,500) + 1 x 0.30 (300): whole nano-dollars, and none is lost.
  const usage = { inputTokens: 1, cacheReadTokens: 1, outputTokens: 1 };
  expect(await bill("google", "gemini-2.5-flash", usage)).toBe(0.00000283);
});

// Answers as providers send them, kept whole; their dollars by hand, in millionths.
const KEPT: readonly [file: string, dollars: number, why: string][] = [
  ["anthropic-cache", 0.027486, "2,095 x 3 + 18,000 x 0.30 + 1,800 x 3.75 + 251 x 6 + 503 x 15"],
  ["anthropic-cache-stream", 0.027486, "the same: message_delta's 503 stand for message_start's 4"],
  ["anthropic-older-usage", 0.1896748, "21 x 0.80 + 188,086 x 1 (written, lifetime not told: 5 minutes) + 393 x 4"],
  ["google-thoughts", 0.00043702, "(1,170 - 1,024 + 100) x 0.30 + 1,024 x 0.03 + (18 + 115) x 2.50"],
  ["google-thoughts-stream", 0.00043702, "the same"],
  ["openai-chat", 0.0003369, "(2,006 - 1,920) x 0.15 + 1,920 x 0.075 + 300 x 0.60"],
  ["openai-chat-stream", 0.0003369, "the same"],
  ["openai-responses", 0.0014536, "(4,096 - 1,024 - 512) x 0.25 + 1,024 x 0.025 + 512 x 0.25 + 330 x 2"],
  ["openai-responses-stream", 0.0014536, "the same"],
  ["xai-chat", 0.00504525, "(199 - 163) x 3 + 163 x 0.75 + (1 + 320) x 15: reasoning stands beside"],
  ["xai-responses", 0.00504525, "36 x 3 + 163 x 0.75 + 321 x 15: reasoning is inside"],
];

test.each(KEPT)("the kept answer %s costs $%d: %s", async (file, dollars) => {
  const place = new URL(`../../../test/support/scripted-provider/fixtures/${file}.json`, import.meta.url);
  const fixture = JSON.parse(readFileSync(place, "utf8")) as Fixture;
  const wire = fixture.wire === undefined ? {} : { wire: fixture.wire };
  const provider = openProvider(fixture.provider, { apiKey: "k", fetch: replay(fixture), ...wire });
  const options = { signal: new AbortController().signal, ...(fixture.stream ? { onDelta: () => {} } : {}) };
  const { usage, model } = await provider.call(fixture.request, options);
  const price = CATALOG.find(model, { provider: fixture.provider })?.price;
  if (price === null || price === undefined) throw new Error(`no price for ${model}`);
  expect(toUsd(costOf(usage, price))).toBe(dollars);
});
