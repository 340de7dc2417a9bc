import { describe, expect, test } from "vitest";
import { openClientTrial, type ClientTrial } from "../../test/support/client-trial.ts";
import type { Script, ScriptedAnswer, SeenRequest } from "../../test/support/scripted-provider/script.ts";
import type { AvailableProvider } from "../catalog/choose-models.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import { AllotError } from "../foundation/errors.ts";
import type { MessageEvent, MessageRequest } from "./message.ts";

const HELLO = {
  model: "claude-sonnet-5-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hello!" }],
} as const satisfies MessageRequest;
/** At Sonnet 5.5's prices $0.0007: 100 x 2 + 50 x 10 millionths. */
const USAGE = { inputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 50 };

/** Answers by wire: what each provider says to its first, second ... request; the last one for good. */
function byWire(answers: Readonly<Partial<Record<SeenRequest["wire"], readonly ScriptedAnswer[]>>>): Script {
  const asked = new Map<string, number>();
  return ({ wire }) => {
    const number = asked.get(wire) ?? 0;
    asked.set(wire, number + 1);
    const own = answers[wire] ?? [{ error: "bad-request" }];
    return own[Math.min(number, own.length - 1)] ?? { error: "bad-request" };
  };
}

const wires = ({ server }: ClientTrial): string[] => server.seen.map(({ wire }) => wire);

async function faultOf(call: Promise<unknown>): Promise<AllotError> {
  const fault = await call.then(
    () => new Error("it was answered"),
    (error: unknown) => error,
  );
  if (fault instanceof AllotError) return fault;
  throw fault;
}

