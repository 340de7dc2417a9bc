import { expect, test } from "vitest";
import { type ClientTrial, openClientTrial } from "../../test/support/client-trial.ts";
import type { Script, ScriptedAnswer } from "../../test/support/scripted-provider/script.ts";
import { AllotError } from "../foundation/errors.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { ModelFacts } from "./choose-model.ts";
import type { Message, MessageEvent, MessageRequest } from "./message.ts";
import type { ClientDefaults } from "./prepare-call.ts";

async function openTrial(
  script: Script | ScriptedAnswer,
  models: Partial<ModelFacts> = {},
  defaults: Partial<ClientDefaults> = {},
): Promise<ClientTrial> {
  return openClientTrial(script, { models, defaults });
}

/** The request of the guide. */
const GUIDE: MessageRequest & { stream?: false } = {
  model: "claude-sonnet-4-5-20250929",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Hello!" }],
  session_id: "my_session",
  priority: "normal",
};

const USAGE = { inputTokens: 1_000, cacheReadTokens: 2_000, cacheWrite1hTokens: 40, outputTokens: 100 };

async function faultOf(call: Promise<unknown>): Promise<AllotError> {
  const fault = await call.then(
    () => new Error("it was answered"),
    (error: unknown) => error,
  );
  if (fault instanceof AllotError) return fault;
  throw fault;
}

test("the guide's request is answered in the Messages shape, with what allot knows beside it", async () => {
  const { client, books } = await openTrial({ text: "Hello to you.", usage: USAGE });
  const response = await client.messages.create(GUIDE);
  expect(response).toEqual({
    id: `msg_${response.allot.call_id}`,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5-20250929",
    content: [{ type: "text", text: "Hello to you." }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 1_000,
      output_tokens: 100,
      cache_creation_input_tokens: 40,
      cache_read_input_tokens: 2_000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 40 },
    },
    allot: {
      call_id: response.allot.call_id,
      response_id: "answer_1",
      session: "my_session",
      priority: "normal",
      provider: "anthropic",
      model: "claude-sonnet-4-5-20250929",
      requested_model: "claude-sonnet-4-5-20250929",
      cost: 0.00534,
      cost_nano_usd: 5_340_000,
      level: "NONE",
      clamped_max_tokens: null,
      estimated: false,
      price_assumed: false,
      warning: null,
      fell_back: null,
      passed_over: [],
      attempts: 1,
      cached: false,
    },
  });
  expect(books.settlements[0]?.entry).toMatchObject({ session_id: "my_session", nano_usd: 5_340_000 });
});

test.each([
  ["claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5-20250929"],
  ["claude-3-5-haiku-20241022", "anthropic", "claude-3-5-haiku-20241022"],
  ["sonnet-4-5", "anthropic", "claude-sonnet-4-5"],
  ["haiku", "anthropic", "claude-haiku-5-5"],
  ["gpt-4o", "openai", "gpt-4o"],
  ["ollama/llama3:8b", "ollama", "llama3:8b"],
  ["llama3:8b", "ollama", "llama3:8b"],
])("the model %s is asked of %s as %s", async (model, provider, id) => {
  const { client, server } = await openTrial({ text: "ok" });
  const { allot } = await client.messages.create({ ...GUIDE, model });
  expect([allot.provider, allot.model, allot.requested_model]).toEqual([provider, id, model]);
  expect(server.seen[0]?.model).toBe(id);
});

