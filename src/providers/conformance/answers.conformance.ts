import { expect, test } from "vitest";
import { ask, quiet, WEATHER } from "./trial.conformance.ts";
import type { Trial } from "./trial.conformance.ts";

/** What an answer says and how it ends. */
export function answerCases({ subject, unless, serve, both }: Trial): void {
  test("answers with text, model and finish, streamed or not", async () => {
    const { plain, streamed, deltas } = await both({ text: "Sunny, with a light breeze from the lake." }, ask());
    expect(plain).toMatchObject({
      text: "Sunny, with a light breeze from the lake.",
      finish: "stop",
      model: "scripted-model",
      toolCalls: [],
    });
    expect(streamed.text).toBe(plain.text);
    expect(deltas.join("")).toBe(plain.text);
    expect(deltas.length).toBeGreaterThan(1);
  });

  unless("response-id", "names the provider's id of the answer", async () => {
    const { plain, streamed } = await both({ text: "Yes." }, ask());
    expect([plain.responseId, streamed.responseId]).toEqual(["answer_1", "answer_2"]);
  });

  test("sends system text, messages, tools and the output limit", async () => {
    const { server, provider } = await serve({ text: "ok" });
    await provider.call(ask({ tools: [WEATHER] }), quiet());
    const seen = server.seen[0];
    expect(seen).toMatchObject({
      wire: subject.wire,
      model: "scripted-model",
      system: "Be brief.",
      lastUserText: "How is the weather in Genève?",
      maxOutputTokens: 500,
      stream: false,
      toolChoice: "auto",
    });
    expect(seen?.tools.map(({ name, description }) => [name, description])).toEqual([
      ["weather", "The weather of a town"],
    ]);
    expect(seen?.tools[0]?.schema).toMatchObject({
      type: "object",
      required: ["town"],
      properties: { town: { type: "string" } },
    });
  });

  test("text of every script survives, torn between any two bytes", async () => {
    const text = 'Grüße 👩‍👩‍👧 — 日本語, עברית, a\u2028b "quoted" \\ and a\ttab\nline two 🇨🇭';
    const { plain, streamed } = await both({ text, sliceBytes: 7 }, ask());
    expect(plain.text).toBe(text);
    expect(streamed.text).toBe(text);
  });

  test("an empty answer is an answer", async () => {
    const { plain, streamed } = await both({ text: "" }, ask());
    expect([plain.text, plain.finish, plain.toolCalls]).toEqual(["", "stop", []]);
    expect([streamed.text, streamed.finish, streamed.toolCalls]).toEqual(["", "stop", []]);
    expect(plain.usage.inputTokens).toBeGreaterThan(0);
  });

  test("a megabyte of output arrives whole", async () => {
    const text = "0123456789abcdef".repeat(65_536);
    const { plain, streamed } = await both({ text }, ask());
    expect(plain.text.length).toBe(1_048_576);
    expect(streamed.text === text).toBe(true);
  });

  test("an answer that met the output limit says so", async () => {
    const { plain, streamed } = await both({ text: "Half a sen", finish: "length" }, ask());
    expect([plain.finish, streamed.finish]).toEqual(["length", "length"]);
  });

  unless("content-filter", "an answer that was filtered says so", async () => {
    const { plain, streamed } = await both({ text: "I", finish: "content-filter" }, ask());
    expect([plain.finish, streamed.finish]).toEqual(["content-filter", "content-filter"]);
  });

  unless("thinking-read", "readable thinking stands apart from the text, streamed or not", async () => {
    const { server, provider } = await serve({ reasoning: "The user wants the weather.", text: "Sunny." });
    const plain = await provider.call(ask(), quiet());
    const thought: string[] = [];
    const streamed = await provider.call(ask(), {
      ...quiet(),
      onDelta: ({ thinking }) => thinking !== undefined && thought.push(thinking),
    });
    expect([plain.text, plain.thinking]).toEqual(["Sunny.", "The user wants the weather."]);
    expect([streamed.text, streamed.thinking]).toEqual(["Sunny.", "The user wants the weather."]);
    expect(thought.join("")).toBe("The user wants the weather.");
    expect(server.seen).toHaveLength(2);
  });

  test("pieces of a tool's input are signs of life, and no text", async () => {
    const toolCalls = [{ id: "call_a", name: "weather", input: { town: "Bern ".repeat(40) } }];
    const { provider } = await serve({ toolCalls, sliceBytes: 64 });
    const texts: string[] = [];
    await provider.call(ask({ tools: [WEATHER] }), { ...quiet(), onDelta: ({ text }) => texts.push(text) });
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join("")).toBe("");
  });
}
