import { describe, expect, onTestFinished, test } from "vitest";
import { openScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import type { SeenRequest } from "../../../test/support/scripted-provider/script.ts";
import { answerWith, openTranslatingServer } from "../../../test/support/translating-server.ts";
import type { Json } from "../../providers/json.ts";
import type { ModelMessage, ModelRequest, ProviderName } from "../../providers/provider.ts";
import { openProvider } from "../../providers/providers.ts";
import { repairHistory } from "./repair-history.ts";
import type { SurfaceName } from "./translation.ts";

/*
 * One session that goes from provider to provider while its client speaks one wire all the time. Every turn thinks, says
 * something and calls two tools; each provider must get a history that it takes, with its own signatures and nobody else's.
 */

const WEATHER = {
  name: "weather",
  description: "The weather of a town",
  inputSchema: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
};

const signatureOf = (answer: number): string => Buffer.from(`signature of answer ${answer}`).toString("base64");

interface Route {
  readonly provider: ProviderName;
  readonly model: string;
}

const CLAUDE: Route = { provider: "anthropic", model: "claude-opus-5-5" };
const GEMINI: Route = { provider: "google", model: "gemini-2.5-pro" };
const GPT: Route = { provider: "openai", model: "gpt-5.5" };
const GROK: Route = { provider: "xai", model: "grok-4" };
const LOCAL: Route = { provider: "ollama", model: "qwen3" };

/** Clients that keep the history as the wire gave it, by allot's own providers on the AI SDK. */
const CLIENTS: readonly {
  title: string;
  provider: ProviderName;
  wire?: "responses" | "chat";
  path: string;
  keepsOwn: boolean;
}[] = [
  { title: "anthropic", provider: "anthropic", path: "/v1", keepsOwn: true },
  { title: "responses", provider: "openai", wire: "responses", path: "/v1", keepsOwn: true },
  { title: "gemini", provider: "google", path: "/v1beta", keepsOwn: true },
  { title: "chat", provider: "openai-compatible", path: "/v1", keepsOwn: false },
  { title: "ollama", provider: "ollama", path: "", keepsOwn: false },
];

async function drive(client: (typeof CLIENTS)[number], routes: readonly Route[], streamed: boolean) {
  const upstream = await openScriptedProvider({
    script: ({ number }) => ({
      reasoning: `Thought ${number}.`,
      text: `Said ${number}.`,
      toolCalls: [
        { name: "weather", input: { town: `Bern ${number}` } },
        { name: "weather", input: { town: `Basel ${number}` } },
      ],
    }),
  });
  onTestFinished(() => upstream.close());
  let turn = 0;
  const route = (): Route => routes[turn] as Route;
  const server = await openTranslatingServer(async (request, onDelta) => {
    const { provider } = route();
    return openProvider(provider, {
      baseUrl: upstream.urls[provider as "anthropic"],
      apiKey: "k",
      wire: "responses",
    }).call(request, {
      signal: new AbortController().signal,
      ...(onDelta === undefined ? {} : { onDelta }),
    });
  }, route);
  const reader = openProvider(client.provider, {
    baseUrl: server.url + client.path,
    apiKey: "k",
    ...(client.wire === undefined ? {} : { wire: client.wire }),
  });
  const messages: ModelMessage[] = [{ role: "user", content: "How is the weather?" }];
  const request: Omit<ModelRequest, "messages"> = {
    model: { anthropic: "claude-opus-5-5", google: "gemini-2.5-pro" }[client.provider as string] ?? "asked",
    effort: "medium",
    system: "Be brief.",
    tools: [WEATHER],
    toolChoice: "auto",
    maxOutputTokens: 900,
  };
  for (turn = 0; turn < routes.length; turn += 1) {
    const answer = await reader.call(
      { ...request, messages },
      { signal: new AbortController().signal, ...(streamed ? { onDelta: () => {} } : {}) },
    );
    messages.push(
      {
        role: "assistant",
        content: answer.text,
        toolCalls: answer.toolCalls,
        ...(answer.raw === undefined ? {} : { raw: JSON.parse(JSON.stringify(answer.raw)) as unknown }),
      },
      {
        role: "tool",
        results: answer.toolCalls.map(({ id, name }, index) => ({
          callId: id,
          name,
          output: `result ${turn + 1}.${index + 1}`,
          failed: false,
        })),
      },
    );
  }
  return { seen: upstream.seen, bodies: server.bodies };
}

function signaturesOf(seen: SeenRequest): string[] {
  return seen.messages
    .flatMap((message) => [...message.reasoning, ...message.toolCalls].map((part) => part.signature ?? ""))
    .filter((signature) => signature !== "");
}

for (const client of CLIENTS) {
  for (const streamed of [false, true]) {
    describe(`a session of a client of ${client.title}, ${streamed ? "streamed" : "unstreamed"}`, () => {
      const routes = [CLAUDE, GEMINI, GPT, CLAUDE, GROK, LOCAL, GEMINI, CLAUDE];

      test("every provider gets the whole history, each result at its call", async () => {
        const { seen } = await drive(client, routes, streamed);
        const last = seen.at(-1) as SeenRequest;
        expect(last.messages.filter(({ role }) => role === "assistant").map(({ text }) => text)).toEqual(
          [1, 2, 3, 4, 5, 6, 7].map((number) => `Said ${number}.`),
        );
        for (const request of seen) {
          const calls = request.messages.flatMap((message) => message.toolCalls);
          const results = request.messages.flatMap((message) => message.toolResults);
          expect(results.map(({ output }) => output)).toEqual(
            calls.map((_, index) => `result ${Math.floor(index / 2) + 1}.${(index % 2) + 1}`),
          );
          const ids = calls.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(results.map(({ callId }) => callId)).toEqual(ids);
          expect(JSON.stringify(request.body)).not.toMatch(/allot[12]\./);
        }
      });

      test("signatures go back to the provider that made them, and to no other", async () => {
        const { seen } = await drive(client, routes, streamed);
        const madeBy = (turn: number): string => routes[turn - 1]?.provider ?? "";
        for (const [index, request] of seen.entries()) {
          const provider = madeBy(index + 1);
          const own = seen.slice(0, index).flatMap((_, place) => (madeBy(place + 1) === provider ? [place + 1] : []));
          const signed = provider === "ollama" ? [] : own.map(signatureOf);
          const met = [...new Set(signaturesOf(request))];
          expect(met.every((signature) => signed.includes(signature))).toBe(true);
          if (client.keepsOwn) expect(met).toEqual(signed);
        }
      });
    });
  }
}

test("a session that comes home to its client's own protocol is mended, and only then", async () => {
  const surfaces: Partial<Record<ProviderName, SurfaceName>> = {
    anthropic: "anthropic-messages",
    openai: "openai-responses",
    google: "gemini",
  };
  for (const client of CLIENTS) {
    const surface = surfaces[client.provider];
    if (surface === undefined) continue;
    const home = [CLAUDE, GPT, GEMINI].find(({ provider }) => provider === client.provider) as Route;
    const away = [CLAUDE, GPT, GEMINI].filter(({ provider }) => provider !== client.provider);
    const { bodies } = await drive(client, [...away, home, home], true);
    const returning = bodies[away.length] as Json;
    const members = repairHistory(surface, client.provider, returning);
    const mended = { ...returning, ...members };
    expect(JSON.stringify(returning)).toMatch(/allot2\./);
    expect(JSON.stringify(mended)).not.toMatch(/allot[12]\./);
    expect(JSON.stringify(mended)).toContain("Said 1.");
    expect(JSON.stringify(mended)).toContain("result 2.2");
    expect(repairHistory(surface, client.provider, mended)).toBe(undefined);
    if (surface === "gemini") expect(JSON.stringify(mended).match(/skip_thought_signature_validator/g)).toHaveLength(2);
    const untouched = bodies[0] as Json;
    expect(repairHistory(surface, client.provider, untouched)).toBe(undefined);
  }
});

test("calls that their server numbers from the start in every answer have ids of their own at the client", async () => {
  let answered = 0;
  const server = await openTranslatingServer(() => {
    answered += 1;
    const toolCalls = ["call_0", "call_0", "x:0"].map((id) => ({ id, name: "weather", input: { answered } }));
    return answerWith({ toolCalls, raw: { provider: "elsewhere", parts: [] } });
  });
  for (const client of CLIENTS) {
    const reader = openProvider(client.provider, {
      baseUrl: server.url + client.path,
      apiKey: "k",
      ...(client.wire === undefined ? {} : { wire: client.wire }),
    });
    const messages: ModelMessage[] = [{ role: "user", content: "How is the weather?" }];
    for (let turn = 0; turn < 3; turn += 1) {
      const signal = new AbortController().signal;
      const { toolCalls } = await reader.call(
        { model: "m", system: "", messages, tools: [WEATHER], toolChoice: "auto", maxOutputTokens: 9 },
        { signal, ...(turn === 1 ? { onDelta: () => {} } : {}) },
      );
      const results = toolCalls.map(({ id, name }) => ({ callId: id, name, output: id, failed: false }));
      messages.push({ role: "assistant", content: "", toolCalls }, { role: "tool", results });
    }
    const ids = messages.flatMap((message) =>
      message.role === "assistant" ? message.toolCalls.map(({ id }) => id) : [],
    );
    expect([client.title, ids.length, new Set(ids).size]).toEqual([client.title, 9, 9]);
    expect(ids[0]).toMatch(/call_0$/);
  }
});
