import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ScriptedAnswer, SeenRequest } from "../../test/support/scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { formatIdentity, parseIdentity, processIdentity } from "../foundation/process-identity.ts";
import { nanoUsd } from "../foundation/units.ts";
import { priceOfCall, worstCase } from "../ledger/worst-case.ts";
import { runSpend, total } from "../ledger/totals.ts";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import type { ModelRequest } from "../providers/provider.ts";
import { openStore, type Store } from "../storage/storage.ts";
import { BOOKS } from "../storage/exclusive.ts";
import { DEFAULT_LIMITS } from "../throttle/limits.ts";
import { holdInStore, releaseInStore } from "../throttle/store/admission.ts";
import { openBudget } from "../throttle/store/budgets.ts";
import { returnLease } from "../throttle/store/leases.ts";
import { setLimit } from "../throttle/store/stored-limits.ts";
import type { Limit, LimitSet } from "../throttle/throttle.ts";
import { finishCall, launchIntents, markUnknown, openCall, type OpenTerms } from "./call-journal.ts";
import { openTerms } from "./call-limits.ts";
import type { CallAsk, CallOutcome, Dispatch } from "./dispatch.ts";
import { takeSeat } from "./host-seat.ts";
import { type ProvidersSettings, settingsFingerprint } from "./host-settings.ts";
import { type DispatchOptions, openDispatch } from "./open-dispatch.ts";
import { expireCalls } from "./recover-calls.ts";

const KEY = "sk-ant-dummy-7f3a9c51e2d84b60";
const catalog = openCatalog({ asOf: Date.UTC(2026, 10, 21) });
const forever = new AbortController().signal;

let folder: string;
let store: Store;
let server: ScriptedProvider;
let script: (seen: SeenRequest) => ScriptedAnswer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "allot-dispatch-"));
  store = await openStore({ path: join(folder, "allot.db"), clock: systemClock });
  script = () => ({ text: "hello", usage: { inputTokens: 100, outputTokens: 10 } });
  server = await openScriptedProvider({ script: (seen) => script(seen) });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const providers = (): ProvidersSettings => ({ anthropic: { apiKey: KEY, baseUrl: server.urls.anthropic } });

const open = (options: Partial<DispatchOptions> = {}): Promise<Dispatch & AsyncDisposable> =>
  openDispatch({
    store,
    hostKey: "r1",
    catalog,
    providers: providers(),
    ...options,
  });

function ask(task: string, changes: Partial<CallAsk> = {}, request: Partial<ModelRequest> = {}): CallAsk {
  return {
    key: { run: "r1", task, round: 0, purpose: "work-1", attempt: 1 },
    provider: "anthropic",
    session: "s1",
    priority: "normal",
    phase: "execution",
    tier: "small",
    timeoutMs: 60_000,
    request: {
      model: "claude-sonnet-4-5-20250929",
      system: "be short",
      messages: [{ role: "user", content: `task ${task}` }],
      tools: [],
      toolChoice: "auto",
      maxOutputTokens: 1000,
      ...request,
    },
    ...changes,
  };
}

/** 100 tokens in and 10 out at $3 and $15 a million. */
const COST = 450_000;

const holdOf = (asked: CallAsk): number =>
  worstCase(asked.request, priceOfCall(catalog, asked.provider, asked.request.model).price).nanoUsd;

function termsFor(asked: CallAsk): OpenTerms {
  const terms = openTerms(catalog, asked, {}, DEFAULT_LIMITS, false);
  if (terms === undefined) throw new Error("the price is known");
  return terms;
}

async function hostPid(): Promise<number> {
  const seat = await store.db
    .selectFrom("hosts")
    .select("identity")
    .where("host_key", "=", "r1")
    .executeTakeFirstOrThrow();
  return parseIdentity(seat.identity).pid;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error(`never: ${what}`);
}