test("every provider answers in the same shape, streamed or not", async () => {
  const script: ScriptedAnswer = {
    text: "Looking.",
    toolCalls: [{ id: "call_a", name: "weather", input: { town: "Bern" } }],
    usage: { inputTokens: 50, outputTokens: 20 },
  };
  const { client } = await openTrial(script);
  const models = ["sonnet-4-5", "gpt-4o", "xai/grok-4.7", "google/gemini-2.5-flash", "ollama/llama3:8b"];
  for (const model of models) {
    const request = { ...GUIDE, model, tools: [{ name: "weather", input_schema: { type: "object" } }] };
    const whole = await client.messages.create(request);
    const streamed = await client.messages.stream(request).finalMessage();
    for (const message of [whole, streamed]) {
      expect(message.content.filter(({ type }) => !type.endsWith("thinking"))).toEqual([
        { type: "text", text: "Looking." },
        { type: "tool_use", id: "call_a", name: "weather", input: { town: "Bern" } },
      ]);
      expect([message.stop_reason, message.usage.input_tokens, message.usage.output_tokens]).toEqual([
        "tool_use",
        50,
        20,
      ]);
    }
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.allot.cost).toBe(whole.allot.cost);
  }
});

test("results of tools go back to the model, whoever it is, and so does what its provider wants back", async () => {
  const { client, server } = await openTrial((seen) =>
    seen.toolResults.length > 0
      ? { text: "Sunny in Bern." }
      : { reasoning: "The weather.", toolCalls: [{ id: "call_a", name: "weather", input: { town: "Bern" } }] },
  );
  for (const model of ["sonnet-4-5", "gpt-5", "google/gemini-2.5-flash", "ollama/llama3:8b"]) {
    const request = { ...GUIDE, model, tools: [{ name: "weather", input_schema: { type: "object" } }] };
    const first = await client.messages.create(request);
    expect(first.content.find(({ type }) => type === "tool_use")).toMatchObject({ name: "weather" });
    const second = await client.messages.create({
      ...request,
      messages: [
        ...GUIDE.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "call_a", content: "21 °C, sunny" }] },
      ],
    });
    expect(second.content).toEqual([{ type: "text", text: "Sunny in Bern." }]);
    const seen = server.seen.at(-1);
    expect(seen?.toolResults[0]).toMatchObject({ callId: "call_a", output: "21 °C, sunny" });
    const returned = seen?.messages[1];
    const signatures = [...(returned?.reasoning ?? []), ...(returned?.toolCalls ?? [])].map((part) => part.signature);
    if (!model.startsWith("ollama")) expect(signatures.join("")).not.toBe("");
  }
});

test("a turn whose text was changed goes back as it was changed, without its provider's own parts", async () => {
  const { client, server } = await openTrial({ text: "First words.", reasoning: "Thoughts." });
  const first = await client.messages.create(GUIDE);
  const edited = first.content.map((block) => (block.type === "text" ? { ...block, text: "Other words." } : block));
  await client.messages.create({
    ...GUIDE,
    messages: [...GUIDE.messages, { role: "assistant", content: edited }, { role: "user", content: "Go on." }],
  });
  expect(server.seen[1]?.messages[1]).toMatchObject({ text: "Other words.", reasoning: [] });
});

test("a stream has one message_start, its blocks in order, and ends in message_stop", async () => {
  const { client } = await openTrial({
    text: "Sunny in the morning, rain later on.",
    toolCalls: [{ id: "call_a", name: "weather", input: { town: "Bern" } }],
    usage: USAGE,
  });
  const events: MessageEvent[] = [];
  const stream = await client.messages.create({
    ...GUIDE,
    stream: true,
    tools: [{ name: "weather", input_schema: { type: "object" } }],
  });
  for await (const event of stream) events.push(event);
  expect(events.map(({ type }) => type)).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  const text = events.map((event) =>
    event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : "",
  );
  expect(text.join("")).toBe("Sunny in the morning, rain later on.");
  expect(events[7]).toEqual({
    type: "content_block_delta",
    index: 1,
    delta: { type: "input_json_delta", partial_json: '{"town":"Bern"}' },
  });
  const final = await stream.finalMessage();
  expect(events[9]).toEqual({
    type: "message_delta",
    delta: { stop_reason: "tool_use", stop_sequence: null },
    usage: final.usage,
    allot: final.allot,
  });
  expect(await stream.finalText()).toBe("Sunny in the morning, rain later on.");
});

