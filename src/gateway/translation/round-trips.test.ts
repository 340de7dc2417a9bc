import { describe, expect, test } from "vitest";
import { answerWith, inPieces, openTranslatingServer, USAGE } from "../../../test/support/translating-server.ts";
import type { CallOptions, ModelAnswer, ModelRequest, ProviderName, UserContent } from "../../providers/provider.ts";
import { openProvider } from "../../providers/providers.ts";

/*
 * The AI SDK's providers as clients: what they write is read into what was asked, and what is written is read by them as
 * what was answered.
 */

interface Client {
  readonly title: string;
  readonly provider: ProviderName;
  readonly wire?: "responses" | "chat";
  readonly path: string;
  /** One that is known to think, where the client asks for thinking only of such. */
  readonly model?: string;
  /** As far as the wire tells it. */
  readonly usage: ModelAnswer["usage"];
  /** What the last thing said is read as, where that is something else. */
  readonly lastUser?: UserContent;
}

const NO_LIFETIMES = { ...USAGE, cacheWrite5mTokens: 110, cacheWrite1hTokens: 0 };
const NO_WRITES = { ...USAGE, inputTokens: 1_110, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };

const CLIENTS: readonly Client[] = [
  {
    title: "anthropic",
    provider: "anthropic",
    path: "/v1",
    model: "claude-opus-5-5",
    usage: USAGE,
    // Our provider marks the end of a tool loop as worth caching.
    lastUser: [{ type: "text", text: "And Bern?", cache: "5m" }],
  },
  { title: "responses", provider: "openai", wire: "responses", path: "/v1", usage: NO_LIFETIMES },
  { title: "xai responses", provider: "xai", wire: "responses", path: "/v1", usage: NO_LIFETIMES },
  { title: "chat", provider: "openai-compatible", path: "/v1", usage: NO_LIFETIMES },
  { title: "gemini", provider: "google", path: "/v1beta", model: "gemini-2.5-pro", usage: NO_WRITES },
  {
    title: "ollama",
    provider: "ollama",
    path: "",
    usage: { ...NO_WRITES, inputTokens: 1_410, cacheReadTokens: 0, reasoningTokens: 0 },
  },
];

const WEATHER = {
  name: "weather",
  description: "The weather of a town",
  inputSchema: {
    type: "object",
    properties: { town: { type: "string" }, days: { type: "integer" } },
    required: ["town"],
  },
};

const REQUEST: ModelRequest = {
  model: "asked-model",
  system: "Be brief.",
  messages: [
    { role: "user", content: "How is Genève — 東京 🗼?" },
    {
      role: "assistant",
      content: "Let me look.",
      toolCalls: [
        { id: "call_1", name: "weather", input: { town: "Genève" } },
        { id: "call_2", name: "weather", input: { town: "東京" } },
      ],
    },
    {
      role: "tool",
      results: [
        { callId: "call_1", name: "weather", output: "21 °C", failed: false },
        { callId: "call_2", name: "weather", output: "rain", failed: false },
      ],
    },
    { role: "assistant", content: "Warm and wet.", toolCalls: [] },
    { role: "user", content: "And Bern?" },
  ],
  tools: [WEATHER],
  toolChoice: "auto",
  maxOutputTokens: 500,
};

function options(streamed: boolean): CallOptions {
  return { signal: new AbortController().signal, ...(streamed ? { onDelta: () => {} } : {}) };
}

for (const client of CLIENTS) {
  describe(`an AI SDK client of ${client.title}`, () => {
    const open = async (answer: ModelAnswer) => {
      const server = await openTranslatingServer(inPieces(answer));
      const provider = openProvider(client.provider, {
        baseUrl: server.url + client.path,
        apiKey: "test-key",
        ...(client.wire === undefined ? {} : { wire: client.wire }),
      });
      return { server, provider };
    };
    for (const streamed of [false, true]) {
      const how = streamed ? "streamed" : "unstreamed";

      test(`is read as what it asked, ${how}`, async () => {
        const { server, provider } = await open(answerWith({ text: "ok" }));
        await provider.call(REQUEST, options(streamed));
        const [read] = server.requests;
        const { inputSchema, ...tool } = read?.tools[0] ?? { inputSchema: {} };
        expect(tool).toEqual({ name: "weather", description: "The weather of a town" });
        expect(inputSchema).toMatchObject(WEATHER.inputSchema);
        const messages = [...REQUEST.messages.slice(0, -1), { role: "user", content: client.lastUser ?? "And Bern?" }];
        expect(read).toMatchObject({ ...REQUEST, messages, model: "served-model", tools: [{ name: "weather" }] });
      });

      test(`gets thinking, text, calls, usage and finish, ${how}`, async () => {
        const toolCalls = [
          { id: "call_9", name: "weather", input: { town: "Bern — ברן 🇨🇭" } },
          { id: "call_10", name: "weather", input: { town: "Basel", days: 2 } },
        ];
        const thinking = "The user wants Bern.\nHm.";
        const answer = answerWith({ text: 'Grüße 👩‍👩‍👧 \u2028 "quoted"', thinking, toolCalls });
        const { provider } = await open(answer);
        const { model = "asked-model" } = client;
        const got = await provider.call({ ...REQUEST, model, effort: "medium" }, options(streamed));
        expect(got.text).toBe(answer.text);
        expect(got.thinking).toBe(thinking);
        const plainIds = got.toolCalls.map((call) => ({ ...call, id: call.id.replace("toolu_a_", "") }));
        expect(plainIds).toEqual(toolCalls);
        expect(got.finish).toBe("tool-calls");
        expect(got.usage).toEqual(client.usage);
        expect(got.model).toBe("served-model");
      });

      test(`gets an answer of calls alone, of nothing, and one cut at its limit, ${how}`, async () => {
        const alone = answerWith({ toolCalls: [{ id: "call_9", name: "weather", input: {} }] });
        const first = await (await open(alone)).provider.call(REQUEST, options(streamed));
        expect([first.text, first.toolCalls.length, first.finish]).toEqual(["", 1, "tool-calls"]);
        expect(first.toolCalls[0]?.input).toEqual({});
        const nothing = await (await open(answerWith({}))).provider.call(REQUEST, options(streamed));
        expect([nothing.text, nothing.toolCalls, nothing.finish]).toEqual(["", [], "stop"]);
        const cut = answerWith({ text: "Half a sen", finish: "length" });
        const third = await (await open(cut)).provider.call(REQUEST, options(streamed));
        expect([third.text, third.finish]).toEqual(["Half a sen", "length"]);
      });
    }
  });
}
