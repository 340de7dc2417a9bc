import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../foundation/clock.ts";
import { canonicalJson, sha256 } from "../foundation/ids.ts";
import { nanoUsd } from "../foundation/units.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import type { LedgerTable } from "../storage/schema.ts";
import { openStore, type Store } from "../storage/storage.ts";
import { entryHash } from "./chain.ts";
import type { TokenCounts } from "./cost.ts";
import { openHold } from "./holds.ts";
import { exportLedger } from "./export-ledger.ts";
import { book, correct, settle, settleUnknown, type SpentCall } from "./ledger.ts";
import { applyPrices, type Repriced, repriceLedger } from "./reprice-ledger.ts";
import { runSpend, total, totals } from "./totals.ts";
import { verifyLedger } from "./verify-ledger.ts";

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "allot-ledger-"));
  store = await openStore({ path: join(folder, "allot.db"), clock: systemClock });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const AT = Date.UTC(2026, 10, 21, 3, 4, 5);

const usage = (inputTokens: number, outputTokens: number): TokenCounts => ({
  inputTokens,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens,
  reasoningTokens: 0,
  estimated: false,
});

/** A launched call with a hold of 1,000 tokens and 500 nano-dollars. */
async function launched(key: string, changes: Partial<SpentCall> = {}): Promise<SpentCall> {
  const call: SpentCall = {
    key,
    runId: "r1",
    task: "1",
    phase: "execution",
    tier: "small",
    session: "s1",
    provider: "openai",
    model: "m",
    priceVersion: "list-1",
    priceAssumed: false,
    ...changes,
  };
  await store.transaction(async (trx) => {
    await trx
      .insertInto("calls")
      .values({
        key,
        run_id: call.runId,
        task: call.task,
        round: 0,
        purpose: "work",
        attempt: 1,
        state: "launched",
        request_hash: "h",
        request: "{}",
        provider: call.provider,
        model: call.model,
        session_id: call.session,
        priority: "normal",
        phase: call.phase,
        tier: call.tier,
        timeout_ms: 1,
        hold_tokens: 1000,
        hold_nano_usd: 500,
        price: "{}",
        price_version: call.priceVersion,
        price_assumed: 0,
        intent_at: AT,
      })
      .execute();
    await openHold(trx, {
      id: key,
      runId: call.runId,
      session: call.session,
      scopeKeys: ["global:", `run:${call.runId}`, `session:${call.session}`],
      countedKeys: [`model:${call.model}`],
      tokens: 1000,
      nanoUsd: nanoUsd(500),
      requests: 1,
      at: AT,
    });
  });
  return call;
}

/** Settles a call at 100 + 20 tokens for so many nano-dollars. */
async function settled(key: string, cost: number, changes: Partial<SpentCall> = {}, writer = "w1"): Promise<void> {
  const call = await launched(key, changes);
  await store.transaction(async (trx) => {
    await settle(trx, call, { usage: usage(100, 20), cost: nanoUsd(cost) }, { writer, at: AT });
    await trx.updateTable("calls").set({ state: "done" }).where("key", "=", key).execute();
  });
}

