import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { answerWith, inPieces, openTranslatingServer } from "../../../test/support/translating-server.ts";
import type { ModelAnswer } from "../../providers/provider.ts";
import { EMPTY_SEAL } from "./seal.ts";

/* The vendors' own clients as readers of what is written, event by event. */

const RAW = {
  provider: "google",
  parts: [
    { type: "reasoning", text: "Bern it is.", providerMetadata: { google: { thoughtSignature: "c2ln" } } },
    { type: "text", text: "Let me look." },
    {
      type: "tool-call",
      toolCallId: "call_9",
      toolName: "weather",
      input: '{"town":"Bern"}',
      providerMetadata: { google: { thoughtSignature: "Y2FsbA==" } },
    },
  ],
};
const TOOL_TURN = answerWith({
  thinking: "Bern it is.",
  text: "Let me look.",
  toolCalls: [
    { id: "call_9", name: "weather", input: { town: "Bern" } },
    { id: "call_10", name: "weather", input: { town: "Zürich" } },
  ],
  raw: RAW,
});
const PARAMETERS = { type: "object" as const, properties: { town: { type: "string" } }, required: ["town"] };

async function anthropic(answer: ModelAnswer) {
  const server = await openTranslatingServer(inPieces(answer));
  return { server, client: new Anthropic({ baseURL: server.url, apiKey: "test-key", maxRetries: 0 }) };
}

async function openai(answer: ModelAnswer) {
  const server = await openTranslatingServer(inPieces(answer));
  return { server, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "test-key", maxRetries: 0 }) };
}

const MESSAGE_REQUEST = {
  model: "claude-opus-5-5",
  max_tokens: 700,
  thinking: { type: "adaptive" as const },
  messages: [{ role: "user" as const, content: "How is Bern?" }],
  tools: [{ name: "weather", description: "", input_schema: PARAMETERS }],
};

test("Anthropic's client puts a stream together: thinking, text, sealed parts, calls, usage", async () => {
  const { client, server } = await anthropic(TOOL_TURN);
  const stream = client.messages.stream(MESSAGE_REQUEST);
  const types: string[] = [];
  for await (const event of stream) types.push(event.type === "content_block_delta" ? event.delta.type : event.type);
  const message = await stream.finalMessage();
  expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
    "message_start",
    "content_block_start",
    "thinking_delta",
    "signature_delta",
    "content_block_stop",
    "content_block_start",
    "text_delta",
    "content_block_stop",
    "content_block_start",
    "content_block_stop",
    "content_block_start",
    "input_json_delta",
    "content_block_stop",
    "content_block_start",
    "input_json_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(message).toMatchObject({ id: "msg_req1", role: "assistant", model: "served-model", stop_reason: "tool_use" });
  expect(message.content).toEqual([
    { type: "thinking", thinking: "Bern it is.", signature: EMPTY_SEAL },
    { type: "text", text: "Let me look." },
    { type: "redacted_thinking", data: expect.stringMatching(/^allot2\./) as string },
    { type: "tool_use", id: "toolu_a_call_9", name: "weather", input: { town: "Bern" } },
    { type: "tool_use", id: "toolu_a_call_10", name: "weather", input: { town: "Zürich" } },
  ]);
  expect(message.usage).toMatchObject({
    input_tokens: 1_000,
    cache_read_input_tokens: 300,
    cache_creation_input_tokens: 110,
    output_tokens: 200,
    output_tokens_details: { thinking_tokens: 50 },
  });
  // The client keeps the split of the beginning, where none was known; on the wire it stands at the end.
  expect(server.written.at(-1)).toContain('{"ephemeral_5m_input_tokens":70,"ephemeral_1h_input_tokens":40}');
});

test("Anthropic's client gets the whole message, with the sealed parts in the signature", async () => {
  const { client } = await anthropic(TOOL_TURN);
  const message = await client.messages.create(MESSAGE_REQUEST);
  expect(message.content.map((block) => block.type)).toEqual(["thinking", "text", "tool_use", "tool_use"]);
  expect(message.content[0]).toMatchObject({ signature: expect.stringMatching(/^allot2\.[\w-]{20,}$/) as string });
});

