import { describe, expect, onTestFinished, test } from "vitest";
import { openScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import { faultOf } from "./conformance/trial.conformance.ts";
import type { ConformanceSubject } from "./conformance/trial.conformance.ts";
import { describeProvider } from "./provider.conformance.ts";
import { openProvider, PROVIDER_NAMES, PROVIDERS } from "./providers.ts";
import type { ModelRequest } from "./provider.ts";

const NO_CACHE = "this wire reports no cache";
const NO_WRITES = "this wire bills no cache writes";
const FETCHES = "this wire takes addresses of images";
const NO_FETCH = "this provider fetches no addresses";
const ONE_LIFETIME = "this wire knows one lifetime of cache writes";

const SUBJECTS: ConformanceSubject[] = [
  {
    title: "anthropic",
    wire: "anthropic",
    open: (server, settings) => openProvider("anthropic", { ...settings, baseUrl: server.urls.anthropic }),
    skips: { "no-image-url": FETCHES },
  },
  {
    title: "openai over responses",
    wire: "openai-responses",
    open: (server, settings) => openProvider("openai", { ...settings, baseUrl: server.urls.openai }),
    skips: {
      "no-image-url": FETCHES,
      "cache-write-1h": ONE_LIFETIME,
      "usage-before-cut": "usage comes with the last event only",
    },
  },
  {
    title: "openai over chat completions",
    wire: "openai-chat",
    open: (server, settings) => openProvider("openai", { ...settings, baseUrl: server.urls.openai, wire: "chat" }),
    skips: {
      "no-image-url": FETCHES,
      "cache-write-1h": ONE_LIFETIME,
      "usage-before-cut": "usage comes with the last chunk only",
      "thinking-returns": "OpenAI keeps reasoning to itself on this wire",
      "thinking-read": "OpenAI keeps reasoning to itself on this wire",
    },
  },
  {
    title: "xai over responses",
    wire: "xai-responses",
    open: (server, settings) => openProvider("xai", { ...settings, baseUrl: server.urls.xai }),
    skips: {
      "no-image-url": FETCHES,
      "cache-write-1h": ONE_LIFETIME,
      "usage-before-cut": "usage comes with the last event only",
    },
  },
  {
    title: "xai over chat completions",
    wire: "xai-chat",
    open: (server, settings) => openProvider("xai", { ...settings, baseUrl: server.urls.xai, wire: "chat" }),
    skips: {
      "no-image-url": FETCHES,
      "cache-write-1h": ONE_LIFETIME,
      "usage-before-cut": "usage comes with the last chunk only",
      "thinking-returns": "reasoning on this wire carries no signature",
    },
  },
  {
    title: "google",
    wire: "google",
    open: (server, settings) => openProvider("google", { ...settings, baseUrl: server.urls.google }),
    skips: { "cache-write": NO_WRITES, "cache-write-1h": NO_WRITES, "image-url": NO_FETCH },
  },
  {
    title: "ollama",
    wire: "ollama",
    open: (server, settings) => openProvider("ollama", { ...settings, baseUrl: server.urls.ollama }),
    skips: {
      "image-url": NO_FETCH,
      "cache-read": NO_CACHE,
      "cache-write": NO_CACHE,
      "cache-write-1h": NO_CACHE,
      "reasoning-usage": "this wire does not count thinking apart",
      "usage-before-cut": "usage comes with the last line only",
      "thinking-returns": "thinking on this wire carries no signature",
      "content-filter": "this wire filters nothing",
      "response-id": "this wire gives no id",
    },
  },
  {
    title: "openai-compatible",
    wire: "openai-chat",
    open: (server, settings) =>
      openProvider("openai-compatible", { ...settings, baseUrl: server.urls["openai-compatible"] }),
    skips: {
      "no-image-url": FETCHES,
      "cache-write-1h": ONE_LIFETIME,
      "usage-before-cut": "usage comes with the last chunk only",
      "thinking-returns": "reasoning on this wire carries no signature",
    },
  },
];

for (const subject of SUBJECTS) describeProvider(subject);

test("every provider but offline is run through the conformance suite", () => {
  const tried = new Set(SUBJECTS.map((subject) => subject.title.split(" ")[0]));
  expect(PROVIDER_NAMES.filter((name) => !tried.has(name))).toEqual(["offline"]);
});

const REQUEST: ModelRequest = {
  model: "m",
  system: "",
  messages: [{ role: "user", content: "Hello?" }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: 10,
};

test.each(["openai", "xai"] as const)("%s is asked for stop sequences in the format that has them", async (name) => {
  const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
  onTestFinished(() => server.close());
  const provider = openProvider(name, { apiKey: "k", baseUrl: server.urls[name], wire: "responses" });
  const signal = new AbortController().signal;
  await provider.call(REQUEST, { signal });
  await provider.call({ ...REQUEST, stopSequences: ["END"] }, { signal });
  expect(server.seen.map(({ wire }) => wire)).toEqual([`${name}-responses`, `${name}-chat`]);
});

test("the stop sequence that ended an answer is named where the provider tells, streamed or not", async () => {
  const stopped = { id: "m1", type: "message", role: "assistant", model: "m", content: [{ type: "text", text: "A" }] };
  const end = { stop_reason: "stop_sequence", stop_sequence: "END" };
  const usage = { input_tokens: 3, output_tokens: 1 };
  const events = [
    { type: "message_start", message: { ...stopped, content: [], stop_reason: null, stop_sequence: null, usage } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "A" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: end, usage: { output_tokens: 1 } },
    { type: "message_stop" },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const answering = (body: string, type: string): typeof fetch => {
    return () => Promise.resolve(new Response(body, { headers: { "content-type": type } }));
  };
  const whole = answering(JSON.stringify({ ...stopped, ...end, usage }), "application/json");
  const pieces = answering(events.join(""), "text/event-stream");
  const signal = new AbortController().signal;
  const options = [{ signal }, { signal, onDelta: () => {} }];
  for (const [index, fetch] of [whole, pieces].entries()) {
    const provider = openProvider("anthropic", { apiKey: "k", fetch });
    const answer = await provider.call(REQUEST, options[index] ?? { signal });
    expect([answer.text, answer.finish, answer.stopSequence]).toEqual(["A", "stop", "END"]);
  }
});

test("Anthropic is told what is worth caching, for how long, and for whom the request is", async () => {
  const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
  onTestFinished(() => server.close());
  const marked: ModelRequest = {
    ...REQUEST,
    system: "Long rules.",
    cacheSystem: "1h",
    tools: [{ name: "look", description: "", inputSchema: { type: "object" } }],
    toolChoice: "none",
    cacheTools: "5m",
    messages: [{ role: "user", content: [{ type: "text", text: "Hello?", cache: "5m" }] }],
    user: "user-7",
  };
  await openProvider("anthropic", { baseUrl: server.url }).call(marked, { signal: new AbortController().signal });
  expect(server.seen[0]?.body).toMatchObject({
    metadata: { user_id: "user-7" },
    system: [{ text: "Long rules.", cache_control: { type: "ephemeral", ttl: "1h" } }],
    messages: [{ content: [{ text: "Hello?", cache_control: { type: "ephemeral" } }] }],
  });
});

describe("addresses", () => {
  test.each([
    ["anthropic", "", "anthropic"],
    ["anthropic", "/", "anthropic"],
    ["anthropic", "/v1/", "anthropic"],
    ["anthropic", "/v1/messages", "anthropic"],
    ["anthropic", "/gateway", "anthropic"],
    ["openai", "", "openai-responses"],
    ["openai", "/v1/responses", "openai-responses"],
    ["xai", "/xai/v1/", "xai-responses"],
    ["google", "", "google"],
    ["google", "/v1beta", "google"],
    ["google", "/v1", "google"],
    ["ollama", "", "ollama"],
    ["ollama", "/api", "ollama"],
    ["ollama", "/v1", "ollama"],
    ["openai-compatible", "", "openai-chat"],
    ["openai-compatible", "/inference/v4", "openai-chat"],
  ] as const)("%s is reached at an address with the path '%s'", async (name, path, wire) => {
    const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
    onTestFinished(() => server.close());
    const provider = openProvider(name, { apiKey: "k", baseUrl: server.url + path });
    expect((await provider.call(REQUEST, { signal: new AbortController().signal })).text).toBe("Hi.");
    expect(server.seen[0]?.wire).toBe(wire);
  });

  test.each(["openai", "xai"] as const)(
    "%s is spoken to in chat completions where the address has nothing else",
    async (name) => {
      const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
      onTestFinished(() => server.close());
      const asked: string[] = [];
      const onlyChat: typeof fetch = async (input, init) => {
        asked.push(new Request(input).url.replace(server.url, ""));
        if (asked.at(-1)?.endsWith("/responses") === true)
          return new Response('{"detail":"Not Found"}', { status: 404 });
        return fetch(input, init);
      };
      const provider = openProvider(name, { apiKey: "k", baseUrl: `${server.url}/v1`, fetch: onlyChat });
      for (let call = 0; call < 2; call += 1) {
        expect((await provider.call(REQUEST, { signal: new AbortController().signal })).text).toBe("Hi.");
      }
      expect(asked).toEqual(["/v1/responses", "/v1/chat/completions", "/v1/chat/completions"]);
    },
  );

  test("a model that is not found is not looked for in another format", async () => {
    const body =
      '{"error":{"message":"The model `m` does not exist","type":"invalid_request_error","code":"model_not_found"}}';
    const server = await openScriptedProvider({ script: () => ({ error: { status: 404, body } }) });
    onTestFinished(() => server.close());
    const provider = openProvider("openai", { apiKey: "k", baseUrl: server.url });
    const fault = await faultOf(provider.call(REQUEST, { signal: new AbortController().signal }));
    expect(fault.code).toBe("provider-rejected");
    expect(server.served).toHaveLength(1);
  });

  test("own headers are sent with every request", async () => {
    const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
    onTestFinished(() => server.close());
    for (const name of PROVIDER_NAMES.filter((candidate) => candidate !== "offline")) {
      await openProvider(name, { baseUrl: server.url, headers: { "x-team": "blue" } }).call(REQUEST, {
        signal: new AbortController().signal,
      });
    }
    expect(server.seen.map((seen) => seen.headers["x-team"])).toEqual(["blue", "blue", "blue", "blue", "blue", "blue"]);
  });

  test("a key of the environment is not taken when none is given", async () => {
    const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
    onTestFinished(() => server.close());
    process.env["OPENAI_API_KEY"] = "sk-from-the-environment";
    onTestFinished(() => {
      delete process.env["OPENAI_API_KEY"];
    });
    for (const name of ["openai", "openai-compatible"] as const) {
      await openProvider(name, { baseUrl: server.url }).call(REQUEST, { signal: new AbortController().signal });
    }
    expect(JSON.stringify(server.seen.map((seen) => seen.headers))).not.toContain("sk-from-the-environment");
  });

  test("a missing key or address is said before anything is sent", () => {
    expect(() => openProvider("anthropic")).toThrow("Anthropic needs a key; set ANTHROPIC_API_KEY");
    expect(() => openProvider("openai-compatible")).toThrow("has no address");
    expect(() => openProvider("openai", { apiKey: "k", baseUrl: "ftp://example.test" })).toThrow("has the scheme ftp:");
  });

  test("every entry of the table names where its key and address come from", () => {
    for (const name of PROVIDER_NAMES.filter((candidate) => candidate !== "offline")) {
      expect(PROVIDERS[name].keyVariables.length).toBeGreaterThan(0);
      expect(PROVIDERS[name].baseUrlVariable).toMatch(/^[A-Z_]+$/);
    }
  });
});

describe("offline", () => {
  const giveUp = { name: "give_up", description: "", inputSchema: { type: "object" } };
  const signal = new AbortController().signal;

  test("gives up with its reason where giving up is offered", async () => {
    const answer = await openProvider("offline").call({ ...REQUEST, tools: [giveUp] }, { signal });
    expect(answer.toolCalls.map((call) => call.name)).toEqual(["give_up"]);
    expect(JSON.stringify(answer.toolCalls[0]?.input)).toContain("no model here");
    expect(answer.usage).toMatchObject({ inputTokens: 0, outputTokens: 0, estimated: false });
  });

  test("says that it cannot where another tool is asked for, or none is offered", async () => {
    const forced = {
      ...REQUEST,
      tools: [giveUp, { ...giveUp, name: "verdict" }],
      toolChoice: { tool: "verdict" },
    } as const;
    expect((await faultOf(openProvider("offline").call(forced, { signal }))).code).toBe("offline-cannot");
    expect((await faultOf(openProvider("offline").call(REQUEST, { signal }))).code).toBe("offline-cannot");
  });

  test("answers the same request the same way", async () => {
    const request = { ...REQUEST, tools: [giveUp] };
    const answers = await Promise.all([1, 2].map(() => openProvider("offline").call(request, { signal })));
    expect(answers[0]).toEqual(answers[1]);
  });
});
