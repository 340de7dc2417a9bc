import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { CLIENT_KEY, openServe, upstreamsAt } from "../support/gateway/open-serve.ts";
import { SURFACES } from "../support/gateway/surfaces.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

/* A session that a fallback serves in the middle of a tool loop, and that then comes home: nobody may refuse its history. */

const WEATHER = { type: "object" as const, properties: { town: { type: "string" } } };

async function open(home: string, fallback: string) {
  const state = { away: false };
  const upstream = await openScriptedProvider({
    script: (seen) =>
      state.away && seen.wire.startsWith(home)
        ? { error: "overloaded" }
        : {
            reasoning: `Thought at ${seen.wire}.`,
            text: `Said at ${seen.wire}.`,
            toolCalls: [{ name: "weather", input: { town: "Bern" } }],
          },
  });
  onTestFinished(() => upstream.close());
  const gateway = await openServe({
    args: [...upstreamsAt(upstream, ["anthropic", "openai"]), "--fallback", fallback],
  });
  return { upstream, gateway, state };
}

test("Claude's session falls back to GPT in a tool loop and comes home without GPT's thoughts", async () => {
  const { upstream, gateway, state } = await open("anthropic", "gpt-5.5");
  const client = new Anthropic({ baseURL: gateway.url, apiKey: CLIENT_KEY, maxRetries: 0 });
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: "How is Bern?" }];
  const served: string[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    state.away = turn === 1;
    const stream = client.messages.stream({
      model: "claude-opus-5-5",
      max_tokens: 4_000,
      thinking: { type: "enabled", budget_tokens: 1_024 },
      messages,
      tools: [{ name: "weather", input_schema: WEATHER }],
    });
    const message = await stream.finalMessage();
    served.push(message.content.map((block) => (block.type === "text" ? block.text : "")).join(""));
    messages.push(
      { role: "assistant", content: message.content },
      {
        role: "user",
        content: message.content.flatMap((block) =>
          block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "rain" }] : [],
        ),
      },
    );
  }
  expect(served).toEqual(["Said at anthropic.", "Said at openai-responses.", "Said at anthropic."]);
  const last = upstream.seen.at(-1);
  expect(last?.wire).toBe("anthropic");
  expect(JSON.stringify(last?.body)).not.toContain("allot2.");
  expect(JSON.stringify(last?.body)).toContain("Said at openai-responses.");
  // Its own thoughts of the first turn stand; GPT's turn has none, and so the loop goes on without a budget for them.
  expect(last?.messages.flatMap((message) => message.reasoning)).toHaveLength(1);
  expect(last?.body["thinking"]).toEqual({ type: "disabled" });
  const calls = last?.messages.flatMap((message) => message.toolCalls.map(({ id }) => id));
  expect(last?.messages.flatMap((message) => message.toolResults.map(({ callId }) => callId))).toEqual(calls);
});

test("GPT's session falls back to Claude in a tool loop and comes home without Claude's thoughts", async () => {
  const { upstream, gateway, state } = await open("openai", "claude-sonnet-5-5");
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: CLIENT_KEY, maxRetries: 0 });
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: "How is Bern?" }];
  const served: string[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    state.away = turn === 1;
    const response = await client.responses
      .stream({
        model: "gpt-5.5",
        store: false,
        include: ["reasoning.encrypted_content"],
        input,
        tools: [{ type: "function", name: "weather", parameters: WEATHER, strict: false }],
      })
      .finalResponse();
    served.push(response.output_text);
    for (const item of response.output) {
      input.push(item as OpenAI.Responses.ResponseInputItem);
      if (item.type === "function_call")
        input.push({ type: "function_call_output", call_id: item.call_id, output: "rain" });
    }
  }
  expect(served).toEqual(["Said at openai-responses.", "Said at anthropic.", "Said at openai-responses."]);
  const last = upstream.seen.at(-1);
  expect(last?.wire).toBe("openai-responses");
  expect(JSON.stringify(last?.body)).not.toContain("allot2.");
  expect(last?.messages.flatMap((message) => message.reasoning)).toHaveLength(1);
  const calls = last?.messages.flatMap((message) => message.toolCalls.map(({ id }) => id));
  expect(last?.messages.flatMap((message) => message.toolResults.map(({ callId }) => callId))).toEqual(calls);
});

test("a translated stream that breaks has one beginning and no end, and says what broke, on every surface that can", async () => {
  const upstream = await openScriptedProvider({
    script: () => ({ reasoning: "Thinking of it.", text: "word ".repeat(400), cutAfter: 12 }),
  });
  onTestFinished(() => upstream.close());
  const gateway = await openServe({ args: upstreamsAt(upstream, ["anthropic", "openai"]) });
  for (const [surface, model] of [
    ["anthropic", "gpt-5.5"],
    ["chat", "claude-opus-5-5"],
    ["responses", "claude-opus-5-5"],
    ["gemini", "claude-opus-5-5"],
    ["ollama", "claude-opus-5-5"],
  ] as const) {
    const got = await askGateway(gateway.url, { surface, model, stream: true, prompt: "Hello" });
    expect({ surface, ...got }).toMatchObject({ surface, status: 200, ends: 0 });
    // Gemini's wire has no event for a fault: its connection breaks.
    expect([got.faults, got.broken]).toEqual(surface === "gemini" ? [0, true] : [1, got.broken]);
    expect(got.text).toContain("word word");
    if (SURFACES[surface].saysBegin) expect(got.begins).toBe(1);
  }
});