test("a client that did not ask for thinking gets none, and what has to come back only beside calls", async () => {
  const { thinking: _thinking, ...request } = MESSAGE_REQUEST;
  const { client } = await anthropic(TOOL_TURN);
  const types = [await client.messages.create(request), await client.messages.stream(request).finalMessage()].map(
    ({ content }) => content.map(({ type }) => type),
  );
  expect(types).toEqual(Array(2).fill(["text", "redacted_thinking", "tool_use", "tool_use"]));
  const said = await anthropic(
    answerWith({ text: "Hi.", thinking: "Hm.", raw: { ...RAW, parts: RAW.parts.slice(0, 2) } }),
  );
  expect((await said.client.messages.create(request)).content).toEqual([{ type: "text", text: "Hi." }]);
  const gemini = await fetch(`${said.server.url}/v1beta/models/m:generateContent`, {
    method: "POST",
    body: JSON.stringify({ contents: [{ parts: [{ text: "Hi" }] }] }),
  });
  expect(await gemini.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: "Hi." }] } }] });
});

test("a message begins with the estimated input and ends with the reason and the sequence that stopped it", async () => {
  const { client, server } = await anthropic(answerWith({ text: "one", stopSequence: "two" }));
  const stream = client.messages.stream({ ...MESSAGE_REQUEST, stop_sequences: ["two"] });
  const message = await stream.finalMessage();
  expect([message.stop_reason, message.stop_sequence]).toEqual(["stop_sequence", "two"]);
  expect(server.requests[0]?.stopSequences).toEqual(["two"]);
  expect(server.written[0]).toContain('"usage":{"input_tokens":11,');
});

test("a refusal, a cut answer and an empty one have their own endings in each wire", async () => {
  const ended = async (answer: ModelAnswer): Promise<unknown[]> => {
    const message = await (await anthropic(answer)).client.messages.stream(MESSAGE_REQUEST).finalMessage();
    const { client } = await openai(answer);
    const chat = await client.chat.completions.create({ model: "m", messages: MESSAGE_REQUEST.messages });
    const response = await client.responses.create({ model: "m", input: "Hello" });
    return [
      message.stop_reason,
      chat.choices[0]?.finish_reason,
      response.status,
      response.incomplete_details?.reason,
      response.output_text,
    ];
  };
  expect(await ended(answerWith({ text: "I", finish: "content-filter" }))).toEqual([
    "refusal",
    "content_filter",
    "incomplete",
    "content_filter",
    "I",
  ]);
  expect(await ended(answerWith({ text: "Half", finish: "length" }))).toEqual([
    "max_tokens",
    "length",
    "incomplete",
    "max_output_tokens",
    "Half",
  ]);
  expect(await ended(answerWith({}))).toEqual(["end_turn", "stop", "completed", undefined, ""]);
});

const CHAT_REQUEST = {
  model: "gpt-5.5",
  messages: [{ role: "user" as const, content: "How is Bern?" }],
  tools: [{ type: "function" as const, function: { name: "weather", parameters: PARAMETERS } }],
};

test("OpenAI's client puts a stream of chat completions together", async () => {
  const { client, server } = await openai(TOOL_TURN);
  const stream = client.chat.completions.stream({ ...CHAT_REQUEST, stream_options: { include_usage: true } });
  const chat = await stream.finalChatCompletion();
  expect(chat).toMatchObject({ id: "chatcmpl-req1", object: "chat.completion", model: "served-model" });
  expect(chat.choices[0]?.finish_reason).toBe("tool_calls");
  const { message } = chat.choices[0] ?? {};
  expect(message?.content).toBe("Let me look.");
  expect(message?.tool_calls).toMatchObject([
    { id: "call_9", type: "function", function: { name: "weather", arguments: '{"town":"Bern"}' } },
    { id: "call_10", type: "function", function: { name: "weather", arguments: '{"town":"Zürich"}' } },
  ]);
  expect(chat.usage).toMatchObject({
    prompt_tokens: 1_410,
    completion_tokens: 200,
    total_tokens: 1_610,
    prompt_tokens_details: { cached_tokens: 300, cache_write_tokens: 110 },
    completion_tokens_details: { reasoning_tokens: 50 },
  });
  expect(server.written.join("")).toMatch(/"reasoning_content":"Bern /);
  expect(server.written.join("").endsWith("data: [DONE]\n\n")).toBe(true);
});

test("a stream of chat completions tells usage only where that is asked for", async () => {
  const { client, server } = await openai(answerWith({ text: "Hi." }));
  const stream = await client.chat.completions.create({ ...CHAT_REQUEST, stream: true });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks.map(({ choices }) => choices[0]?.delta.role)).toEqual(["assistant", undefined, undefined]);
  expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true);
  expect(server.written.join("")).not.toContain("usage");
});