async function eventsOf(stream: AsyncIterable<MessageEvent>): Promise<MessageEvent[]> {
  const events: MessageEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe("a fault that may pass", () => {
  test("is tried again, each attempt under an id of its own in the ledger", async () => {
    const trial = await openClientTrial(
      byWire({ anthropic: [{ error: "overloaded" }, { error: "server-error" }, { text: "Hi.", usage: USAGE }] }),
    );
    const message = await trial.client.messages.create(HELLO);
    expect(message.content).toEqual([{ type: "text", text: "Hi." }]);
    expect(message.allot).toMatchObject({ attempts: 3, fell_back: null, cached: false, cost_nano_usd: 700_000 });
    const rows = trial.books.settlements.map(({ id, entry }) => [id === message.allot.call_id, entry.nano_usd]);
    expect(rows).toEqual([
      [false, 0],
      [false, 0],
      [true, 700_000],
    ]);
    expect(new Set(trial.books.settlements.map(({ id }) => id)).size).toBe(3);
  });

  test("ends the request once the attempts are used up, with all of them in the details", async () => {
    const trial = await openClientTrial({ error: "overloaded" }, { policy: { attemptsEach: 3 } });
    const fault = await faultOf(trial.client.messages.create(HELLO));
    expect(fault.code).toBe("provider-overloaded");
    expect(fault.details["attempts"]).toEqual([
      "anthropic/claude-sonnet-5-5: provider-overloaded",
      "anthropic/claude-sonnet-5-5: provider-overloaded",
      "anthropic/claude-sonnet-5-5: provider-overloaded",
    ]);
    expect(trial.server.seen).toHaveLength(3);
    expect(trial.books.holds.size).toBe(0);
  });

  test("that was under way costs what it used, and the request the sum of all attempts", async () => {
    const trial = await openClientTrial(
      byWire({
        anthropic: [
          { text: "Hello to you.", cutAfter: 1, usage: USAGE },
          { text: "Hi.", usage: USAGE },
        ],
      }),
    );
    const { allot } = await trial.client.messages.create(HELLO);
    const paid = trial.books.settlements.reduce((sum, { entry }) => sum + entry.nano_usd, 0);
    expect(allot.attempts).toBe(2);
    expect(allot.cost_nano_usd).toBe(paid);
    expect(paid).toBeGreaterThan(700_000);
  });

  test("never goes to another model where nobody allowed it", async () => {
    const trial = await openClientTrial(
      byWire({ anthropic: [{ error: "overloaded" }], "openai-responses": [{ text: "no" }] }),
    );
    expect((await faultOf(trial.client.messages.create(HELLO))).code).toBe("provider-overloaded");
    expect(new Set(wires(trial))).toEqual(new Set(["anthropic"]));
  });
});

test("a request that is wrong is sent once", async () => {
  const trial = await openClientTrial({ error: "bad-request" });
  expect((await faultOf(trial.client.messages.create({ ...HELLO, fallback_models: ["gpt"] }))).code).toBe(
    "provider-rejected",
  );
  expect(wires(trial)).toEqual(["anthropic"]);
});

describe("fallbacks", () => {
  const broken = byWire({
    anthropic: [{ error: "overloaded" }],
    "openai-responses": [{ text: "GPT here.", usage: USAGE }],
    ollama: [{ text: "Qwen here." }],
  });

  test("of the request answer where the model that was asked for cannot, and it is told everywhere", async () => {
    const trial = await openClientTrial(broken);
    const message = await trial.client.messages.create({ ...HELLO, fallback_models: ["gpt", "local"] });
    expect(message.content).toEqual([{ type: "text", text: "GPT here." }]);
    expect(message.allot).toMatchObject({
      provider: "openai",
      model: "gpt-6.1-sol",
      requested_model: "claude-sonnet-5-5",
      passed_over: [],
    });
    expect(message.allot.fell_back).toContain("anthropic/claude-sonnet-5-5");
    const entry = trial.books.settlements.at(-1)?.entry;
    expect([entry?.model, entry?.requested_model]).toEqual(["gpt-6.1-sol", "claude-sonnet-5-5"]);
    expect(entry?.note).toBe("instead of anthropic/claude-sonnet-5-5: provider-overloaded");
    expect(trial.traces).toMatchObject([
      {
        origin: "client",
        outcome: "answered",
        requestedModel: "claude-sonnet-5-5",
        served: { provider: "openai", model: "gpt-6.1-sol" },
        cached: false,
        status: 0,
      },
    ]);
    expect(trial.traces[0]?.attempts.map(({ target, outcome }) => `${target.provider} ${outcome}`)).toEqual([
      ...Array.from({ length: message.allot.attempts - 1 }, () => "anthropic overload"),
      "openai answered",
    ]);
  });

  test("of the options hold for requests that say nothing, by the provider that is asked", async () => {
    const fallback = { claude: ["local"], grok: ["gpt"] };
    const trial = await openClientTrial(broken, { defaults: { fallback } });
    expect((await trial.client.messages.create(HELLO)).allot.model).toBe("qwen3-coder:30b");
  });

  test("of the options are switched off by an empty list", async () => {
    const trial = await openClientTrial(broken, { defaults: { fallback: { "*": ["gpt"] } } });
    const fault = await faultOf(trial.client.messages.create({ ...HELLO, fallback_models: [] }));
    expect(fault.code).toBe("provider-overloaded");
  });

  test("that are not set up are passed over, and told", async () => {
    const trial = await openClientTrial(broken);
    const { allot } = await trial.client.messages.create({ ...HELLO, fallback_models: ["gemini", "gpt"] });
    expect([allot.model, allot.passed_over]).toEqual(["gpt-6.1-sol", ["gemini: google is not set up"]]);
  });

  test("that nobody knows are an error before anything is asked", async () => {
    const trial = await openClientTrial(broken);
    const fault = await faultOf(trial.client.messages.create({ ...HELLO, fallback_models: ["gtp"] }));
    expect([fault.code, fault.message]).toEqual(["usage", expect.stringContaining("Did you mean gpt") as string]);
    expect(trial.server.seen).toHaveLength(0);
  });

  test("answer a small model's request with a small one", async () => {
    const trial = await openClientTrial(broken);
    const { allot } = await trial.client.messages.create({ ...HELLO, model: "haiku", fallback_models: ["gpt"] });
    expect([allot.model, allot.requested_model]).toEqual(["gpt-6-luna", "haiku"]);
  });

  test("do not answer what a model refused for its content, unless that is asked for", async () => {
    const script = byWire({ anthropic: [{ error: "content-refused" }], "openai-responses": [{ text: "Well." }] });
    const trial = await openClientTrial(script);
    const request = { ...HELLO, fallback_models: ["gpt"] };
    expect((await faultOf(trial.client.messages.create(request))).code).toBe("content-refused");
    const { allot } = await trial.client.messages.create({ ...request, fallback_on_refusal: true });
    expect(allot.provider).toBe("openai");
  });

  test("with Grok preferred come after Grok and the model that was asked for", async () => {
    const available: AvailableProvider[] = ["anthropic", "openai", "xai"].map((name) => ({ name, why: "" }));
    const script = byWire({
      "xai-responses": [{ error: "overloaded" }],
      anthropic: [{ error: "overloaded" }],
      "openai-responses": [{ text: "GPT here." }],
    });
    const trial = await openClientTrial(script, {
      models: { available: () => Promise.resolve(available) },
      defaults: { preferGrok: true, fallback: { "*": ["gpt"] } },
    });
    expect((await trial.client.messages.create(HELLO)).allot.model).toBe("gpt-6.1-sol");
    expect([...new Set(wires(trial))]).toEqual(["xai-responses", "anthropic", "openai-responses"]);
    const stated = await faultOf(
      trial.client.messages.create({ ...HELLO, provider: "anthropic", fallback_models: [] }),
    );
    expect(stated.code).toBe("provider-overloaded");
    expect(wires(trial).filter((wire) => wire === "xai-responses").length).toBe(wires(trial).indexOf("anthropic"));
  });
});

describe("a stream", () => {
  test("that breaks before its first word is tried again, and begins once", async () => {
    const trial = await openClientTrial(
      byWire({
        anthropic: [
          { text: "Never seen.", cutAfter: 1 },
          { text: "Hello to you.", usage: USAGE },
        ],
      }),
    );
    const events = await eventsOf(trial.client.messages.stream(HELLO));
    expect(events.filter(({ type }) => type === "message_start")).toHaveLength(1);
    const text = events.map((event) =>
      event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : "",
    );
    expect(text.join("")).toBe("Hello to you.");
    expect(trial.books.settlements).toHaveLength(2);
  });

  test("begins with the model that goes on with it", async () => {
    const script = byWire({ anthropic: [{ error: "overloaded" }], "openai-responses": [{ text: "GPT here." }] });
    const trial = await openClientTrial(script);
    const [start] = await eventsOf(trial.client.messages.stream({ ...HELLO, fallback_models: ["gpt"] }));
    expect(start?.type === "message_start" ? start.message.model : "").toBe("gpt-6.1-sol");
  });

  test("that breaks after its first word is not tried again: what was shown stays true", async () => {
    const text = "word ".repeat(50);
    const trial = await openClientTrial({ text, cutAfter: 12, chunkDelayMs: 1 });
    const events: MessageEvent[] = [];
    const read = async (): Promise<void> => {
      for await (const event of trial.client.messages.stream({ ...HELLO, fallback_models: ["gpt"] }))
        events.push(event);
    };
    expect((await faultOf(read())).code).toBe("provider-cut");
    expect(events.some(({ type }) => type === "content_block_delta")).toBe(true);
    expect(trial.server.seen).toHaveLength(1);
  });
});

test("a caller who leaves while it waits for another attempt is waited for no longer, and nothing more is sent", async () => {
  const trial = await openClientTrial(
    { error: "rate-limited" },
    { policy: { rateLimitBaseMs: 60_000, totalWaitMs: 300_000 } },
  );
  const stop = new AbortController();
  const waiting = trial.client.messages.create(HELLO, { signal: stop.signal });
  await expect.poll(() => trial.books.settlements.length).toBe(1);
  stop.abort();
  expect((await faultOf(waiting)).code).toBe("interrupted");
  expect(trial.server.seen).toHaveLength(1);
  expect(trial.traces).toMatchObject([{ outcome: "left", code: "interrupted" }]);
});

test("closing the client ends what waits for another attempt, and says so", async () => {
  const trial = await openClientTrial(
    { error: "rate-limited" },
    { policy: { rateLimitBaseMs: 60_000, totalWaitMs: 300_000 } },
  );
  const waiting = faultOf(trial.client.messages.create(HELLO));
  await expect.poll(() => trial.books.settlements.length).toBe(1);
  await trial.client[Symbol.asyncDispose]();
  const fault = await waiting;
  expect([fault.code, fault.message]).toEqual(["interrupted", "the client was closed"]);
  expect(trial.server.seen).toHaveLength(1);
});

test("a request that our own limits refuse is not tried again, nor given to anybody else", async () => {
  const trial = await openClientTrial({ text: "no" }, { tokens: 10 });
  const fault = await faultOf(trial.client.messages.create({ ...HELLO, fallback_models: ["gpt"] }));
  expect(fault.code).toBe("limit-reached");
  expect(trial.server.seen).toHaveLength(0);
  expect(trial.traces).toMatchObject([{ outcome: "refused", code: "limit-reached", cost: 0 }]);
});

describe("a request that is larger than the window", () => {
  const catalog = openCatalog({
    asOf: Date.parse("2026-11-21"),
    overrides: { "claude-tiny": { provider: "anthropic", tier: "big", contextWindow: 1_000, input: 1, output: 1 } },
  });
  const script: Script = ({ model, wire }) =>
    wire === "anthropic" && model !== "claude-tiny" ? { text: "Held." } : { error: "too-long" };

  test("goes to a larger one of the same provider first, where anybody may stand in", async () => {
    const trial = await openClientTrial(script, { catalog });
    const { allot } = await trial.client.messages.create({ ...HELLO, model: "claude-tiny", fallback_models: ["gpt"] });
    expect([allot.provider, allot.requested_model, allot.attempts]).toEqual(["anthropic", "claude-tiny", 2]);
    expect(allot.fell_back).toContain("anthropic/claude-tiny");
    expect(trial.traces[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["window-overflow", "answered"]);
  });

  test("ends with the larger one's name where nobody may", async () => {
    const trial = await openClientTrial(script, { catalog });
    const fault = await faultOf(trial.client.messages.create({ ...HELLO, model: "claude-tiny" }));
    expect(fault.code).toBe("window-overflow");
    expect(fault.message).toMatch(
      /anthropic\/claude-[\w.-]+ has a larger window: ask it, or allow it with fallback_models/,
    );
    expect(trial.server.seen).toHaveLength(1);
  });
});

describe("an answer that is kept", () => {
  const analysis = { ...HELLO, task_type: "analysis" } as const;

  test("is given again to the very same request: no call, no cost, and it is told", async () => {
    const trial = await openClientTrial({ text: "It adds.", usage: USAGE });
    const first = await trial.client.messages.create(analysis);
    const again = await trial.client.messages.create(analysis);
    expect(trial.server.seen).toHaveLength(1);
    expect(trial.books.settlements).toHaveLength(1);
    expect([first.allot.cached, first.allot.attempts]).toEqual([false, 1]);
    expect(again.content).toEqual(first.content);
    expect(again.allot).toMatchObject({ cached: true, attempts: 0, cost: 0, cost_nano_usd: 0, call_id: "" });
    expect(again.usage).toMatchObject({ input_tokens: 0, output_tokens: 0 });
    expect(trial.traces.map(({ cached, cost }) => [cached, cost])).toEqual([
      [false, 700_000],
      [true, 0],
    ]);
  });

  test("is streamed like any other", async () => {
    const trial = await openClientTrial({ text: "It adds.", usage: USAGE });
    await trial.client.messages.create(analysis);
    const stream = trial.client.messages.stream(analysis);
    expect((await eventsOf(stream)).map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(await stream.finalText()).toBe("It adds.");
    expect(trial.server.seen).toHaveLength(1);
  });

  test.each<[string, Partial<MessageRequest>, number]>([
    ["another task type", { task_type: "coding" }, 2],
    ["a temperature", { temperature: 0.7 }, 2],
    ["temperature 0", { temperature: 0 }, 1],
    ["documentation", { task_type: "documentation" }, 1],
    ["a review", { task_type: "review" }, 1],
    ["cache: false", { cache: false }, 2],
    ["coding with cache: 1h", { task_type: "coding", cache: "1h" }, 1],
    ["tools, also with cache: 1h", { cache: "1h", tools: [{ name: "look", input_schema: { type: "object" } }] }, 2],
  ])("for %s is the exception or the rule", async (_name, change, calls) => {
    const trial = await openClientTrial({ text: "It adds." });
    await trial.client.messages.create({ ...analysis, ...change });
    await trial.client.messages.create({ ...analysis, ...change });
    expect(trial.server.seen).toHaveLength(calls);
  });

  test("is nobody else's: another session asks for itself", async () => {
    const trial = await openClientTrial({ text: "It adds." });
    await trial.client.messages.create({ ...analysis, session_id: "ann" });
    await trial.client.messages.create({ ...analysis, session_id: "bob" });
    expect(trial.server.seen).toHaveLength(2);
  });

  test("is whole: one that was cut or filtered is asked for again", async () => {
    const trial = await openClientTrial(({ number }) => ({
      text: "It",
      finish: number === 1 ? "length" : number === 2 ? "content-filter" : "stop",
    }));
    for (let count = 0; count < 4; count += 1) await trial.client.messages.create(analysis);
    expect(trial.server.seen).toHaveLength(3);
  });

  test.each(["2d", "0s", "1", "25h", true])("has a time that can be read, not %s", async (cache) => {
    const trial = await openClientTrial({ text: "no" });
    const fault = await faultOf(trial.client.messages.create({ ...HELLO, cache: cache as string }));
    expect([fault.code, fault.message]).toEqual(["usage", expect.stringContaining("cache is ") as string]);
  });
});