test("a reader that leaves a stream stops the call; what arrived is counted", async () => {
  const { client, books, server } = await openTrial({ text: "word ".repeat(2_000), chunkDelayMs: 10, usage: USAGE });
  const stream = client.messages.stream(GUIDE);
  for await (const event of stream) if (event.type === "content_block_delta") break;
  expect((await faultOf(stream.finalMessage())).code).toBe("interrupted");
  expect(books.settlements[0]?.entry).toMatchObject({ input_tokens: 1_000, usage_estimated: 1 });
  await expect.poll(() => server.served[0]?.aborted).toBe(true);
});

test("a stream that breaks throws to its reader after what arrived", async () => {
  const { client } = await openTrial({ text: "Sunny in the morning, rain later on.", cutAfter: 5 });
  const types: string[] = [];
  const reading = (async () => {
    for await (const event of await client.messages.create({ ...GUIDE, stream: true })) types.push(event.type);
  })();
  expect((await faultOf(reading)).code).toBe("provider-cut");
  expect(types.filter((type) => type === "message_start")).toHaveLength(1);
  expect(types).not.toContain("message_stop");
});

test("a throttled request throws in the guide's words, with what to do in its details", async () => {
  const { client, books, server } = await openTrial({ text: "no" });
  books.spend("session:my_session", { tokens: 92_000 });
  for (const call of [
    client.messages.create(GUIDE),
    client.messages.create({ ...GUIDE, stream: true }),
    client.messages.stream(GUIDE).finalMessage(),
  ]) {
    const fault = await faultOf(call);
    expect(fault.code).toBe("limit-reached");
    expect(fault.message).toMatch(/^Request throttled: HARD\. Token limit exceeded\. /);
    expect(fault.details).toMatchObject({
      limit: "session tokens/hour",
      scope: "session:my_session",
      level: "HARD",
      used: 92_000,
      resets_at: "1970-01-01T00:01:00.000Z",
      cheaper: { provider: "ollama", model: "llama3:8b", worst_cost: 0 },
    });
  }
  expect(server.seen).toHaveLength(0);
  expect((await client.messages.create({ ...GUIDE, priority: "high" })).allot).toMatchObject({
    level: "HARD",
    warning: "session tokens/hour at 92%",
  });
});

test("LLM_DEFAULT_PROVIDER=ollama sends every request to the models of this machine, and says so", async () => {
  const { client, server } = await openTrial({ text: "ok" }, { defaultProvider: "ollama" });
  const big = await client.messages.create(GUIDE);
  expect(big.allot).toMatchObject({
    provider: "ollama",
    model: "qwen3-coder:30b",
    requested_model: "claude-sonnet-4-5-20250929",
    cost: 0,
  });
  expect((await client.messages.create({ ...GUIDE, model: "haiku" })).allot.model).toBe("llama3:8b");
  expect((await client.messages.create({ ...GUIDE, model: "llama3:8b" })).allot.model).toBe("llama3:8b");
  expect((await client.messages.create({ ...GUIDE, model: "anthropic/sonnet-4-5" })).allot.provider).toBe("anthropic");
  expect(server.seen.map(({ wire }) => wire)).toEqual(["ollama", "ollama", "ollama", "anthropic"]);
});

test("another default provider leaves a named model with its own, where that is set up", async () => {
  const { client } = await openTrial({ text: "ok" }, { defaultProvider: "openai" });
  expect((await client.messages.create(GUIDE)).allot.provider).toBe("anthropic");
  expect((await client.messages.create({ ...GUIDE, model: "gemini-2.5-flash" })).allot).toMatchObject({
    provider: "openai",
    model: "gpt-6-luna",
  });
});

test.each([
  [{}, "claude-sonnet-4-5-20250929"],
  [{ providerModels: { anthropic: "claude-3-5-haiku-20241022" } }, "claude-3-5-haiku-20241022"],
  [{ defaultProvider: "ollama" as ProviderName }, "qwen3-coder:30b"],
  [{ available: () => Promise.resolve([{ name: "openai", why: "" }]) }, "gpt-6.1-sol"],
])("without a model, that of the environment is taken: %o", async (models, expected) => {
  const { client } = await openTrial({ text: "ok" }, models);
  const { model: _model, ...unnamed } = GUIDE;
  expect((await client.messages.create(unnamed)).allot.model).toBe(expected);
});