describe("a call", () => {
  test("it is answered, settled at its price, and replayed for nothing when it is asked again", async () => {
    await using dispatch = await open();
    const first = await dispatch.call(ask("1"), forever);
    expect(first).toMatchObject({
      kind: "answered",
      cost: COST,
      replayed: false,
      answer: { text: "hello", finish: "stop" },
    });
    const again = await dispatch.call(ask("1"), forever);
    expect(again).toEqual({ ...first, replayed: true });
    expect(server.served.length).toBe(1);
    expect(await runSpend(store.db, "r1")).toEqual({ settled: COST, held: 0, used: COST, openCalls: 0 });
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("the same key with another request is an error and is not sent", async () => {
    await using dispatch = await open();
    await dispatch.call(ask("1"), forever);
    const other = dispatch.call(ask("1", {}, { system: "be long" }), forever);
    await expect(other).rejects.toSatisfy((error) => isAllotError(error, "call-key-reused"));
    expect(server.served.length).toBe(1);
  });

  test("one host makes many calls at the same time", async () => {
    script = () => ({ text: "hello", delayMs: 600 });
    await using dispatch = await open();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) => dispatch.call(ask(String(index)), forever)),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(Array.from({ length: 8 }, () => "answered"));
    const starts = server.served.map((served) => served.startedAt);
    expect(Math.max(...starts)).toBeLessThan(Math.min(...server.served.map((served) => served.endedAt)));
    expect((await store.db.selectFrom("calls").select("host").distinct().execute()).length).toBe(1);
  });

  test("one key asked twice at the same time is one request", async () => {
    await using dispatch = await open();
    const outcomes = await Promise.all([dispatch.call(ask("1"), forever), dispatch.call(ask("1"), forever)]);
    expect(new Set(outcomes.map((outcome) => outcome.kind === "answered" && outcome.replayed))).toEqual(
      new Set([false, true]),
    );
    expect(server.served.length).toBe(1);
  });

  test("a model without a known price is settled at the dearest known one, flagged", async () => {
    await using dispatch = await open();
    const outcome = await dispatch.call(ask("1", {}, { model: "claude-of-tomorrow" }), forever);
    const dearest = catalog.dearest();
    expect(outcome).toMatchObject({ kind: "answered", cost: (100 * dearest.input + 10 * dearest.output) / 1e6 });
    expect((await total(store.db)).assumedPriceCalls).toBe(1);
  });

  test("an answer without usage is settled at an estimate, flagged", async () => {
    script = () => ({ text: "hello", usage: "missing" });
    await using dispatch = await open();
    const outcome = await dispatch.call(ask("1"), forever);
    expect(outcome.kind === "answered" && outcome.cost > 0).toBe(true);
    expect((await total(store.db)).estimatedCalls).toBe(1);
  });

  test("whoever stops waiting leaves the call running, and finds its answer later", async () => {
    script = () => ({ text: "hello", delayMs: 700 });
    await using dispatch = await open();
    const stop = new AbortController();
    const waiting = dispatch.call(ask("1"), stop.signal);
    await until("the request arrives", () => server.served.length === 1);
    stop.abort();
    await expect(waiting).rejects.toSatisfy((error) => isAllotError(error, "interrupted"));
    expect(await dispatch.call(ask("1"), forever)).toMatchObject({ kind: "answered", replayed: true });
    expect(server.served).toMatchObject([{ completed: true, aborted: false }]);
  });
});

describe("a budget", () => {
  test("a call whose worst case does not fit is refused, unsent, and told by how much", async () => {
    const hold = holdOf(ask("1"));
    await using dispatch = await open({ budget: nanoUsd(hold - 1) });
    const outcome = await dispatch.call(ask("1"), forever);
    expect(outcome).toMatchObject({ kind: "refused", limit: "run budget", shortBy: 1, held: 0 });
    expect(server.served.length).toBe(0);
    expect(await runSpend(store.db, "r1")).toMatchObject({ used: 0 });
    const events = await store.db
      .selectFrom("throttle_events")
      .select(["session_id", "action", "limit_name", "used", "limit_value"])
      .execute();
    expect(events).toEqual([
      { session_id: "s1", action: "blocked", limit_name: "run budget", used: 0, limit_value: hold - 1 },
    ]);
  });

  test("a call that fills the budget exactly is made, and a refused key may be asked again with more", async () => {
    const hold = holdOf(ask("1"));
    await using tight = await open({ budget: nanoUsd(hold - 1) });
    expect((await tight.call(ask("1"), forever)).kind).toBe("refused");
    await using exact = await open({ budget: nanoUsd(hold) });
    expect((await exact.call(ask("1"), forever)).kind).toBe("answered");
  });

  test("calls that run at the same time cannot pass it together", async () => {
    script = () => ({ text: "hello", delayMs: 300, usage: { inputTokens: 100, outputTokens: 10 } });
    await using dispatch = await open({ budget: nanoUsd(3 * holdOf(ask("1"))) });
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, index) => dispatch.call(ask(String(index)), forever)),
    );
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual([
      "answered",
      "answered",
      "answered",
      "refused",
      "refused",
      "refused",
    ]);
    const hold = holdOf(ask("1"));
    expect(outcomes.find((outcome) => outcome.kind === "refused")).toMatchObject({ shortBy: hold, held: 3 * hold });
  });

  test("a critical call may pass it", async () => {
    await using dispatch = await open({ budget: nanoUsd(1) });
    expect((await dispatch.call(ask("1", { priority: "critical" }), forever)).kind).toBe("answered");
  });
});

