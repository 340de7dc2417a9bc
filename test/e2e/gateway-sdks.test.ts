/** The official clients of the providers, unchanged but for their address and key, through `allot serve`. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { openGround, PROVIDERS_KEY } from "../clients/ground.ts";
import type { Ground } from "../clients/ground.ts";
import { spend, usageOf } from "../clients/kit.ts";
import type { Script } from "../support/scripted-provider/script.ts";

/** Calls the tool it is given, then says what came of it; greets where there is none. */
const script: Script = (seen) => {
  const spent = /\[kit:spend (\d+)\]/.exec(seen.lastUserText);
  if (spent !== null) return { text: "Spent.", usage: { inputTokens: Number(spent[1]), outputTokens: 0 } };
  const usage = { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100, reasoningTokens: 20 };
  const [result] = seen.toolResults;
  if (result !== undefined) return { text: `It is ${result.output}.`, usage };
  const [weather] = seen.tools;
  if (weather !== undefined) return { toolCalls: [{ name: weather.name, input: { city: "Bern" } }], usage };
  if (seen.lastUserText === "Slowly, please.") return { text: "word ".repeat(500), chunkDelayMs: 100, usage };
  return { text: "Good morning to you all.", reasoning: seen.system === "Think." ? "Morning, I think." : "", usage };
};

let ground: Ground;
beforeAll(async () => {
  ground = await openGround({ script });
});
afterAll(async () => ground[Symbol.asyncDispose]());

const anthropic = (headers: Record<string, string> = {}): Anthropic =>
  new Anthropic({ baseURL: ground.url, apiKey: ground.key, defaultHeaders: headers });
const openai = (headers: Record<string, string> = {}): OpenAI =>
  new OpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key, defaultHeaders: headers });

const MESSAGE = {
  model: "claude-sonnet-5-5",
  max_tokens: 200,
  messages: [{ role: "user" as const, content: "Good morning?" }],
};
const CHAT = { model: "gpt-5.5", messages: [{ role: "user" as const, content: "Good morning?" }] };
const CITY = { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] };

/** A session of 10 million tokens an hour, used so far. */
async function usedBy(name: string, tokens: number): Promise<Record<string, string>> {
  await ground.allot("limits", "set", `session:${name}`, "tokens/hour", "10M");
  await spend(ground, name, tokens);
  ground.visited();
  return { "x-allot-session": name };
}

