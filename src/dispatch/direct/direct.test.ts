import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openPlainBooks, type PlainBooks } from "../../../test/support/plain-books.ts";
import type { Script, ScriptedAnswer } from "../../../test/support/scripted-provider/script.ts";
import {
  openScriptedProvider,
  type ScriptedProvider,
} from "../../../test/support/scripted-provider/scripted-provider.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { systemClock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { processIdentity } from "../../foundation/process-identity.ts";
import { fromUsd } from "../../foundation/units.ts";
import type { ModelRequest, ProviderName } from "../../providers/provider.ts";
import { openProvider } from "../../providers/providers.ts";
import { openStore } from "../../storage/storage.ts";
import { openQueue, type Queue } from "../../throttle/queue/queue.ts";
import type { QueueSettings } from "../../throttle/queue/settings.ts";
import { openRunawayGuard } from "../../throttle/runaway/runaway.ts";
import type { Limit } from "../../throttle/throttle.ts";
import type { Direct, DirectAsk, DirectOptions } from "./direct.ts";
import type { DirectEvent } from "./direct-events.ts";
import { type DirectParts, newCallId, openDirect } from "./open-direct.ts";

const CATALOG = openCatalog({ asOf: Date.parse("2026-11-21") });
const TOKENS: Limit = { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000 };

