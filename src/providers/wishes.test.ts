import { expect, onTestFinished, test } from "vitest";
import { openScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import type { ModelRequest, ProviderName } from "./provider.ts";
import { openProvider } from "./providers.ts";

/* How each provider is told how much to think, and that the answer is JSON. */

const SCHEMA = {
  type: "object",
  properties: { town: { type: "string" } },
  required: ["town"],
  additionalProperties: false,
};

async function bodyFor(name: ProviderName, changes: Partial<ModelRequest>, wire?: "responses" | "chat") {
  const server = await openScriptedProvider({ script: () => ({ text: '{"town":"Bern"}' }) });
  onTestFinished(() => server.close());
  const provider = openProvider(name, {
    baseUrl: server.urls[name as "anthropic"],
    ...(wire === undefined ? {} : { wire }),
  });
  const request: ModelRequest = {
    model: "m",
    system: "",
    messages: [{ role: "user", content: "Where?" }],
    tools: [],
    toolChoice: "auto",
    maxOutputTokens: 10_000,
    ...changes,
  };
  const answer = await provider.call(request, { signal: new AbortController().signal });
  return { body: server.seen[0]?.body ?? {}, answer };
}

test("an effort is told to each provider in its own words", async () => {
  const effort = "high";
  expect((await bodyFor("anthropic", { model: "claude-opus-5-5", effort })).body).toMatchObject({
    thinking: { type: "adaptive" },
    output_config: { effort: "high" },
    max_tokens: 10_000,
  });
  expect((await bodyFor("openai", { model: "gpt-5.5", effort }, "responses")).body["reasoning"]).toEqual({
    effort: "high",
    summary: "auto",
  });
  expect((await bodyFor("openai", { model: "gpt-5.5", effort }, "chat")).body["reasoning_effort"]).toBe("high");
  expect((await bodyFor("google", { model: "gemini-2.5-pro", effort })).body["generationConfig"]).toMatchObject({
    thinkingConfig: { includeThoughts: true, thinkingBudget: expect.any(Number) as number },
    maxOutputTokens: 10_000,
  });
  expect((await bodyFor("ollama", { model: "qwen3", effort: "none" })).body["think"]).toBe(false);
});

test("a thinking budget and the answer share the output limit that was held", async () => {
  const { body } = await bodyFor("anthropic", { model: "claude-haiku-4-5", effort: "medium" });
  expect(body).toMatchObject({ max_tokens: 10_000, thinking: { type: "enabled", budget_tokens: 4_000 } });
});

test("a model without a choice of effort is not told of one", async () => {
  const effort = "high";
  expect((await bodyFor("openai", { model: "gpt-4o", effort }, "responses")).body).not.toHaveProperty("reasoning");
  expect((await bodyFor("anthropic", { model: "claude-3-5-haiku-20241022", effort })).body).not.toHaveProperty(
    "thinking",
  );
  const gemini = await bodyFor("google", { model: "gemini-2.0-flash", effort });
  expect(gemini.body["generationConfig"]).not.toHaveProperty("thinkingConfig");
  expect((await bodyFor("openai-compatible", { model: "m", effort })).body).not.toHaveProperty("reasoning_effort");
});

test("one call a turn is told to those who can be told", async () => {
  const tools = [{ name: "look", description: "", inputSchema: { type: "object", properties: {} } }];
  const one = { tools, oneCallATurn: true } as const;
  expect((await bodyFor("anthropic", one)).body["tool_choice"]).toMatchObject({ disable_parallel_tool_use: true });
  for (const wire of ["responses", "chat"] as const)
    expect((await bodyFor("openai", one, wire)).body["parallel_tool_calls"]).toBe(false);
  expect((await bodyFor("xai", one, "responses")).body["parallel_tool_calls"]).toBe(false);
  expect((await bodyFor("openai", { tools })).body).not.toHaveProperty("parallel_tool_calls");
});

test("a request that says nothing of thinking tells nobody of it", async () => {
  for (const name of ["anthropic", "openai", "google", "xai", "ollama", "openai-compatible"] as const) {
    const text = JSON.stringify((await bodyFor(name, { model: "claude-opus-5-5" })).body);
    expect(text).not.toMatch(/"(thinking|reasoning|reasoning_effort|thinkingConfig|think)"/);
  }
});

test("an answer by a schema is asked for in each provider's own way, and is text that ends by itself", async () => {
  const json = { schema: SCHEMA, name: "place" };
  const ways: Record<string, unknown> = {};
  for (const [name, wire] of [
    ["openai", "responses"],
    ["openai", "chat"],
    ["xai", "responses"],
    ["google", undefined],
    ["ollama", undefined],
    ["openai-compatible", undefined],
    ["anthropic", undefined],
  ] as const) {
    const model = name === "anthropic" ? "claude-opus-5-5" : "m";
    const { body, answer } = await bodyFor(name, { model, json }, wire);
    ways[`${name} ${wire ?? ""}`.trim()] =
      body["text"] ?? body["response_format"] ?? body["format"] ?? body["output_config"] ?? body["generationConfig"];
    expect([answer.text, answer.finish]).toEqual(['{"town":"Bern"}', "stop"]);
  }
  expect(ways).toMatchObject({
    "openai responses": { format: { type: "json_schema", name: "place", strict: false, schema: SCHEMA } },
    "openai chat": { type: "json_schema", json_schema: { name: "place", schema: SCHEMA } },
    "xai responses": { format: { type: "json_schema", schema: SCHEMA } },
    google: { responseMimeType: "application/json" },
    ollama: SCHEMA,
    "openai-compatible": { type: "json_schema", json_schema: { name: "place", schema: SCHEMA } },
    anthropic: { format: { type: "json_schema" } },
  });
});