describe("the Anthropic SDK", () => {
  test("gets an answer, and what it cost is counted for its session", async () => {
    const said = await anthropic({ "x-allot-session": "sdk-anthropic" }).messages.create(MESSAGE);
    expect(said.content).toEqual([{ type: "text", text: "Good morning to you all." }]);
    expect(said.usage).toMatchObject({ input_tokens: 1000, cache_read_input_tokens: 400, output_tokens: 100 });
    expect(await usageOf(ground, "sdk-anthropic")).toMatchObject({ calls: 1, input_tokens: 1000, output_tokens: 100 });
  });

  test("streams with its own reader to the same message", async () => {
    const pieces: string[] = [];
    const stream = anthropic()
      .messages.stream(MESSAGE)
      .on("text", (piece) => pieces.push(piece));
    const said = await stream.finalMessage();
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join("")).toBe("Good morning to you all.");
    expect(said).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: 100 } });
  });

  test("lists models and counts tokens", async () => {
    const models = await anthropic().models.list({ limit: 1000 });
    expect(models.data.map(({ id }) => id)).toContain("claude-sonnet-5-5");
    const counted = await anthropic().messages.countTokens({ model: MESSAGE.model, messages: MESSAGE.messages });
    expect(counted.input_tokens).toBeGreaterThan(0);
  });

  test("at HARD gets its refusal by one request, with the reason", async () => {
    const client = anthropic(await usedBy("sdk-hard", 9_200_000));
    const error = await client.messages.create(MESSAGE).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status: 402, error: { error: { type: "billing_error" } } });
    expect(String(error)).toMatch(/HARD.*session:sdk-hard/);
    expect(ground.visited()).toEqual([]);
  });

  test("three identical calls reach the provider as the same bytes, whatever they hold", async () => {
    const before = ground.provider.served.length;
    const client = anthropic();
    const odd = {
      ...MESSAGE,
      system: [{ type: "text", text: "Be  brief.\u2028", cache_control: { type: "ephemeral", ttl: "1h" } }],
      some_field_of_tomorrow: { z: 1, a: [1.0, 1e-7, "\u00e9"] },
    };
    for (let n = 0; n < 3; n += 1)
      await client.post("/v1/messages?beta=true", { body: odd, headers: { "anthropic-beta": "a-beta-2026" } });
    const served = ground.provider.served.slice(before);
    expect(new Set(served.map(({ bodyHash }) => bodyHash)).size).toBe(1);
    const seen = ground.provider.seen.at(-1);
    expect(seen).toMatchObject({ query: "beta=true", headers: { "anthropic-beta": "a-beta-2026" } });
    expect(JSON.stringify(seen?.body)).toBe(JSON.stringify(odd));
    expect(seen?.headers["x-api-key"]).toBe(PROVIDERS_KEY);
  });

  test("is served by another provider's model, usage included, thinking where it asked for it", async () => {
    const client = anthropic({ "x-allot-session": "sdk-crossing" });
    const ask = { ...MESSAGE, model: "gemini-2.5-pro", max_tokens: 4000, system: "Think." };
    const thinking = { type: "enabled" as const, budget_tokens: 2000 };
    const thought = await client.messages.create({ ...ask, thinking });
    expect(thought.content.map(({ type }) => type)).toEqual(["thinking", "text"]);
    // Claude Code writes it into its log; what counts logs tells answers apart by it.
    expect(thought._request_id).toMatch(/^req-/);
    expect(thought.usage).toMatchObject({ input_tokens: 1000, cache_read_input_tokens: 400, output_tokens: 100 });
    const plain = await client.messages.create(ask);
    expect(plain.content.map(({ type }) => type)).toEqual(["text"]);
    expect(await usageOf(ground, "sdk-crossing")).toMatchObject({ calls: 2, tokens: 3000 });
  });
});

/** The id that the OpenAI SDK finds in an answer's headers. */
async function requestIdOf(model: string): Promise<string | null | undefined> {
  const { _request_id: id } = await openai().chat.completions.create({ ...CHAT, model });
  return id;
}