describe("settling", () => {
  test("a hold counts until the call is settled, and then its cost does", async () => {
    const call = await launched("a");
    expect(await runSpend(store.db, "r1")).toEqual({ settled: 0, held: 500, used: 500, openCalls: 1 });
    await store.transaction((trx) =>
      settle(trx, call, { usage: usage(100, 20), cost: nanoUsd(300) }, { writer: "w", at: AT }),
    );
    expect(await runSpend(store.db, "r1")).toEqual({ settled: 300, held: 0, used: 300, openCalls: 0 });
  });

  test("a second settlement of a call is refused and writes nothing", async () => {
    const call = await launched("a");
    const spent = { usage: usage(100, 20), cost: nanoUsd(300) };
    const once = (writer: string): Promise<boolean> =>
      store.transaction((trx) => settle(trx, call, spent, { writer, at: AT }));
    expect([await once("w1"), await once("w2")]).toEqual([true, false]);
    expect(await store.transaction((trx) => settleUnknown(trx, call, "", { writer: "w3", at: AT }))).toBe(false);
    expect((await total(store.db)).cost).toBe(300);
    expect(await store.db.selectFrom("ledger").select("entry_key").execute()).toEqual([{ entry_key: "settle:a" }]);
  });

  test("what a call costs beyond its hold is recorded all the same", async () => {
    await settled("a", 9999);
    expect((await runSpend(store.db, "r1")).settled).toBe(9999);
  });

  test("a call of which nothing is known counts at its hold, and a correction puts it right later", async () => {
    const call = await launched("a");
    await store.transaction((trx) => settleUnknown(trx, call, "host gone", { writer: "w", at: AT }));
    const unknown = await total(store.db);
    expect([unknown.cost, unknown.unknownCalls, unknown.estimatedCalls, unknown.usage.inputTokens]).toEqual([
      500, 1, 1, 1000,
    ]);
    const real = { usage: usage(100, 20), cost: nanoUsd(120), note: "late answer" };
    await store.transaction((trx) => correct(trx, call, real, { writer: "h", at: AT }));
    const known = await total(store.db);
    expect([known.cost, known.unknownCalls, known.estimatedCalls, known.usage.inputTokens]).toEqual([120, 0, 0, 100]);
    const entries = await store.db
      .selectFrom("ledger")
      .select(["kind", "nano_usd"])
      .orderBy("writer", "desc")
      .execute();
    expect(entries).toEqual([
      { kind: "unknown", nano_usd: 500 },
      { kind: "correction", nano_usd: -380 },
    ]);
  });

  test("a correction that changes nothing writes nothing", async () => {
    const call = await launched("a");
    const spent = { usage: usage(100, 20), cost: nanoUsd(300) };
    await store.transaction((trx) => settle(trx, call, spent, { writer: "w", at: AT }));
    await store.transaction((trx) => correct(trx, call, { ...spent, note: "" }, { writer: "w", at: AT }));
    expect(await store.db.selectFrom("ledger").select("kind").execute()).toEqual([{ kind: "settlement" }]);
  });

  test("each entry has its row in usage_history, in dollars and UTC", async () => {
    await settled("a", 1_500_000_000);
    const rows = await store.db
      .selectFrom("usage_history")
      .select(["timestamp", "session_id", "tokens_used", "cost"])
      .execute();
    expect(rows).toEqual([{ timestamp: "2026-11-21 03:04:05", session_id: "s1", tokens_used: 120, cost: 1.5 }]);
  });
});

describe("totals", () => {
  test("spend is summed by phase, tier, task, session and run, dearest first", async () => {
    await settled("a", 10, { phase: "planning", tier: "big", task: "plan" });
    await settled("b", 20, { task: "1" });
    await settled("c", 30, { task: "2", session: "s2", runId: "r2" });
    const by = async (group: Parameters<typeof totals>[1]): Promise<unknown> =>
      (await totals(store.db, group)).map((sum) => [sum.group, sum.calls, sum.cost]);
    expect(await by("phase")).toEqual([
      ["execution", 2, 50],
      ["planning", 1, 10],
    ]);
    expect(await by("tier")).toEqual([
      ["small", 2, 50],
      ["big", 1, 10],
    ]);
    expect(await by("task")).toEqual([
      ["2", 1, 30],
      ["1", 1, 20],
      ["plan", 1, 10],
    ]);
    expect(await by("session")).toEqual([
      ["s1", 2, 30],
      ["s2", 1, 30],
    ]);
    expect(await by("run")).toEqual([
      ["r1", 2, 30],
      ["r2", 1, 30],
    ]);
  });

  test("a selection narrows them by run, session and time", async () => {
    await settled("a", 10);
    await settled("b", 20, { session: "s2", runId: "r2" });
    expect((await total(store.db, { runId: "r2" })).cost).toBe(20);
    expect((await total(store.db, { session: "s1" })).cost).toBe(10);
    expect((await total(store.db, { since: AT })).cost).toBe(30);
    expect((await total(store.db, { until: AT })).calls).toBe(0);
  });

  test("assumed prices and the price lists used are told", async () => {
    await settled("a", 10);
    await settled("b", 20, { priceVersion: "assume-max", priceAssumed: true });
    const sum = await total(store.db);
    expect([sum.assumedPriceCalls, sum.priceVersions]).toEqual([1, ["assume-max", "list-1"]]);
  });
});

