import { describe, expect, onTestFinished, test } from "vitest";
import { openScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import type { ScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import type { Script, ScriptedAnswer, ScriptedError, WireName } from "../../test/support/scripted-provider/script.ts";
import { AllotError } from "../foundation/errors.ts";
import type {
  CallOptions,
  ModelAnswer,
  ModelMessage,
  ModelRequest,
  Provider,
  TokenUsage,
  ToolSpec,
} from "./provider.ts";

/** One provider under the suite. */
export interface ConformanceSubject {
  readonly title: string;
  readonly wire: WireName;
  /** Opens the provider at the scripted one. */
  open(server: ScriptedProvider, settings?: { apiKey?: string; fetch?: typeof fetch }): Provider;
  /** Cases this wire cannot have, each with its reason. */
  readonly skips: Partial<Record<SkippableCase, string>>;
}

export type SkippableCase =
  | "thinking-returns"
  | "call-ids"
  | "content-filter"
  | "cache-read"
  | "cache-write"
  | "cache-write-1h"
  | "reasoning-usage"
  | "failed-result"
  | "usage-before-cut"
  | "response-id";

const KEY = "sk-conformance-0123456789abcdef";

const WEATHER: ToolSpec = {
  name: "weather",
  description: "The weather of a town",
  inputSchema: {
    type: "object",
    properties: { town: { type: "string" }, days: { type: "integer" } },
    required: ["town"],
    additionalProperties: false,
  },
};

const REPORT: ToolSpec = { ...WEATHER, name: "report", description: "Reports the end" };

function ask(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: "scripted-model",
    system: "Be brief.",
    messages: [{ role: "user", content: "How is the weather in Genève?" }],
    tools: [],
    toolChoice: "auto",
    maxOutputTokens: 500,
    ...changes,
  };
}

/** Runs every provider through the same cases; what one cannot do is skipped with its reason. */
export function describeProvider(subject: ConformanceSubject): void {
  const { skips } = subject;
  const unless = (name: SkippableCase, title: string, body: () => Promise<void>): void => {
    const reason = skips[name];
    if (reason === undefined) test(title, body);
    else test.skip(`${title} (skipped: ${reason})`, () => {});
  };

  async function serve(
    script: Script | ScriptedAnswer,
    apiKey = KEY,
  ): Promise<{ server: ScriptedProvider; provider: Provider }> {
    const server = await openScriptedProvider({ script: typeof script === "function" ? script : () => script });
    onTestFinished(() => server.close());
    return { server, provider: subject.open(server, { apiKey }) };
  }

  async function both(
    script: Script | ScriptedAnswer,
    request: ModelRequest,
  ): Promise<{ plain: ModelAnswer; streamed: ModelAnswer; deltas: string[] }> {
    const { provider } = await serve(script);
    const plain = await provider.call(request, quiet());
    const deltas: string[] = [];
    const streamed = await provider.call(request, { ...quiet(), onDelta: ({ text }) => deltas.push(text) });
    return { plain, streamed, deltas };
  }

  describe(subject.title, () => {
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

    test("hands over every tool call of a turn, streamed or not", async () => {
      const answer: ScriptedAnswer = {
        text: "Let me look.",
        toolCalls: [
          { id: "call_a", name: "weather", input: { town: "Genève", days: 2 } },
          { id: "call_b", name: "weather", input: { town: "東京 🗼", days: 1 } },
        ],
      };
      const { plain, streamed } = await both(answer, ask({ tools: [WEATHER] }));
      expect(plain.finish).toBe("tool-calls");
      expect(plain.text).toBe("Let me look.");
      expect(plain.toolCalls).toEqual([
        { id: "call_a", name: "weather", input: { town: "Genève", days: 2 } },
        { id: "call_b", name: "weather", input: { town: "東京 🗼", days: 1 } },
      ]);
      expect(streamed.toolCalls).toEqual(plain.toolCalls);
      expect(streamed.finish).toBe("tool-calls");
    });

    test("a tool call without input has an empty object as its input", async () => {
      const { plain, streamed } = await both(
        { toolCalls: [{ id: "call_a", name: "weather", input: {} }] },
        ask({ tools: [WEATHER] }),
      );
      expect(plain.toolCalls).toEqual([{ id: "call_a", name: "weather", input: {} }]);
      expect(streamed.toolCalls).toEqual(plain.toolCalls);
    });

    test("tool results go back to the call they belong to, and the provider's own parts survive JSON", async () => {
      for (const stream of [false, true]) await roundTrip(stream);
    });

    async function roundTrip(stream: boolean): Promise<void> {
      const { server, provider } = await serve((seen) =>
        seen.toolResults.length > 0
          ? { text: "Sunny." }
          : {
              reasoning: "The user wants the weather.",
              toolCalls: [
                { id: "call_a", name: "weather", input: { town: "Genève" } },
                { id: "call_b", name: "report", input: { town: "x" } },
              ],
            },
      );
      const options: CallOptions = stream ? { ...quiet(), onDelta: () => {} } : quiet();
      const request = ask({ tools: [WEATHER, REPORT] });
      const first = await provider.call(request, options);
      const stored = JSON.parse(JSON.stringify(first)) as ModelAnswer;
      expect(stored).toEqual(first);
      const messages: ModelMessage[] = [
        ...request.messages,
        {
          role: "assistant",
          content: stored.text,
          toolCalls: stored.toolCalls,
          ...(stored.raw === undefined ? {} : { raw: stored.raw }),
        },
        {
          role: "tool",
          results: [
            { callId: "call_a", name: "weather", output: "21 °C, sunny", failed: false },
            { callId: "call_b", name: "report", output: "no such report", failed: true },
          ],
        },
      ];
      const last = await provider.call({ ...request, messages }, options);
      expect(last.text).toBe("Sunny.");
      const seen = server.seen[1];
      expect(seen?.messages.map((message) => message.role)).toEqual(["user", "assistant", "tool"]);
      expect(seen?.messages[1]?.toolCalls.map(({ name, input }) => ({ name, input }))).toEqual([
        { name: "weather", input: { town: "Genève" } },
        { name: "report", input: { town: "x" } },
      ]);
      expect(seen?.toolResults[0]?.output).toContain("21 °C, sunny");
      expect(seen?.toolResults[1]?.output).toContain("no such report");
      if (skips["call-ids"] === undefined)
        expect(seen?.toolResults.map((result) => result.callId)).toEqual(["call_a", "call_b"]);
      if (skips["failed-result"] === undefined)
        expect(seen?.toolResults.map((result) => result.failed)).toEqual([false, true]);
      if (skips["thinking-returns"] === undefined) {
        const returned = seen?.messages[1];
        const signature = Buffer.from("signature of answer 1").toString("base64");
        expect([
          ...(returned?.reasoning.map((thought) => thought.signature) ?? []),
          returned?.toolCalls[0]?.signature,
        ]).toContain(signature);
      }
    }

    test("an assistant turn of another provider goes back as its text and calls", async () => {
      const { server, provider } = await serve({ text: "ok" });
      const messages: ModelMessage[] = [
        { role: "user", content: "Hello" },
        {
          role: "assistant",
          content: "Looking.",
          toolCalls: [{ id: "call_x", name: "weather", input: { town: "Bern" } }],
          raw: { provider: "another", parts: [{ type: "text", text: "not this" }] },
        },
        { role: "tool", results: [{ callId: "call_x", name: "weather", output: "rain", failed: false }] },
      ];
      await provider.call(ask({ tools: [WEATHER], messages }), quiet());
      const seen = server.seen[0];
      expect(seen?.messages[1]).toMatchObject({
        role: "assistant",
        text: "Looking.",
        toolCalls: [{ name: "weather", input: { town: "Bern" } }],
      });
      expect(seen?.toolResults[0]?.output).toContain("rain");
    });

    test("one tool can be forced", async () => {
      const { server, provider } = await serve({
        toolCalls: [{ id: "call_a", name: "report", input: { town: "Bern" } }],
      });
      const answer = await provider.call(ask({ tools: [REPORT], toolChoice: { tool: "report" } }), quiet());
      expect(answer.toolCalls).toEqual([{ id: "call_a", name: "report", input: { town: "Bern" } }]);
      expect(server.seen[0]?.toolChoice).toEqual({ tool: "report" });
    });

    usageCases(unless, both);
    faultCases(serve);

    test("a stream that is cut tells what it had cost by then", async () => {
      const text = "A long answer that is cut somewhere in its middle, after some of it has already arrived here.";
      const { provider } = await serve({ text, cutAfter: 6, usage: { inputTokens: 1_234, outputTokens: 50 } });
      const fault = await faultOf(provider.call(ask(), { ...quiet(), onDelta: () => {} }));
      expect(fault.code).toBe("provider-cut");
      const usage = fault.details["usage"] as TokenUsage;
      expect(usage.estimated).toBe(true);
      expect(usage.inputTokens).toBeGreaterThan(0);
      expect(usage.outputTokens).toBeGreaterThan(0);
    });

    unless("usage-before-cut", "a cut stream keeps the input tokens that were already reported", async () => {
      const { provider } = await serve({
        text: "One two three four five six seven eight nine ten.",
        cutAfter: 5,
        usage: { inputTokens: 1_234, outputTokens: 50 },
      });
      const fault = await faultOf(provider.call(ask(), { ...quiet(), onDelta: () => {} }));
      expect((fault.details["usage"] as TokenUsage).inputTokens).toBe(1_234);
    });

    test("a stream that ends in good order but without its end is cut too, wherever it stops", async () => {
      for (let chunks = 0; chunks < 4; chunks += 1) {
        const { provider } = await serve({
          text: "An answer of some length, so that it has several chunks at least.",
          endAfter: chunks,
        });
        const fault = await faultOf(provider.call(ask(), { ...quiet(), onDelta: () => {} }));
        expect([chunks, fault.code]).toEqual([chunks, "provider-cut"]);
      }
    });

    test("an overload reported inside a stream is an overload", async () => {
      const { provider } = await serve({
        text: "An answer of some length, so that it has several chunks at least.",
        failAfter: 3,
      });
      const fault = await faultOf(provider.call(ask(), { ...quiet(), onDelta: () => {} }));
      expect(fault.code).toBe("provider-overloaded");
    });

    test("an unstreamed answer that is cut is cut", async () => {
      const { provider } = await serve({
        text: "An answer of some length that is cut in its middle.".repeat(20),
        cutAfter: 0,
      });
      const fault = await faultOf(provider.call(ask(), quiet()));
      expect(fault.code).toBe("provider-cut");
      expect((fault.details["usage"] as TokenUsage).inputTokens).toBeGreaterThan(0);
    });

    test.each(["all", "after-headers"] as const)(
      "an abort ends a silent call within a second (silence: %s)",
      async (silence) => {
        for (const streaming of [false, true]) {
          const { server, provider } = await serve({ silence });
          const controller = new AbortController();
          const call = provider.call(ask(), { signal: controller.signal, ...(streaming ? { onDelta: () => {} } : {}) });
          const fault = faultOf(call);
          await expect.poll(() => server.served.length).toBe(1);
          const before = performance.now();
          controller.abort();
          expect((await fault).code).toBe("interrupted");
          expect(performance.now() - before).toBeLessThan(1_000);
          await expect.poll(() => server.served[0]?.aborted).toBe(true);
        }
      },
    );

    test("a time limit that passes is a timeout, with what the call may have cost", async () => {
      const { provider } = await serve({ silence: "all" });
      const fault = await faultOf(provider.call(ask(), { signal: AbortSignal.timeout(150) }));
      expect(fault.code).toBe("provider-timeout");
      expect((fault.details["usage"] as TokenUsage).inputTokens).toBeGreaterThan(0);
    });

    test("a call that is aborted before it starts sends nothing", async () => {
      const { server, provider } = await serve({ text: "no" });
      const fault = await faultOf(provider.call(ask(), { signal: AbortSignal.abort() }));
      expect(fault.code).toBe("interrupted");
      expect(server.served).toEqual([]);
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

    test("the key goes to the provider and into no error", async () => {
      const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}`, type: "invalid" } });
      for (const status of [400, 401, 403, 404, 429, 500]) {
        const { server, provider } = await serve({ error: { status, body } });
        const fault = await faultOf(provider.call(ask(), quiet()));
        expect(JSON.stringify(server.seen[0]?.headers)).toContain(KEY);
        expect(`${fault.message} ${fault.stack} ${JSON.stringify(fault.details)} ${String(fault.cause)}`).not.toContain(
          KEY,
        );
      }
    });

    test("a request is sent once, whatever it meets", async () => {
      for (const error of ["rate-limited", "overloaded", "server-error"] as const) {
        const { server, provider } = await serve({ error });
        await faultOf(provider.call(ask(), quiet()));
        expect(server.served).toHaveLength(1);
      }
    });
  });
}

function usageCases(
  unless: (name: SkippableCase, title: string, body: () => Promise<void>) => void,
  both: (script: ScriptedAnswer, request: ModelRequest) => Promise<{ plain: ModelAnswer; streamed: ModelAnswer }>,
): void {
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

function faultCases(serve: (script: ScriptedAnswer) => Promise<{ provider: Provider }>): void {
  const expected: [ScriptedError & string, string][] = [
    ["auth", "provider-auth"],
    ["forbidden", "provider-auth"],
    ["rate-limited", "provider-rate-limited"],
    ["server-error", "provider-overloaded"],
    ["overloaded", "provider-overloaded"],
    ["too-long", "window-overflow"],
    ["content-refused", "content-refused"],
    ["bad-request", "provider-rejected"],
  ];
  test.each(expected)("the provider's %s is %s, streamed or not", async (error, code) => {
    const { provider } = await serve({ error });
    expect((await faultOf(provider.call(ask(), quiet()))).code).toBe(code);
    expect((await faultOf(provider.call(ask(), { ...quiet(), onDelta: () => {} }))).code).toBe(code);
  });

  test("a rate limit says when to come back", async () => {
    const { provider } = await serve({ error: "rate-limited", retryAfterS: 12 });
    expect((await faultOf(provider.call(ask(), quiet()))).details["retryAfterMs"]).toBe(12_000);
  });

  test("an answer that cannot be read is malformed, streamed or not", async () => {
    const { provider } = await serve({ garbage: true });
    expect((await faultOf(provider.call(ask(), quiet()))).code).toBe("provider-malformed");
    expect((await faultOf(provider.call(ask(), { ...quiet(), onDelta: () => {} }))).code).toBe("provider-malformed");
  });

  test("a provider that is not there is unreachable, and cost nothing", async () => {
    const { provider, server } = (await serve({ text: "no" })) as { provider: Provider; server: ScriptedProvider };
    await server.close();
    const fault = await faultOf(provider.call(ask(), quiet()));
    expect(fault.code).toBe("provider-unreachable");
    expect(fault.details["usage"]).toBeUndefined();
  });
}

function quiet(): CallOptions {
  return { signal: new AbortController().signal };
}

/** The fault a call ended in; anything else fails the test. */
export async function faultOf(call: Promise<unknown>): Promise<AllotError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof AllotError) return error;
    throw new Error(`not a fault of ours: ${String(error)}`, { cause: error });
  }
  throw new Error("the call was answered");
}