describe("the OpenAI SDK", () => {
  test("gets chat completions; a stream has a usage chunk only where it asked for one", async () => {
    const said = await openai().chat.completions.create(CHAT);
    expect(said.choices[0]?.message.content).toBe("Good morning to you all.");
    const chunksOf = async (options: object): Promise<OpenAI.ChatCompletionChunk[]> => {
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of await openai({ "x-allot-session": "sdk-chat" }).chat.completions.create({
        ...CHAT,
        ...options,
        stream: true,
      }))
        chunks.push(chunk);
      return chunks;
    };
    const plain = await chunksOf({});
    expect(plain.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Good morning to you all.");
    expect(plain.filter(({ usage }) => usage !== undefined && usage !== null)).toEqual([]);
    expect(plain.filter(({ choices }) => choices.length === 0)).toEqual([]);
    const asked = await chunksOf({ stream_options: { include_usage: true } });
    expect(asked.at(-1)?.usage).toMatchObject({ prompt_tokens: 1400, completion_tokens: 100 });
    expect(await usageOf(ground, "sdk-chat")).toMatchObject({ calls: 2, output_tokens: 200, estimated_calls: 0 });
  });

  test("gets responses, whole and streamed", async () => {
    const said = await openai().responses.create({ model: "gpt-5.5", input: "Good morning?" });
    expect(said.output_text).toBe("Good morning to you all.");
    const types: string[] = [];
    const stream = openai().responses.stream({ model: "gpt-5.5", input: "Good morning?" });
    for await (const event of stream) types.push(event.type);
    expect(types[0]).toBe("response.created");
    expect(types.at(-1)).toBe("response.completed");
    expect((await stream.finalResponse()).output_text).toBe("Good morning to you all.");
  });

  test("is refused by 403 in chat and 429 in responses, each by one request", async () => {
    const client = openai(await usedBy("sdk-openai-hard", 9_200_000));
    const chat = await client.chat.completions.create(CHAT).catch((thrown: unknown) => thrown);
    expect(chat).toMatchObject({ status: 403, code: "insufficient_quota" });
    const answered = await client.responses
      .create({ model: "gpt-5.5", input: "Hi" })
      .catch((thrown: unknown) => thrown);
    expect(answered).toMatchObject({ status: 429, code: "insufficient_quota" });
    expect(ground.visited()).toEqual([]);
  });

  test("lists models, allot/auto among them", async () => {
    const ids: string[] = [];
    for await (const model of openai().models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(["gpt-5.5", "claude-sonnet-5-5", "allot/auto"]));
  });

  test("calls a tool of a model of another provider, in a stream", async () => {
    const stream = openai().chat.completions.stream({
      ...CHAT,
      model: "claude-sonnet-5-5",
      tools: [{ type: "function", function: { name: "weather", parameters: CITY } }],
    });
    const said = await stream.finalChatCompletion();
    expect(await requestIdOf("claude-sonnet-5-5")).toMatch(/^req-/);
    expect(said.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } }] },
    });
  });

  test("a client that goes away stops the provider's stream within a second", async () => {
    const stop = new AbortController();
    const stream = await openai().chat.completions.create(
      { ...CHAT, messages: [{ role: "user", content: "Slowly, please." }], stream: true },
      { signal: stop.signal },
    );
    for await (const { choices } of stream) if (choices[0]?.delta.content) stop.abort();
    const left = performance.now();
    await vi.waitFor(() => expect(ground.provider.served.at(-1)).toMatchObject({ aborted: true, completed: false }), {
      timeout: 5000,
      interval: 20,
    });
    expect(performance.now() - left).toBeLessThan(1000);
  });
});

describe("the AI SDK", () => {
  const weather = tool({
    description: "The weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `sunny in ${city}`,
  });
  const models = {
    "anthropic, messages": () =>
      createAnthropic({ baseURL: `${ground.url}/v1`, apiKey: ground.key })("claude-sonnet-5-5"),
    "openai, responses": () => createOpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key })("gpt-5.5"),
    "openai, chat": () => createOpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key }).chat("gpt-5.5"),
    "google, v1beta": () => createGoogle({ baseURL: `${ground.url}/v1beta`, apiKey: ground.key })("gemini-2.5-pro"),
    "google, v1": () => createGoogle({ baseURL: `${ground.url}/v1`, apiKey: ground.key })("gemini-2.5-pro"),
    "anthropic, served by OpenAI": () =>
      createAnthropic({ baseURL: `${ground.url}/v1`, apiKey: ground.key })("gpt-5.5"),
    "openai, served by Google": () =>
      createOpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key })("gemini-2.5-pro"),
    "google, served by Anthropic": () =>
      createGoogle({ baseURL: `${ground.url}/v1beta`, apiKey: ground.key })("claude-sonnet-5-5"),
  };

  for (const [name, model] of Object.entries(models)) {
    test(`${name}: a tool loop ends with what the tool said`, async () => {
      const said = await generateText({
        model: model(),
        tools: { weather },
        stopWhen: stepCountIs(3),
        prompt: "How is the weather in Bern?",
      });
      expect(said.text).toBe("It is sunny in Bern.");
      expect(said.steps).toHaveLength(2);
      // Of both steps.
      expect(said.usage).toMatchObject({ inputTokens: 2800, outputTokens: 200 });
    });

    test(`${name}: streams`, async () => {
      const pieces: string[] = [];
      const { textStream, usage } = streamText({ model: model(), prompt: "Good morning?" });
      for await (const piece of textStream) pieces.push(piece);
      expect(pieces.join("")).toBe("Good morning to you all.");
      expect(pieces.length).toBeGreaterThan(1);
      expect(await usage).toMatchObject({ outputTokens: 100, inputTokens: 1400 });
    });
  }
});