describe("proof of the books", () => {
  const faults = async (): Promise<unknown> =>
    (await verifyLedger(store.db)).faults.map((fault) => [fault.code, fault.where]);

  beforeEach(async () => {
    for (const key of ["a", "b", "c"]) await settled(key, 10);
    await settled("d", 10, {}, "w2");
  });

  test("books that were only added to are sound", async () => {
    expect(await verifyLedger(store.db)).toEqual({ entries: 4, writers: 2, faults: [] });
  });

  test("a changed amount is found", async () => {
    await sql`update ledger set note = 'nothing to see' where entry_key = 'settle:b'`.execute(store.db);
    expect(await faults()).toEqual([["hash-differs", "w1 2"]]);
    await sql`update ledger set nano_usd = 0 where entry_key = 'settle:c'`.execute(store.db);
    expect(await faults()).toContainEqual(["hash-differs", "w1 3"]);
    expect(await faults()).toContainEqual(["minute-differs", `session:s1 ${Math.floor(AT / 60_000)}`]);
  });

  test("a row taken out of the middle is found", async () => {
    await sql`delete from ledger where entry_key = 'settle:b'`.execute(store.db);
    expect((await faults()) as unknown[]).toEqual(
      expect.arrayContaining([
        ["link-broken", "w1 3"],
        ["call-without-entry", "b"],
      ]),
    );
  });

  test("a row cut off the end is found", async () => {
    await sql`delete from ledger where entry_key = 'settle:c'`.execute(store.db);
    expect(await faults()).toContainEqual(["end-missing", "w1 2"]);
  });

  test("a whole chain that is gone is found", async () => {
    await sql`delete from ledger where writer = 'w2'`.execute(store.db);
    expect(await faults()).toContainEqual(["end-missing", "w2 0"]);
  });

  test("a finished call that is still held is found", async () => {
    await sql`update holds set closed_at = null where call_key = 'a'`.execute(store.db);
    expect(await faults()).toContainEqual(["hold-left-open", "a"]);
  });

  test("a minute, a window and a hold that are not what the entries say are found", async () => {
    const minute = Math.floor(AT / 60_000);
    await sql`update use_minutes set tokens = tokens - 1 where scope_key = 'model:m'`.execute(store.db);
    await sql`insert into use_windows values ('global:', 'hour', ${minute}, 480, 41, 4)`.execute(store.db);
    const hold = { hold_id: "a", scope_key: "global:", tokens: 1, nano_usd: 1, requests: 1 };
    await store.db.insertInto("hold_scopes").values(hold).execute();
    expect(await faults()).toEqual([
      ["minute-differs", `model:m ${minute}`],
      ["window-differs", "global: hour"],
      ["hold-scopes-differ", "a global:"],
    ]);
  });

  test("entries from before there was a throttle keep their hash", () => {
    const old = {
      writer: "w1",
      sequence: 1,
      entry_key: "settle:a",
      kind: "settlement" as const,
      call_key: null,
      run_id: "r1",
      task: "1",
      phase: "execution",
      tier: "small",
      session_id: "s1",
      provider: "openai",
      model: "m",
      input_tokens: 100,
      cache_read_tokens: 0,
      cache_write_5m_tokens: 0,
      cache_write_1h_tokens: 0,
      output_tokens: 20,
      reasoning_tokens: 0,
      nano_usd: 300,
      price_version: "list-1",
      price_assumed: 0 as const,
      usage_estimated: 0 as const,
      note: 'a "note"',
      at: AT,
      prev_hash: "0".repeat(64),
    };
    const later = { hold_tokens: null, hold_nano_usd: null, agent: null, task_type: null, project: null };
    const last = { api_key: null, requested_model: null, service: null, scope_keys: null };
    expect(entryHash({ ...old, ...later, ...last })).toBe(sha256(canonicalJson(old)));
    expect(entryHash({ ...old, ...later, ...last, agent: "codex" })).toBe(
      sha256(canonicalJson({ ...old, agent: "codex" })),
    );
    const names = { requested_model: "m2", request_id: "req_1", response_id: "msg_1" };
    expect(entryHash({ ...old, ...later, ...last, ...names })).toBe(sha256(canonicalJson({ ...old, ...names })));
  });
});