describe("limits", () => {
  const limitsOf = (...limits: Limit[]): LimitSet => ({ ...DEFAULT_LIMITS, limits });
  const tokensAnHour = (amount: number): Limit => ({
    scope: "session",
    of: "*",
    window: "hour",
    measure: "tokens",
    amount,
  });

  test("of the session hold for a run's calls, and a refusal says which, how far it is used, and when there is room", async () => {
    script = () => ({ text: "hello", usage: { inputTokens: 1900, outputTokens: 10 } });
    await using dispatch = await open({ limits: limitsOf(tokensAnHour(2500)) });
    expect((await dispatch.call(ask("1"), forever)).kind).toBe("answered");
    const refused = await dispatch.call(ask("2"), forever);
    expect(refused).toMatchObject({ kind: "refused", limit: "session tokens/hour", level: "WARNING", held: 0 });
    expect(refused.kind === "refused" && refused.message).toMatch(
      /^Request throttled: WARNING\. Token limit exceeded\. Limit session tokens\/hour for session s1: 1,910 tokens of 2,500 tokens used\./,
    );
    expect(refused.kind === "refused" && (refused.freeAt ?? 0) > Date.now() + 3_540_000).toBe(true);
    expect(server.served.length).toBe(1);
  });

  test("stored by a command hold for the next call", async () => {
    await using dispatch = await open();
    expect((await dispatch.call(ask("1"), forever)).kind).toBe("answered");
    await setLimit(store.db, { scope: "model", of: "*", window: "day", measure: "requests", amount: 1 }, Date.now());
    expect(await dispatch.call(ask("2"), forever)).toMatchObject({ kind: "refused", limit: "model requests/day" });
  });

  test("make a call of low priority wait in the queue until there is room", async () => {
    const limits = limitsOf(tokensAnHour(10_000));
    const notices: string[] = [];
    await using dispatch = await open({ limits, onNotice: (text) => notices.push(text) });
    const hold = { id: "other", scopeKeys: ["session:s1"], priority: "high", session: "s1", runId: "r0" } as const;
    const worst = { tokens: 8200, nanoUsd: 1, requests: 1 };
    await store.transaction((trx) => holdInStore(trx, limits, { ...hold, worst }, Date.now()), BOOKS);
    const waiting = dispatch.call(ask("1", { priority: "low" }), forever);
    await until("it waits", async () => {
      const rows = await store.db.selectFrom("queue").select(["state", "priority"]).execute();
      return rows.some((row) => row.state === "waiting" && row.priority === "low");
    });
    expect(server.served.length).toBe(0);
    await store.transaction((trx) => releaseInStore(trx, "other", Date.now()), BOOKS);
    expect((await waiting).kind).toBe("answered");
    expect(notices).toEqual(["r1/1/0/work-1/1 waits in the queue: session tokens/hour for session s1 is at SOFT"]);
    expect(await store.db.selectFrom("queue").select("state").execute()).toEqual([{ state: "admitted" }]);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("whose room others have leased and do not use are waited for while it comes back", async () => {
    const limits = limitsOf(tokensAnHour(2000));
    await using dispatch = await open({ limits });
    const lease = { holder: "p1", scope_key: "session:s1", tokens: 1500, nano_usd: 0, requests: 0 };
    await store.db
      .insertInto("leases")
      .values({ ...lease, recalled: 0, renewed_at: 1 })
      .execute();
    const waiting = dispatch.call(ask("1"), forever);
    await until("it is asked back", async () => {
      const row = await store.db.selectFrom("leases").select("recalled").executeTakeFirstOrThrow();
      return row.recalled > 0;
    });
    await store.transaction((trx) => returnLease(trx, "p1"), BOOKS);
    expect((await waiting).kind).toBe("answered");
    expect(await store.db.selectFrom("throttle_events").select("action").execute()).toEqual([]);
  });

  test("of a budget bound a run that is a part of it", async () => {
    const caps = { tokens: null, nanoUsd: holdOf(ask("1")), requests: null };
    const budget = { id: "b", name: "a command", parent: null, session: "s1", caps };
    await store.transaction((trx) => openBudget(trx, DEFAULT_LIMITS, budget, Date.now()), BOOKS);
    await using dispatch = await open({ parentBudget: "b" });
    expect((await dispatch.call(ask("1"), forever)).kind).toBe("answered");
    expect(await dispatch.call(ask("2"), forever)).toMatchObject({ kind: "refused", limit: "budget:b usd/ever" });
  });
});

describe("a model without a known price", () => {
  const strange = ask("1", {}, { model: "claude-of-tomorrow" });

  test("is told of once, and filed as an alarm", async () => {
    const alarms: string[] = [];
    await using dispatch = await open({ onNotice: (text) => alarms.push(text) });
    await dispatch.call(strange, forever);
    await dispatch.call(ask("2", {}, { model: "claude-of-tomorrow" }), forever);
    expect(alarms).toEqual([expect.stringMatching(/^no price is known for anthropic\/claude-of-tomorrow: /)]);
    const events = await store.db.selectFrom("throttle_events").select(["action", "limit_name"]).execute();
    expect(events).toEqual([{ action: "alarm", limit_name: "price" }]);
  });

  test("is not called where that is denied", async () => {
    await using dispatch = await open({ unknownPrice: "deny" });
    expect(await dispatch.call(strange, forever)).toMatchObject({ kind: "failed", code: "unknown-model", cost: 0 });
    expect(server.served.length).toBe(0);
  });

  test("passes limits in dollars where it is allowed, and is counted at the dearest rates all the same", async () => {
    const dollars: Limit = { scope: "global", of: "*", window: "day", measure: "nanoUsd", amount: 1 };
    await using dispatch = await open({
      unknownPrice: "allow-flagged",
      limits: { ...DEFAULT_LIMITS, limits: [dollars] },
    });
    const outcome = await dispatch.call(strange, forever);
    const dearest = catalog.dearest();
    expect(outcome).toMatchObject({ kind: "answered", cost: (100 * dearest.input + 10 * dearest.output) / 1e6 });
  });
});

test("a call of which nobody has heard for a day is given up, and one that was never launched gives its room back", async () => {
  for (const task of ["1", "2"]) await openCall(store, ask(task), termsFor(ask(task)));
  const [me] = [formatIdentity(processIdentity())];
  await takeSeat(store, { hostKey: "r1", identity: me, spawner: "", settings: "" });
  await store.db
    .updateTable("calls")
    .set({ state: "launched", host: me, launched_at: Date.now() })
    .where("task", "=", "1")
    .execute();
  expect(await expireCalls(store, 86_400_000)).toBe(0);
  await store.db.updateTable("calls").set({ intent_at: 1 }).execute();
  await store.db.updateTable("calls").set({ launched_at: 1 }).where("task", "=", "1").execute();
  expect(await expireCalls(store, 86_400_000)).toBe(2);
  expect(await runSpend(store.db, "r1")).toMatchObject({ settled: holdOf(ask("1")), held: 0 });
  expect((await verifyLedger(store.db)).faults).toEqual([]);
  await store.db.deleteFrom("hosts").execute();
  await using dispatch = await open();
  expect((await dispatch.call(ask("2"), forever)).kind).toBe("answered");
});

describe("a call that fails", () => {
  test("a provider that turns it down is told with its code, costs nothing, and is not asked again", async () => {
    script = () => ({ error: "rate-limited", retryAfterS: 7 });
    await using dispatch = await open();
    const expected = { kind: "failed", code: "provider-rate-limited", cost: 0, retryable: true, retryAfterMs: 7000 };
    expect(await dispatch.call(ask("1"), forever)).toMatchObject(expected);
    expect(await dispatch.call(ask("1"), forever)).toMatchObject(expected);
    expect(server.served.length).toBe(1);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("a stream that is cut costs what it had named", async () => {
    script = () => ({
      text: "hello ".repeat(200),
      chunkDelayMs: 5,
      cutAfter: 6,
      usage: { inputTokens: 5000, outputTokens: 400 },
    });
    await using dispatch = await open();
    const outcome = await dispatch.call(ask("1", { timeoutMs: 200_000 }), forever);
    expect(outcome).toMatchObject({ kind: "failed", code: "provider-cut", retryable: true });
    const usage = (await total(store.db)).usage;
    expect(usage.inputTokens).toBe(5000);
    expect(outcome.kind === "failed" ? outcome.cost : 0).toBeGreaterThanOrEqual(5000 * 3000);
  });

  test("a provider that says nothing is given up when the call's time is over", async () => {
    script = () => ({ silence: "all" });
    await using dispatch = await open();
    const outcome = await dispatch.call(ask("1", { timeoutMs: 400 }), forever);
    expect(outcome).toMatchObject({ kind: "failed", code: "provider-timeout", retryable: true });
    expect((await total(store.db)).estimatedCalls).toBe(1);
  });

  test("a provider that is not set up fails the call, not the host", async () => {
    await using dispatch = await open({ providers: {} });
    expect(await dispatch.call(ask("1"), forever)).toMatchObject({
      kind: "failed",
      code: "provider-not-configured",
      cost: 0,
    });
  });
});

describe("the call host", () => {
  test("a host that is killed leaves its call unknown, counted at its hold and never repeated", async () => {
    script = () => ({ text: "hello", delayMs: 5000 });
    await using dispatch = await open();
    const waiting = dispatch.call(ask("1"), forever);
    await until("the request arrives", () => server.served.length === 1);
    process.kill(await hostPid(), "SIGKILL");
    const held = holdOf(ask("1"));
    expect(await waiting).toMatchObject({ kind: "unknown", held });
    await using resumed = await open();
    expect(await resumed.call(ask("1"), forever)).toMatchObject({ kind: "unknown", held });
    expect(server.served.length).toBe(1);
    const sum = await total(store.db);
    expect([sum.cost, sum.unknownCalls]).toEqual([held, 1]);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("calls left behind are given up by whoever opens the dispatch next, asked for or not", async () => {
    script = () => ({ text: "hello", delayMs: 5000 });
    const first = await open();
    const waiting = first.call(ask("1"), forever).catch(() => {});
    await until("the request arrives", () => server.served.length === 1);
    const pid = await hostPid();
    await first[Symbol.asyncDispose]();
    process.kill(pid, "SIGKILL");
    await until("the host is gone", () => !alive(pid));
    await using next = await open();
    expect(next).toBeDefined();
    expect(await store.db.selectFrom("calls").select("state").execute()).toEqual([{ state: "unknown" }]);
    await waiting;
  });

  test("an intent whose host died before it launched it is made by the next host", async () => {
    const asked = ask("1");
    await openCall(store, asked, termsFor(asked));
    const dead = formatIdentity({ ...processIdentity(), pid: spawnSync("true").pid, startedAt: "1" });
    const settings = settingsFingerprint("r1", providers());
    expect(await takeSeat(store, { hostKey: "r1", identity: dead, spawner: "", settings })).toBe(true);
    await using dispatch = await open();
    expect(await dispatch.call(asked, forever)).toMatchObject({ kind: "answered", replayed: true });
    expect(server.served.length).toBe(1);
  });

  test("a host that is stopped for a while is alive: its call is waited for, not doubled", async () => {
    script = () => ({ text: "hello", delayMs: 300, usage: { inputTokens: 100, outputTokens: 10 } });
    await using dispatch = await open();
    const waiting = dispatch.call(ask("1"), forever);
    await until("the request arrives", () => server.served.length === 1);
    const pid = await hostPid();
    process.kill(pid, "SIGSTOP");
    await sleep(1500);
    process.kill(pid, "SIGCONT");
    expect(await waiting).toMatchObject({ kind: "answered", cost: COST });
    expect(server.served.length).toBe(1);
  });

  test("hosts that cannot start are given up, and the fault names their log", async () => {
    const real = process.execPath;
    process.execPath = "/bin/false";
    try {
      await using dispatch = await open();
      await expect(dispatch.call(ask("1"), forever)).rejects.toThrow(/cannot start; see .*call-hosts\.log/);
    } finally {
      process.execPath = real;
    }
    expect(await runSpend(store.db, "r1")).toMatchObject({ settled: 0, openCalls: 1 });
    await using dispatch = await open();
    expect(await dispatch.call(ask("1"), forever)).toMatchObject({ kind: "answered" });
  });

  test("a host with other keys or addresses takes no further call, and ends those it has", async () => {
    script = () => ({ text: "hello", delayMs: 800 });
    await using old = await open();
    const running = old.call(ask("1"), forever);
    await until("the request arrives", () => server.served.length === 1);
    const elsewhere = await openScriptedProvider({ script: () => ({ text: "from elsewhere" }) });
    await using next = await open({ providers: { anthropic: { apiKey: KEY, baseUrl: elsewhere.urls.anthropic } } });
    expect(await next.call(ask("2"), forever)).toMatchObject({ kind: "answered", answer: { text: "from elsewhere" } });
    expect(await running).toMatchObject({ kind: "answered", answer: { text: "hello" } });
    expect(server.served.length).toBe(1);
    await elsewhere.close();
  });

  test("a living host keeps its seat", async () => {
    const me = formatIdentity(processIdentity());
    const other = formatIdentity(processIdentity(process.ppid));
    const candidate = { hostKey: "r1", spawner: "", settings: "" };
    expect(await takeSeat(store, { ...candidate, identity: me })).toBe(true);
    expect(await takeSeat(store, { ...candidate, identity: other })).toBe(false);
  });

  test("it ends soon after the last worker that wants it", async () => {
    const dispatch = await open();
    await dispatch.call(ask("1"), forever);
    const pid = await hostPid();
    await dispatch[Symbol.asyncDispose]();
    await until("the host is gone", () => !alive(pid));
    expect(await store.db.selectFrom("hosts").select("host_key").execute()).toEqual([]);
  });

  test("an answer that arrives after its call was given up replaces the hold by a correction", async () => {
    const asked = ask("1");
    await openCall(store, asked, termsFor(asked));
    await takeSeat(store, { hostKey: "r1", identity: "host-1", spawner: "", settings: "" });
    const [row] = await launchIntents(store, "r1", "host-1");
    if (row === undefined || typeof row === "string") throw new Error("the intent was not launched");
    expect(await markUnknown(store, row, "worker")).toBe(true);
    const usage = {
      inputTokens: 100,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 10,
      reasoningTokens: 0,
      estimated: false,
    };
    const answer = { text: "late", toolCalls: [], finish: "stop" as const, usage, model: "m", responseId: "x" };
    expect(await finishCall(store, row, { answer, usage, cost: nanoUsd(COST) }, "host-1")).toBe(true);
    expect(await finishCall(store, row, { answer, usage, cost: nanoUsd(COST) }, "host-1")).toBe(false);
    expect(await runSpend(store.db, "r1")).toMatchObject({ used: COST });
    await using dispatch = await open();
    const replayed: CallOutcome = await dispatch.call(asked, forever);
    expect(replayed).toMatchObject({ kind: "answered", cost: COST, answer: { text: "late" } });
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });
});

test("a run that asks the same again and again is stopped, in words that say why; what it has got it may read", async () => {
  await using dispatch = await open({ limits: { ...DEFAULT_LIMITS, limits: [] } });
  const again = (attempt: number): CallAsk => {
    const asked = ask("1", {}, { maxOutputTokens: 8000 });
    return { ...asked, key: { ...asked.key, attempt } };
  };
  const ends: CallOutcome[] = [];
  for (let attempt = 1; attempt <= 12; attempt += 1) ends.push(await dispatch.call(again(attempt), forever));
  const stopped = ends.findIndex(({ kind }) => kind === "refused");
  expect(stopped).toBeGreaterThanOrEqual(9);
  expect(stopped).toBeLessThanOrEqual(10);
  expect(ends[stopped]).toMatchObject({ kind: "refused", limit: "runaway guard" });
  expect((ends[stopped] as { message: string }).message).toContain("allot limits resume s1");
  expect(server.seen.length).toBe(stopped);
  expect(await dispatch.call(again(1), forever)).toMatchObject({ kind: "answered", replayed: true });
});

test("the key of a provider reaches neither the database, nor a log, nor any process's arguments", async () => {
  script = (seen) =>
    seen.lastUserText === "task 2"
      ? { error: { status: 401, body: `{"error":{"message":"bad key ${KEY}"}}` } }
      : { text: "hello" };
  await using dispatch = await open();
  await dispatch.call(ask("1"), forever);
  expect(await dispatch.call(ask("2"), forever)).toMatchObject({ kind: "failed", code: "provider-auth" });
  expect(server.served.length).toBe(2);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map((file) => file.name)).toContain("call-hosts.log");
  for (const file of files) expect(readFileSync(join(file.parentPath, file.name), "latin1")).not.toContain(KEY);
  const pid = String(await hostPid());
  const lines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine);
  expect(commandLine(pid)).toContain("call-host-main");
  for (const line of lines) expect(line).not.toContain(KEY);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}