test("session and priority of the environment hold for requests that name none", async () => {
  const { client, books } = await openTrial({ text: "ok" }, {}, { session: "background_worker", priority: "low" });
  const { session_id: _session, priority: _priority, ...bare } = GUIDE;
  expect((await client.messages.create(bare)).allot).toMatchObject({ session: "background_worker", priority: "low" });
  expect(books.settlements[0]?.entry.session_id).toBe("background_worker");
});

test("more max_tokens than the model can write are lowered, and the answer says so", async () => {
  const { client, server } = await openTrial({ text: "ok" });
  const request = { ...GUIDE, model: "claude-3-5-haiku-20241022", max_tokens: 20_000 };
  expect((await client.messages.create(request)).allot.clamped_max_tokens).toBe(8_192);
  expect(server.seen[0]?.maxOutputTokens).toBe(8_192);
});

test("system blocks, images, stop sequences and sampling reach the provider", async () => {
  const { client, server } = await openTrial({ text: "A cat." });
  await client.messages.create({
    ...GUIDE,
    system: [
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind.", cache_control: { type: "ephemeral", ttl: "1h" } },
    ],
    messages: [
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          { type: "text", text: "What is this?" },
        ],
      },
    ],
    temperature: 0.2,
    stop_sequences: ["END"],
    metadata: { user_id: "u-1" },
  });
  expect(server.seen[0]?.body).toMatchObject({
    system: [{ type: "text", text: "Be brief.\n\nBe kind.", cache_control: { type: "ephemeral", ttl: "1h" } }],
    temperature: 0.2,
    stop_sequences: ["END"],
    metadata: { user_id: "u-1" },
    messages: [
      {
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          { type: "text", text: "What is this?" },
        ],
      },
    ],
  });
});

test("what a provider refuses is thrown with its code and what it cost", async () => {
  const { client } = await openTrial({ error: "rate-limited", retryAfterS: 7 });
  const fault = await faultOf(client.messages.create(GUIDE));
  expect([fault.code, fault.details["cost"], fault.details["retry_after_ms"]]).toEqual([
    "provider-rate-limited",
    0,
    7_000,
  ]);
});

const WRONG: [string, unknown, string][] = [
  ["no request", undefined, "the request is missing; an object with max_tokens and messages is wanted"],
  [
    "a misspelt field",
    { ...GUIDE, sessionId: "a" },
    "sessionId is no field that is known here. Did you mean session_id?",
  ],
  [
    "max_tokens missing",
    { ...GUIDE, max_tokens: undefined },
    "max_tokens is missing; a whole number of 1 or more is wanted",
  ],
  ["max_tokens of 0", { ...GUIDE, max_tokens: 0 }, "max_tokens is 0; a whole number of 1 or more is wanted"],
  [
    "max_tokens as text",
    { ...GUIDE, max_tokens: "1024" },
    'max_tokens is "1024"; a whole number of 1 or more is wanted',
  ],
  ["no messages", { ...GUIDE, messages: [] }, "messages is an empty list; at least one message is wanted"],
  ["messages as text", { ...GUIDE, messages: "Hello!" }, 'messages is "Hello!"; a list like'],
  [
    "system as a role",
    { ...GUIDE, messages: [{ role: "system", content: "x" }] },
    'system text goes into the field "system"',
  ],
  [
    "an odd role",
    { ...GUIDE, messages: [{ role: "bot", content: "x" }] },
    'messages[0].role is "bot"; one of user, assistant',
  ],
  [
    "an empty message",
    { ...GUIDE, messages: [{ role: "user", content: [] }] },
    "messages[0].content is an empty list; text, or at least one content block is wanted",
  ],
  [
    "an odd priority",
    { ...GUIDE, priority: "urgent" },
    'priority is "urgent"; one of low, normal, high, critical is wanted',
  ],
  ["an empty session", { ...GUIDE, session_id: "" }, 'session_id is ""; a name is wanted'],
  ["an odd provider", { ...GUIDE, provider: "antropic" }, 'provider is "antropic"; one of anthropic, openai'],
  ["a temperature of 3", { ...GUIDE, temperature: 3 }, "temperature is 3; a number from 0 to 2 is wanted"],
  ["stream as text", { ...GUIDE, stream: "yes" }, 'stream is "yes"; true or false is wanted'],
  [
    "a result without its call",
    { ...GUIDE, messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "x", content: "1" }] }] },
    'messages[0].content[0].tool_use_id is "x"; the id of a tool_use block in an assistant message before it is wanted',
  ],
  [
    "a picture with its prefix",
    {
      ...GUIDE,
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: "data:image/png;base64,AA" } },
          ],
        },
      ],
    },
    'base64 without line breaks and without "data:" before it is wanted',
  ],
  [
    "a tool of the provider",
    { ...GUIDE, tools: [{ type: "web_search_20250305", name: "web_search" }] },
    "which no hold covers",
  ],
  ["a forced tool without tools", { ...GUIDE, tool_choice: { type: "any" } }, "a tool for tool_choice any is wanted"],
];

