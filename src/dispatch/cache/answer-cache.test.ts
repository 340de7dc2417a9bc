import { describe, expect, test } from "vitest";
import { describeOnEachStore, openSqlitePlace, type StorePlace } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { ModelAnswer, ModelRequest } from "../../providers/provider.ts";
import { openStore } from "../../storage/storage.ts";
import { type AnswerCache, openAnswerCache } from "./answer-cache.ts";
import { answerKey, type CachedAsk } from "./answer-key.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const HOUR = 3_600_000;

const REQUEST: ModelRequest = {
  model: "claude-haiku-5-5",
  system: "You analyse code.",
  messages: [
    { role: "user", content: "What does this do?" },
    { role: "assistant", content: "Which part?", toolCalls: [] },
    { role: "user", content: [{ type: "text", text: "All of it." }] },
  ],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: 500,
};

const ASK: CachedAsk = { tenant: "ann", provider: "anthropic", request: REQUEST };

const ANSWER: ModelAnswer = {
  text: "It adds.",
  toolCalls: [],
  finish: "stop",
  usage: {
    inputTokens: 30,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 4,
    reasoningTokens: 0,
    estimated: false,
  },
  model: "claude-haiku-5-5",
  responseId: "msg_1",
};

function keyOf(change: Partial<ModelRequest> = {}, about: Partial<CachedAsk> = {}): string | undefined {
  return answerKey({ ...ASK, ...about, request: { ...REQUEST, ...change } });
}

describe("the name of an answer", () => {
  test("is the same for the same request, whatever order its fields stand in, and whether absent ones are named", () => {
    const { model, ...others } = REQUEST;
    const turned = { ...others, temperature: undefined, model } as unknown as ModelRequest;
    expect(answerKey({ ...ASK, request: turned })).toBe(keyOf());
    expect(keyOf()).toMatch(/^[0-9a-f]{64}$/);
    expect(keyOf({}, { service: "standard", baseUrl: undefined })).toBe(keyOf());
  });

  const text = (content: string): ModelRequest["messages"] => [{ role: "user", content }];
  const image = (data: string): ModelRequest["messages"] => [
    { role: "user", content: [{ type: "image", source: { kind: "data", mediaType: "image/png", data } }] },
  ];
  test.each<[string, string | undefined]>([
    ["tenant", keyOf({}, { tenant: "bob" })],
    ["provider", keyOf({}, { provider: "openai" })],
    ["address", keyOf({}, { baseUrl: "http://127.0.0.1:9" })],
    ["service", keyOf({}, { service: "batch" })],
    ["model", keyOf({ model: "claude-sonnet-5-5" })],
    ["system", keyOf({ system: "You analyse code!" })],
    ["message", keyOf({ messages: text("What does that do?") })],
    ["role", keyOf({ messages: [{ role: "assistant", content: "What does this do?", toolCalls: [] }] })],
    ["number of messages", keyOf({ messages: REQUEST.messages.slice(0, 2) })],
    ["order of messages", keyOf({ messages: REQUEST.messages.toReversed() })],
    ["picture", keyOf({ messages: image("aaaa") })],
    ["other picture", keyOf({ messages: image("aaab") })],
    ["output limit", keyOf({ maxOutputTokens: 501 })],
    ["temperature", keyOf({ temperature: 0 })],
    ["top_p", keyOf({ topP: 0.5 })],
    ["top_k", keyOf({ topK: 5 })],
    ["stop sequences", keyOf({ stopSequences: ["END"] })],
    ["user", keyOf({ user: "carl" })],
    ["effort", keyOf({ effort: "high" })],
    ["JSON answer", keyOf({ json: {} })],
    ["JSON schema", keyOf({ json: { schema: { type: "object" } } })],
    ["tool choice", keyOf({ toolChoice: "none" })],
    ["mark for caching", keyOf({ cacheSystem: "1h" })],
  ])("is another one for another %s: the cache answers no other question", (_field, key) => {
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toBe(keyOf());
  });

  test("differs between all of them too", () => {
    const keys = [keyOf(), keyOf({ temperature: 0 }), keyOf({ topP: 0 }), keyOf({ topK: 0 }), keyOf({ user: "0" })];
    expect(new Set(keys).size).toBe(5);
  });

  test("is none for what must never be answered from memory", () => {
    const tool = { name: "read", description: "", inputSchema: {} };
    expect(keyOf({ tools: [tool] })).toBeUndefined();
    const called = { role: "assistant", content: "", toolCalls: [{ id: "1", name: "read", input: {} }] } as const;
    expect(keyOf({ messages: [...REQUEST.messages, called] })).toBeUndefined();
    const result = { role: "tool", results: [{ callId: "1", name: "read", output: "x", failed: false }] } as const;
    expect(keyOf({ messages: [...REQUEST.messages, result] })).toBeUndefined();
    const shown = { type: "image", source: { kind: "url", url: "https://example.com/now.png" } } as const;
    expect(keyOf({ messages: [{ role: "user", content: [shown] }] })).toBeUndefined();
  });
});