describe("an export", () => {
  const lines = async (format: "jsonl" | "csv", selection = {}): Promise<string[]> => {
    const found: string[] = [];
    for await (const line of exportLedger(store.db, format, selection)) found.push(line);
    return found;
  };

  test("as JSON has every entry with all that its hash is made of, oldest first", async () => {
    for (const key of ["a", "b"]) await settled(key, 10);
    await settled("c", 30, { session: "s2" });
    const entries = (await lines("jsonl")).map((line) => JSON.parse(line) as LedgerTable);
    expect(entries.map(({ entry_key, nano_usd }) => [entry_key, nano_usd])).toEqual([
      ["settle:a", 10],
      ["settle:b", 10],
      ["settle:c", 30],
    ]);
    for (const { hash, ...facts } of entries) expect(entryHash(facts)).toBe(hash);
    expect((await lines("jsonl", { session: "s2" })).length).toBe(1);
  });

  test("as CSV quotes what needs it", async () => {
    const call = await launched("a", { model: 'odd, "model"' });
    await store.transaction((trx) =>
      settle(trx, call, { usage: usage(1, 2), cost: nanoUsd(3), note: "two\nlines" }, { writer: "w", at: AT }),
    );
    const [names, line] = await lines("csv");
    expect(names?.startsWith("writer,sequence,entry_key,kind,")).toBe(true);
    expect(line).toContain(',"odd, ""model""",1,0,0,0,2,0,3,list-1,0,0,"two\nlines",1000,500,');
  });

  test("goes over many pages without losing or repeating an entry", async () => {
    const call = await launched("a");
    await store.transaction((trx) =>
      settle(trx, call, { usage: usage(1, 1), cost: nanoUsd(1) }, { writer: "w", at: AT }),
    );
    const first = await store.db.selectFrom("ledger").selectAll().executeTakeFirstOrThrow();
    const { writer: _w, sequence: _s, prev_hash: _p, hash: _h, ...facts } = first;
    await store.transaction((trx) =>
      book(
        trx,
        "w2",
        Array.from({ length: 2500 }, (_, index) => ({ ...facts, entry_key: `settle:n${index}` })),
      ),
    );
    const keys = (await lines("jsonl")).map((line) => (JSON.parse(line) as LedgerTable).entry_key);
    expect([keys.length, new Set(keys).size]).toEqual([2501, 2501]);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });
});

describe("another price list", () => {
  const catalog = openCatalog({ asOf: AT });
  const sonnet = { provider: "anthropic", model: "claude-sonnet-4-5-20250929" };
  const all = async (): Promise<Repriced[]> => {
    const found: Repriced[] = [];
    for await (const each of repriceLedger(store.db, catalog)) found.push(each);
    return found;
  };

  test("says what each call would cost, and writes nothing until it is applied", async () => {
    await settled("a", 1, sonnet);
    await settled("b", 660_000, sonnet);
    await settled("c", 5, { model: "nobody's", provider: "nobody" });
    expect((await all()).map(({ entry, was, now }) => [entry.entry_key, was, now])).toEqual([
      ["settle:a", 1, 600_000],
      ["settle:b", 660_000, 600_000],
      ["settle:c", 5, 5],
    ]);
    expect((await total(store.db)).cost).toBe(660_006);
    const apply = async (): Promise<number> => {
      const repriced = await all();
      return store.transaction((trx) => applyPrices(trx, repriced, { writer: "w", at: AT }));
    };
    expect([await apply(), await apply()]).toEqual([2, 0]);
    expect((await total(store.db)).cost).toBe(1_200_005);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("leaves a call of which only the hold is known as it is, until its usage is", async () => {
    const call = await launched("a", sonnet);
    await store.transaction((trx) => settleUnknown(trx, call, "host gone", { writer: "w", at: AT }));
    expect((await all()).map(({ now }) => now)).toEqual([500]);
    const real = { usage: usage(100, 20), cost: nanoUsd(120), note: "late answer" };
    await store.transaction((trx) => correct(trx, call, real, { writer: "h", at: AT }));
    expect((await all()).map(({ was, now }) => [was, now])).toEqual([[120, 600_000]]);
  });
});