test.each(WRONG)("%s is named, with what is right, before anything is sent", async (_title, request, message) => {
  const { client, server } = await openTrial({ text: "no" });
  const fault = await faultOf(client.messages.create(request as MessageRequest));
  expect(fault.code).toBe("usage");
  expect(fault.message).toContain(message);
  expect(server.seen).toHaveLength(0);
});

test("an unknown model is named with what is near it", async () => {
  const { client } = await openTrial({ text: "no" });
  const fault = await faultOf(client.messages.create({ ...GUIDE, model: "claude-sonet-4-5" }));
  expect(fault.code).toBe("unknown-model");
  expect(fault.message).toContain("claude-sonnet-4-5");
});

test("a client that was closed says so", async () => {
  const { client, server } = await openTrial({ text: "no" });
  await client[Symbol.asyncDispose]();
  const fault = await faultOf(client.messages.create(GUIDE));
  expect([fault.code, fault.message]).toEqual(["interrupted", "the client was closed"]);
  expect(server.seen).toHaveLength(0);
});

test("a caller's signal stops a request, and what was sent by then is counted", async () => {
  const { client, books } = await openTrial({ silence: "after-headers" });
  const stop = new AbortController();
  const waiting = client.messages.create(GUIDE, { signal: stop.signal });
  await expect.poll(() => books.holds.size).toBe(1);
  stop.abort();
  const fault = await faultOf(waiting);
  expect(fault.code).toBe("interrupted");
  expect(fault.details["cost"]).toBeGreaterThan(0);
  expect(books.settlements[0]?.entry.usage_estimated).toBe(1);
});

test("nothing is cached that the request does not mark", async () => {
  const { client, server } = await openTrial({ text: "ok" });
  await client.messages.create({ ...GUIDE, tools: [{ name: "look", input_schema: { type: "object" } }] });
  expect(JSON.stringify(server.seen[0]?.body)).not.toContain("cache_control");
});

test("an answer is whole JSON: it can be stored and sent back", async () => {
  const { client } = await openTrial({ text: "Yes.", reasoning: "Hm." });
  const response: Message = await client.messages.create(GUIDE);
  expect(JSON.parse(JSON.stringify(response))).toEqual(response);
});

test("a request's own time ends each attempt", async () => {
  const { client, server } = await openClientTrial({ silence: "all" }, { policy: { attemptsEach: 2 } });
  const fault = await faultOf(client.messages.create({ ...GUIDE, timeout_ms: 40 }));
  expect([fault.code, server.seen.length]).toEqual(["provider-timeout", 2]);
});