describeOnEachStore("the cache of answers", (openPlace) => {
  async function trial(
    bounds?: Parameters<typeof openAnswerCache>[1],
    work?: (cache: AnswerCache, clock: SteppedClock, rows: () => Promise<string[]>) => Promise<void>,
  ): Promise<void> {
    await using place: StorePlace = await openPlace();
    const clock = new SteppedClock(NOW);
    await using store = await openStore({ ...place.settings, clock });
    const cache = openAnswerCache({ store, clock }, bounds);
    const rows = async (): Promise<string[]> =>
      (await store.db.selectFrom("cached_answers").select("key").orderBy("key").execute()).map(({ key }) => key);
    await work?.(cache, clock, rows);
  }
  const kept = { provider: "anthropic", model: "claude-haiku-5-5", answer: ANSWER, cost: nanoUsd(50_000) };

  test("gives an answer again until its hour is over", () =>
    trial(undefined, async (cache, clock) => {
      await cache.put("k", kept);
      expect(await cache.get("k")).toEqual({ ...kept, storedAt: NOW });
      expect(await cache.get("other")).toBeUndefined();
      await clock.move(HOUR - 1);
      expect((await cache.get("k"))?.answer.text).toBe("It adds.");
      await clock.move(1);
      expect(await cache.get("k")).toBeUndefined();
    }));

  test("keeps an answer as long as it is told, a day at most", () =>
    trial(undefined, async (cache, clock) => {
      await cache.put("short", { ...kept, lifetimeMs: 60_000 });
      await cache.put("long", { ...kept, lifetimeMs: 100 * HOUR });
      await clock.move(60_000);
      expect([await cache.get("short"), (await cache.get("long"))?.storedAt]).toEqual([undefined, NOW]);
      await clock.move(24 * HOUR - 60_000);
      expect(await cache.get("long")).toBeUndefined();
    }));

  test("gives the later of two answers under one name", () =>
    trial(undefined, async (cache, clock) => {
      await cache.put("k", kept);
      await clock.move(1_000);
      await cache.put("k", { ...kept, answer: { ...ANSWER, text: "It subtracts." } });
      expect(await cache.get("k")).toMatchObject({ answer: { text: "It subtracts." }, storedAt: NOW + 1_000 });
    }));

  test("keeps none that is cut, filtered, empty, made of tool calls, or very long", () =>
    trial(undefined, async (cache, _clock, rows) => {
      const calls = [{ id: "1", name: "read", input: {} }];
      for (const change of [
        { finish: "length" },
        { finish: "content-filter" },
        { finish: "other" },
        { text: "" },
        { finish: "tool-calls", toolCalls: calls },
        { toolCalls: calls },
        { text: "x".repeat(1_000_001) },
      ] as const) {
        await cache.put("k", { ...kept, answer: { ...ANSWER, ...change } });
      }
      expect(await rows()).toEqual([]);
    }));

  test("takes out what is over, and of too many the oldest", () =>
    trial({ answers: 3, room: 1, lookEvery: 1 }, async (cache, clock, rows) => {
      await cache.put("over", { ...kept, lifetimeMs: 500 });
      for (const key of ["a", "b", "c"]) {
        await clock.move(1_000);
        await cache.put(key, kept);
      }
      expect(await rows()).toEqual(["a", "b", "c"]);
      await clock.move(1_000);
      await cache.put("d", kept);
      expect(await rows()).toEqual(["c", "d"]);
    }));
});

test("a store that is gone is a miss, and no fault", async () => {
  const clock = new SteppedClock(NOW);
  await using place = await openSqlitePlace();
  await using store = await openStore({ ...place.settings, clock });
  await store.db.schema.dropTable("cached_answers").execute();
  const cache = openAnswerCache({ store, clock });
  await cache.put("k", { provider: "anthropic", model: "m", answer: ANSWER, cost: nanoUsd(1) });
  expect(await cache.get("k")).toBeUndefined();
});