const RESPONSE_REQUEST = {
  model: "gpt-5.5",
  instructions: "Be brief.",
  input: "How is Bern?",
  tools: [
    { type: "function" as const, name: "weather", parameters: PARAMETERS, strict: false },
    { type: "custom" as const, name: "exec", description: "Runs JavaScript" },
  ],
};

test("OpenAI's client puts a stream of responses together, its events numbered through", async () => {
  const { client } = await openai(TOOL_TURN);
  const stream = client.responses.stream(RESPONSE_REQUEST);
  const events: { type: string; sequence_number: number }[] = [];
  for await (const event of stream) events.push(event);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_summary_part.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
    "response.completed",
  ]);
  const response = await stream.finalResponse();
  expect(response.output_text).toBe("Let me look.");
  expect(response.output.map(({ type }) => type)).toEqual([
    "reasoning",
    "message",
    "reasoning",
    "function_call",
    "function_call",
  ]);
  expect(new Set(response.output.map((item) => item.id)).size).toBe(5);
  expect(response.usage).toEqual({
    input_tokens: 1_410,
    input_tokens_details: { cached_tokens: 300, cache_write_tokens: 110 },
    output_tokens: 200,
    output_tokens_details: { reasoning_tokens: 50 },
    total_tokens: 1_610,
  });
  expect(response.instructions).toBe("Be brief.");
});

test("a custom tool is called with its text, streamed or not", async () => {
  const call = { id: "call_1", name: "exec", input: { input: 'text("höi")' } };
  const { client, server } = await openai(answerWith({ toolCalls: [call] }));
  const whole = await client.responses.create(RESPONSE_REQUEST);
  const stream = client.responses.stream(RESPONSE_REQUEST);
  const types: string[] = [];
  for await (const { type } of stream) types.push(type);
  const streamed = await stream.finalResponse();
  for (const { output } of [whole, streamed])
    expect(output).toMatchObject([{ type: "custom_tool_call", call_id: "call_1", name: "exec", input: 'text("höi")' }]);
  expect(types).toContain("response.custom_tool_call_input.delta");
  expect(server.requests[0]?.tools[1]?.inputSchema).toMatchObject({
    properties: { input: { type: "string" } },
    required: ["input"],
  });
});

test("an answer that comes in no pieces is streamed whole at its end", async () => {
  const server = await openTranslatingServer(() => TOOL_TURN);
  const message = await new Anthropic({ baseURL: server.url, apiKey: "k" }).messages
    .stream(MESSAGE_REQUEST)
    .finalMessage();
  expect(message.content.map((block) => block.type)).toEqual(["thinking", "text", "tool_use", "tool_use"]);
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "k" });
  expect((await client.responses.stream(RESPONSE_REQUEST).finalResponse()).output_text).toBe("Let me look.");
  const chat = await client.chat.completions.stream(CHAT_REQUEST).finalChatCompletion();
  expect(chat.choices[0]?.message.content).toBe("Let me look.");
});

test("signs of life reach the client now and then, once the answer has begun", async () => {
  const quietly = answerWith({ text: "Let me write.", toolCalls: TOOL_TURN.toolCalls });
  const server = await openTranslatingServer((_request, onDelta) => {
    for (let sign = 0; sign < 30; sign += 1) onDelta?.({ text: "" });
    onDelta?.({ text: "Let me write." });
    for (let sign = 0; sign < 60; sign += 1) onDelta?.({ text: "" });
    return quietly;
  });
  const written = (part: string): number => server.written.filter((events) => events.includes(part)).length;
  const message = await new Anthropic({ baseURL: server.url, apiKey: "k" }).messages
    .stream(MESSAGE_REQUEST)
    .finalMessage();
  expect([message.content.length, written("event: ping")]).toEqual([3, 2]);
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "k" });
  expect((await client.responses.stream(RESPONSE_REQUEST).finalResponse()).output_text).toBe("Let me write.");
  expect(written(": still at work")).toBe(2);
  const chat = await client.chat.completions.stream(CHAT_REQUEST).finalChatCompletion();
  expect([chat.choices[0]?.message.content, written(": still at work")]).toEqual(["Let me write.", 2]);
});