const REQUEST: ModelRequest = {
  model: "claude-sonnet-4-5",
  system: "Be brief.",
  messages: [{ role: "user", content: "How is the weather in Genève?" }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: 1_000,
};

interface Trial {
  readonly server: ScriptedProvider;
  readonly books: PlainBooks;
  readonly direct: Direct;
  readonly events: DirectEvent[];
  call(changes?: Partial<DirectAsk>, options?: Partial<DirectOptions>): ReturnType<Direct["call"]>;
}

async function openTrial(
  script: Script | ScriptedAnswer,
  settings: { limits?: readonly Limit[]; parts?: Partial<DirectParts> } = {},
): Promise<Trial> {
  const server = await openScriptedProvider({ script: typeof script === "function" ? script : () => script });
  onTestFinished(() => server.close());
  const books = openPlainBooks(settings.limits ?? [TOKENS]);
  const events: DirectEvent[] = [];
  const direct = openDirect({
    books,
    queue: { mustWait: () => Promise.resolve(false), wait: () => Promise.reject(new Error("nobody waits here")) },
    guard: { check: () => Promise.resolve(undefined) },
    catalog: CATALOG,
    provider: (name) =>
      Promise.resolve(openProvider(name, { apiKey: "k", baseUrl: server.urls[name as keyof typeof server.urls] })),
    baseUrlOf: () => undefined,
    clock: systemClock,
    unknownPrice: "assume-max",
    callTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    scopesUnder: (scopeKeys) => Promise.resolve({ scopeKeys, countedKeys: [] }),
    cheaper: () => Promise.resolve(null),
    onEvent: (event) => events.push(event),
    ...settings.parts,
  });
  onTestFinished(() => direct[Symbol.asyncDispose]());
  const call: Trial["call"] = (changes = {}, options = {}) =>
    direct.call(
      {
        id: newCallId(1),
        provider: "anthropic",
        request: REQUEST,
        priority: "normal",
        session: "a",
        ...changes,
      },
      { signal: new AbortController().signal, ...options },
    );
  return { server, books, direct, events, call };
}

/** A real queue and a real guard on a store of their own. */
async function openWaitingRoom(
  settings: Partial<QueueSettings> = {},
): Promise<{ queue: Queue; guard: DirectParts["guard"] }> {
  const folder = mkdtempSync(join(tmpdir(), "allot-direct-"));
  const store = await openStore({ path: join(folder, "allot.db"), clock: systemClock });
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const parts = { store, clock: systemClock, identity: processIdentity() };
  return {
    queue: openQueue({ ...parts, settings: { pollMs: 5, ...settings } }),
    guard: openRunawayGuard({ store, clock: systemClock }),
  };
}

const USAGE = { inputTokens: 1_000, cacheReadTokens: 2_000, outputTokens: 100 };

test("an answer is settled once, at the provider's own usage and today's price", async () => {
  const { books, call } = await openTrial({ text: "Sunny.", usage: USAGE });
  const outcome = await call({ id: "call-1" });
  // 1,000 x $3 + 2,000 x $0.30 + 100 x $15, by the million.
  expect(outcome).toMatchObject({ kind: "answered", cost: fromUsd(0.0051), priceAssumed: false });
  expect(books.holds.size).toBe(0);
  expect(books.settlements).toHaveLength(1);
  expect(books.settlements[0]).toMatchObject({
    id: "call-1",
    entry: {
      kind: "settlement",
      session_id: "a",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      input_tokens: 1_000,
      cache_read_tokens: 2_000,
      output_tokens: 100,
      nano_usd: fromUsd(0.0051),
      usage_estimated: 0,
      price_assumed: 0,
      service: "standard",
      tier: "big",
      scope_keys: '["global:","session:a","provider:anthropic","model:claude-sonnet-4-5"]',
    },
  });
});

test("a call falls under its run, key, project and every budget above its own", async () => {
  const scopesUnder: DirectParts["scopesUnder"] = (scopeKeys, budget) =>
    Promise.resolve({ scopeKeys: [...scopeKeys, `budget:${budget}`], countedKeys: ["budget:large"] });
  const parts = { scopesUnder };
  const { books, call } = await openTrial({ text: "ok" }, { parts });
  await call({ run: "r", key: "k", project: "p", budget: "small", agent: "codex", taskType: "coding" });
  const { entry } = books.settlements[0] ?? {};
  expect(JSON.parse(entry?.scope_keys ?? "[]")).toEqual([
    "global:",
    "session:a",
    "provider:anthropic",
    "model:claude-sonnet-4-5",
    "run:r",
    "key:k",
    "project:p",
    "budget:small",
    "budget:large",
  ]);
  expect(entry).toMatchObject({ run_id: "r", api_key: "k", project: "p", agent: "codex", task_type: "coding" });
});

test("max_tokens is made smaller where the whole of it does not fit, and the provider is told the smaller one", async () => {
  const { server, books, call } = await openTrial({ text: "ok", usage: USAGE });
  books.spend("session:a", { tokens: 60_000 });
  const outcome = await call({ request: { ...REQUEST, maxOutputTokens: 64_000 } });
  if (outcome.kind !== "answered") throw new Error(outcome.kind);
  const { clampedTo = 0, held } = outcome.admitted;
  expect(clampedTo).toBeGreaterThan(39_000);
  expect(held.tokens).toBeLessThanOrEqual(40_000);
  expect(server.seen[0]?.maxOutputTokens).toBe(clampedTo);
});

test("a refused call moves nothing, asks nobody, and answers in words with a cheaper way", async () => {
  const cheaper = { provider: "ollama", model: "qwen3", worst: fromUsd(0) } as const;
  const { server, books, events, call } = await openTrial(
    { text: "no" },
    { parts: { cheaper: () => Promise.resolve(cheaper) } },
  );
  books.spend("session:a", { tokens: 92_000 });
  const outcome = await call();
  expect(outcome).toMatchObject({ kind: "refused", refused: { level: "HARD", why: "level" }, cheaper });
  const said = outcome.kind === "refused" ? outcome.message : "";
  expect(said).toMatch(/^Request throttled: HARD\. Token limit exceeded\. /);
  expect(said).toContain("92,000 tokens of 100,000 tokens used");
  expect(said).toContain("the cheaper ollama/qwen3");
  expect([server.seen.length, books.holds.size, books.settlements.length]).toEqual([0, 0, 0]);
  expect(events.map(({ kind }) => kind)).toEqual(["blocked"]);
});

test("the same prompt again and again is stopped, in words that say why; the same prompt many times at once is not", async () => {
  const { guard } = await openWaitingRoom();
  const { server, call } = await openTrial({ text: "ok" }, { parts: { guard } });
  const sampled = await Promise.all(Array.from({ length: 40 }, () => call({ session: "sampler" })));
  expect(new Set(sampled.map(({ kind }) => kind))).toEqual(new Set(["answered"]));
  let last = await call();
  for (let turn = 2; turn <= 100 && last.kind === "answered"; turn += 1) last = await call();
  expect(last).toMatchObject({ kind: "refused", refused: { why: "stopped" } });
  expect(last.kind === "refused" ? last.message : "").toMatch(
    /Stopped by the runaway guard\. The same prompt came \d+ times/,
  );
  const before = server.seen.length;
  expect((await call({ request: { ...REQUEST, system: "Another." } })).kind).toBe("refused");
  expect((await call({ session: "another" })).kind).toBe("answered");
  expect(server.seen).toHaveLength(before + 1);
});

test("low priority waits in the queue at SOFT until there is room, and then goes", async () => {
  const { queue } = await openWaitingRoom();
  const { books, events, call } = await openTrial({ text: "ok" }, { parts: { queue } });
  books.spend("session:a", { tokens: 85_000 });
  const waiting = call({ priority: "low" }, { onQueued: () => books.spend("session:a", { tokens: -50_000 }) });
  expect((await waiting).kind).toBe("answered");
  expect(events.map(({ kind }) => kind)).toEqual(["queued"]);
  expect(await queue.waiting()).toEqual([]);
});

test("who waits beyond its deadline is refused, who leaves is taken out, and nothing stays held", async () => {
  const { queue } = await openWaitingRoom();
  const { books, call, server } = await openTrial({ text: "no" }, { parts: { queue } });
  books.spend("session:a", { tokens: 85_000 });
  const late = await call({ id: "call-late", priority: "low", deadlineAt: Date.now() + 50 });
  expect(late).toMatchObject({ kind: "refused", refused: { level: "SOFT" } });
  expect(late.kind === "refused" ? late.message : "").toMatch(
    /^Request throttled: SOFT\. It waited in the queue until/,
  );
  const stop = new AbortController();
  const left = call({ priority: "low" }, { signal: stop.signal, onQueued: () => setImmediate(() => stop.abort()) });
  await expect(left).rejects.toMatchObject({ code: "interrupted" });
  const taken = call({ id: "call-taken", priority: "low" });
  await expect.poll(() => queue.cancel("call-taken")).toBe(true);
  await expect(taken).rejects.toMatchObject({ code: "interrupted" });
  expect([books.holds.size, server.seen.length, await queue.waiting()]).toEqual([0, 0, []]);
});

test("long calls go a few at a time, short ones at once", async () => {
  const lanes = [
    { name: "immediate", belowMs: 30_000, atOnce: null },
    { name: "background", belowMs: null, atOnce: 1 },
  ] as const;
  const { queue } = await openWaitingRoom({ lanes });
  let atOnce = 0;
  let most = 0;
  const { call } = await openTrial(
    async (seen) => {
      if (seen.lastUserText !== "long") return { text: "short" };
      most = Math.max(most, (atOnce += 1));
      await new Promise((resolve) => setTimeout(resolve, 80));
      atOnce -= 1;
      return { text: "long" };
    },
    { parts: { queue } },
  );
  const request = { ...REQUEST, messages: [{ role: "user", content: "long" }] } as const;
  const long = [1, 2, 3].map(() => call({ request, expectedMs: 120_000 }));
  expect((await call({ expectedMs: 1_000 })).kind).toBe("answered");
  expect((await Promise.all(long)).map(({ kind }) => kind)).toEqual(["answered", "answered", "answered"]);
  expect(most).toBe(1);
});

test.each([
  ["auth", "provider-auth"],
  ["rate-limited", "provider-rate-limited"],
  ["overloaded", "provider-overloaded"],
  ["too-long", "window-overflow"],
  ["bad-request", "provider-rejected"],
] as const)(
  "a request that the provider turns down (%s) costs nothing, and leaves a row that says so",
  async (error, code) => {
    const { books, call } = await openTrial({ error, retryAfterS: 3 });
    const outcome = await call();
    expect(outcome).toMatchObject({ kind: "failed", code, cost: 0, retryAfterMs: 3_000 });
    expect(books.settlements.map(({ entry }) => [entry.nano_usd, entry.note])).toEqual([[0, `${code}; not billed`]]);
    expect(books.holds.size).toBe(0);
  },
);

test("a call that was never sent releases its hold and leaves no row", async () => {
  const { server, books, call } = await openTrial({ text: "no" });
  await server.close();
  expect(await call({ id: "call-1" })).toMatchObject({ kind: "failed", code: "provider-unreachable", cost: 0 });
  const parts = {
    provider: () => Promise.reject(new AllotError("provider-not-configured", "Anthropic needs a key")),
  };
  const keyless = await openTrial({ text: "no" }, { parts });
  expect(await keyless.call({ id: "call-2" })).toMatchObject({ kind: "failed", code: "provider-not-configured" });
  expect([books.released, keyless.books.released]).toEqual([["call-1"], ["call-2"]]);
  expect([books.settlements, keyless.books.settlements]).toEqual([[], []]);
});

test("a provider that stays silent is given up in time, and counted by an estimate, never as 0", async () => {
  const { books, server, call } = await openTrial({ silence: "all" }, { parts: { callTimeoutMs: 1_000 } });
  const outcome = await call();
  expect(outcome).toMatchObject({ kind: "failed", code: "provider-timeout" });
  const { entry } = books.settlements[0] ?? {};
  expect(entry?.usage_estimated).toBe(1);
  expect(entry?.input_tokens).toBeGreaterThan(5);
  expect(entry?.output_tokens).toBeGreaterThan(400);
  expect(entry?.nano_usd).toBeGreaterThan(0);
  expect(entry?.note).toBe("provider-timeout; reported no usage, estimated");
  await expect.poll(() => server.served[0]?.aborted).toBe(true);
});

test("the upstream connection is closed within a second of the caller leaving, and what arrived is counted", async () => {
  const text = "word ".repeat(2_000);
  const { books, server, call } = await openTrial({ text, chunkDelayMs: 20, usage: USAGE });
  const stop = new AbortController();
  let stoppedAt = 0;
  const leaving = call(
    {},
    {
      signal: stop.signal,
      onDelta: ({ text: said }) => {
        if (said === "" || stoppedAt > 0) return;
        stoppedAt = Date.now();
        stop.abort();
      },
    },
  );
  await expect(leaving).rejects.toMatchObject({ code: "interrupted" });
  await expect.poll(() => server.served[0]?.endedAt ?? 0).toBeGreaterThan(0);
  expect((server.served[0]?.endedAt ?? 0) - stoppedAt).toBeLessThan(1_000);
  const { entry } = books.settlements[0] ?? {};
  expect(entry).toMatchObject({ input_tokens: 1_000, cache_read_tokens: 2_000, usage_estimated: 1 });
  expect(entry?.nano_usd).toBeGreaterThan(fromUsd(0.0036));
});

test("a caller who left before anything was sent has spent nothing", async () => {
  const { books, server, call } = await openTrial({ text: "no" });
  await expect(call({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
  expect([books.settlements.length, books.holds.size, server.seen.length]).toEqual([0, 0, 0]);
});

test("closing ends the calls that run, after they are settled", async () => {
  const { books, direct, call } = await openTrial({ silence: "all" });
  const outcome = call().catch((error: unknown) => (isAllotError(error) ? error.code : "other"));
  await expect.poll(() => books.holds.size).toBe(1);
  await direct[Symbol.asyncDispose]();
  expect(await outcome).toBe("interrupted");
  expect([books.holds.size, books.settlements.length]).toEqual([0, 1]);
});

test("a 200 stream without usage is estimated and flagged, not billed as 0", async () => {
  const { books, call } = await openTrial({ text: "Hello there, how are you?", usage: "missing" });
  for (const onDelta of [undefined, () => {}])
    expect((await call({}, onDelta === undefined ? {} : { onDelta })).kind).toBe("answered");
  for (const { entry } of books.settlements) {
    expect(entry.usage_estimated).toBe(1);
    expect(entry.nano_usd).toBeGreaterThan(fromUsd(0.0001));
  }
});

test("a model without known price is held and settled at the dearest rates, refused, or let pass flagged", async () => {
  const request = { ...REQUEST, model: "house-model" };
  const ask = { provider: "openai-compatible" as ProviderName, request };
  const dollars: Limit = { scope: "global", of: "*", window: "month", measure: "nanoUsd", amount: fromUsd(0.001) };
  const assumed = await openTrial({ text: "ok", usage: USAGE }, { limits: [] });
  expect(await assumed.call(ask)).toMatchObject({ kind: "answered", priceAssumed: true });
  const dearest = CATALOG.dearest();
  const { entry } = assumed.books.settlements[0] ?? {};
  expect(entry).toMatchObject({ price_assumed: 1, price_version: "assume-max" });
  expect(entry?.nano_usd).toBe(
    Math.ceil((1_000 * dearest.input + 2_000 * dearest.cacheRead + 100 * dearest.output) / 1_000_000),
  );
  expect(assumed.events).toMatchObject([{ kind: "price-unknown" }]);

  const bound = await openTrial({ text: "ok" }, { limits: [dollars] });
  expect((await bound.call({ ...ask, clamp: false })).kind).toBe("refused");

  const denying = await openTrial({ text: "ok" }, { parts: { unknownPrice: "deny" } });
  expect(await denying.call(ask)).toMatchObject({ kind: "failed", code: "unknown-model", cost: 0 });
  expect(denying.server.seen).toHaveLength(0);

  const flagging = await openTrial(
    { text: "ok", usage: USAGE },
    { limits: [dollars], parts: { unknownPrice: "allow-flagged" } },
  );
  expect((await flagging.call({ ...ask, clamp: false })).kind).toBe("answered");
  expect(flagging.books.settlements[0]?.entry.nano_usd).toBe(entry?.nano_usd);
  expect(flagging.events.map(({ kind }) => kind)).toContain("price-unknown");
});

test("a model on this machine is counted, and goes on when the session's limits are reached", async () => {
  const { books, call } = await openTrial({ text: "ok", usage: { inputTokens: 700, outputTokens: 300 } });
  books.spend("session:a", { tokens: 99_999 });
  expect((await call()).kind).toBe("refused");
  const request = { ...REQUEST, model: "qwen3" };
  expect(await call({ provider: "ollama", request })).toMatchObject({ kind: "answered", cost: 0 });
  expect((await books.states(["session:a"]))[0]?.settled).toBe(100_999);
});

test("an image is held as an image, not as text of its length", async () => {
  const data = "A".repeat(400_000);
  const source = { kind: "data", mediaType: "image/png", data } as const;
  const messages = [{ role: "user", content: [{ type: "image", source }] }] as const;
  const { call } = await openTrial({ text: "A grey wall." });
  const outcome = await call({ request: { ...REQUEST, messages } });
  if (outcome.kind !== "answered") throw new Error(outcome.kind);
  expect(outcome.admitted.held.tokens).toBeGreaterThan(5_800);
  expect(outcome.admitted.held.tokens).toBeLessThan(6_500);
});

test("cut at chunk k, for every k: a row exists, it costs more than 0, and the cost is the price of its tokens", async () => {
  const text = "Sunny in the morning, with rain from the west in the afternoon, and wind.";
  let cutAfter = 0;
  const { books, call } = await openTrial(() => ({ text, cutAfter, usage: USAGE }));
  for (; cutAfter < 40; cutAfter += 1) {
    const outcome = await call({ id: `cut-${cutAfter}` }, { onDelta: () => {} });
    if (outcome.kind === "answered") break;
    expect(outcome).toMatchObject({ kind: "failed", code: "provider-cut" });
  }
  // message_start, ping, the block's start, seven pieces, its stop, message_delta, message_stop.
  expect(cutAfter).toBe(13);
  expect(books.settlements).toHaveLength(14);
  for (const { entry } of books.settlements) {
    const dear = entry.input_tokens * 3_000 + entry.cache_read_tokens * 300 + entry.output_tokens * 15_000;
    expect(entry.nano_usd).toBe(dear);
    expect(entry.nano_usd).toBeGreaterThan(0);
  }
});

test("a thousand callers who hang up at random are billed within 1% of what the provider served", async () => {
  // Whole pieces of 12 characters, so that the provider's own count (three characters a token) is that of the estimate.
  const text = "twelve chars".repeat(40);
  const tokensSent = new Map<string, number>();
  const { books, call } = await openTrial(
    () => ({ text, usage: { inputTokens: 3_000, outputTokens: 160 }, chunkDelayMs: 0 }),
    { limits: [] },
  );
  let state = 42;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
  const one = async (id: string): Promise<void> => {
    const stop = new AbortController();
    const leaveAt = random(41);
    let pieces = 0;
    tokensSent.set(id, 0);
    const onDelta = ({ text: said }: { readonly text: string }): void => {
      if (said === "" || stop.signal.aborted) return;
      pieces += 1;
      tokensSent.set(id, pieces * 4);
      if (pieces === leaveAt) stop.abort();
    };
    await call({ id }, { signal: stop.signal, onDelta }).catch(() => {});
  };
  for (let round = 0; round < 50; round += 1)
    await Promise.all(Array.from({ length: 20 }, (_, index) => one(`call-${round}-${index}`)));
  expect(books.settlements).toHaveLength(1_000);
  expect(new Set(books.settlements.map(({ id }) => id)).size).toBe(1_000);
  const billed = books.settlements.reduce((sum, { entry }) => sum + entry.nano_usd, 0);
  const truth = [...tokensSent.values()].reduce((sum, tokens) => sum + 3_000 * 3_000 + tokens * 15_000, 0);
  expect(Math.abs(billed - truth) / truth).toBeLessThan(0.01);
});
