import { expect, test } from "vitest";
import { sampleEntry } from "../../../test/support/sample-entry.ts";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { systemClock } from "../../foundation/clock.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { book } from "../../ledger/ledger.ts";
import { repriceLedger } from "../../ledger/reprice-ledger.ts";
import { total } from "../../ledger/totals.ts";
import { verifyLedger } from "../../ledger/verify-ledger.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { DEFAULT_LIMITS } from "../../throttle/limits.ts";
import { statesInStore } from "../../throttle/store/states.ts";
import type { PricedUsage } from "../../transcripts/transcripts.ts";
import { importUsage } from "./import-usage.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60_000;
const catalog = openCatalog({ asOf: NOW });

function answer(id: string, changes: Partial<PricedUsage> = {}): PricedUsage {
  return {
    agent: "claude-code",
    id: `msg_${id}:req_${id}`,
    requestId: `req_${id}`,
    responseId: `msg_${id}`,
    session: "s1",
    parentSession: null,
    isSubagent: false,
    provider: "anthropic",
    plan: null,
    project: "/projects/shop",
    model: "claude-sonnet-4-5-20250929",
    at: NOW - 5 * MINUTE,
    inputTokens: 1000,
    cacheReadTokens: 200,
    cacheWrite5mTokens: 30,
    cacheWrite1hTokens: 4,
    outputTokens: 100,
    reasoningTokens: 10,
    file: "f",
    line: 1,
    cost: nanoUsd(0),
    covered: false,
    ...changes,
  };
}

/** A row of the gateway's with the same tokens as `answer`. */
function passed(call: string, changes: Partial<EntryFacts> = {}): EntryFacts {
  return sampleEntry(call, {
    session_id: "s1",
    input_tokens: 1000,
    cache_read_tokens: 200,
    cache_write_5m_tokens: 30,
    cache_write_1h_tokens: 4,
    output_tokens: 100,
    reasoning_tokens: 10,
    nano_usd: 5_000_000,
    request_id: null,
    response_id: null,
    scope_keys: '["global:","session:s1"]',
    at: NOW - 5 * MINUTE,
    ...changes,
  });
}

describeOnEachStore("importing what agents used", (openPlace) => {
  const inStore = (name: string, body: (store: Store) => Promise<void>): void => {
    test(name, async () => {
      await using place = await openPlace();
      await using store = await openStore({ ...place.settings, clock: systemClock });
      await body(store);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });
  };
  const taken = (store: Store, records: readonly PricedUsage[], now = NOW) =>
    importUsage({ store, catalog, writer: "importer", now }, records);

  inStore("an answer is imported once, however often its log is", async (store) => {
    const records = [answer("a"), answer("b", { outputTokens: 50 })];
    expect(await taken(store, records)).toMatchObject({ imported: 2, tokens: 2618, known: 0 });
    expect(await taken(store, records)).toMatchObject({ imported: 0, tokens: 0, cost: 0, known: 2 });
    const { calls, usage, cost } = await total(store.db);
    expect([calls, usage.inputTokens, usage.outputTokens]).toEqual([2, 2000, 150]);
    // $3, $0.30, $3.75, $6 and $15 a million.
    expect(cost).toBe(3_196_500 * 2 + 1_500_000 + 750_000);
  });

  inStore("two processes that import at the same time import each answer once", async (store) => {
    const records = Array.from({ length: 30 }, (_, index) => answer(`n${index}`));
    const both = await Promise.all([taken(store, records), taken(store, records.toReversed())]);
    expect(both[0].imported + both[1].imported).toBe(30);
    expect((await total(store.db)).calls).toBe(30);
  });

  inStore("limits count it when it was spent, for session, model, project and everybody", async (store) => {
    await taken(store, [answer("a"), answer("old", { at: NOW - 3 * 3_600_000 })]);
    const keys = ["global:", "session:s1"];
    const states = await statesInStore(store.db, DEFAULT_LIMITS, keys, NOW);
    const used = states.flatMap(({ limit, scopeKey, settled }) =>
      limit.measure === "tokens" ? [`${scopeKey} ${limit.window} ${settled}`] : [],
    );
    expect(used.toSorted()).toEqual([
      "global: day 2668",
      "global: hour 1334",
      "session:s1 day 2668",
      "session:s1 hour 1334",
    ]);
    const minutes = await store.db.selectFrom("use_minutes").select("scope_key").distinct().execute();
    expect(minutes.map(({ scope_key }) => scope_key).toSorted()).toEqual([
      "global:",
      "model:claude-sonnet-4-5-20250929",
      "project:shop",
      "provider:anthropic",
      "session:s1",
    ]);
  });

  inStore("what passed the gateway is not imported: known by the answer's name, or the request's", async (store) => {
    const rows = [
      passed("call-a", { response_id: "msg_a", session_id: "another", output_tokens: 99 }),
      passed("call-b", { request_id: "req_b", session_id: "another", output_tokens: 98 }),
      passed("req_c/1", { session_id: "another", output_tokens: 97 }),
    ];
    await store.transaction((trx) => book(trx, "gateway", rows), BOOKS);
    const records = [answer("a"), answer("b"), answer("c"), answer("d")];
    expect(await taken(store, records)).toMatchObject({ imported: 1, passed: 3 });
    expect(await taken(store, records)).toMatchObject({ imported: 0, passed: 0, known: 4 });
    expect((await total(store.db)).calls).toBe(4);
  });

  inStore("without names it is known by session or agent, tokens and time, one to one", async (store) => {
    const names = { requestId: null, responseId: null };
    const rows = [
      passed("one"),
      passed("gem", { session_id: "key-k1", agent: "gemini-cli", output_tokens: 7 }),
      passed("late", { at: NOW - 60 * MINUTE, output_tokens: 8 }),
      passed("stranger", { session_id: "s9", agent: "mine", output_tokens: 9 }),
    ];
    await store.transaction((trx) => book(trx, "gateway", rows), BOOKS);
    const records = [
      answer("a", { id: "a", agent: "codex", ...names }),
      answer("b", { id: "b", agent: "codex", ...names }),
      answer("g", { id: "g", agent: "gemini", session: "g1", outputTokens: 7, ...names }),
      answer("l", { id: "l", outputTokens: 8, ...names }),
      answer("s", { id: "s", outputTokens: 9, ...names }),
    ];
    expect(await taken(store, records)).toMatchObject({ imported: 3, passed: 2 });
    const logged = await store.db.selectFrom("logged_answers").select(["answer", "how", "call_key"]).execute();
    expect(logged.map(({ answer: name, how, call_key }) => `${name} ${how} ${call_key}`).toSorted()).toEqual([
      "claude-code/l imported import/claude-code/l",
      "claude-code/s imported import/claude-code/s",
      "codex/a passed one",
      "codex/b imported import/codex/b",
      "gemini/g passed gem",
    ]);
  });

  inStore(
    "a gateway's row stands for one answer, however often and in however many imports the logs come",
    async (store) => {
      const names = { agent: "codex" as const, requestId: null, responseId: null };
      const first = answer("a", { id: "t1:100", ...names });
      const second = answer("b", { id: "t2:100", session: "t2", at: NOW - 4 * MINUTE, ...names });
      const third = answer("c", { id: "t3:100", session: "t3", at: NOW - 3 * MINUTE, ...names });
      const row = (call: string) => passed(call, { agent: "codex" });
      const outputs = async () => (await total(store.db)).usage.outputTokens;
      await store.transaction((trx) => book(trx, "gateway", [row("g1")]), BOOKS);
      expect(await taken(store, [first, second])).toMatchObject({ imported: 1, passed: 1 });
      expect(await taken(store, [first, second])).toMatchObject({ corrected: 0, passed: 0, known: 2 });
      expect(await taken(store, [third])).toMatchObject({ imported: 1, passed: 0 });
      expect(await outputs()).toBe(300);
      await store.transaction((trx) => book(trx, "gateway", [row("g2")]), BOOKS);
      expect(await outputs()).toBe(400);
      expect(await taken(store, [first, second, third])).toMatchObject({ passed: 1, known: 2 });
      expect(await taken(store, [third, second, first])).toMatchObject({ passed: 0, known: 3 });
      expect(await outputs()).toBe(300);
    },
  );

  inStore(
    "two processes that find different answers in the same gateway's row take it for one of them",
    async (store) => {
      const names = { agent: "codex" as const, requestId: null, responseId: null };
      await store.transaction((trx) => book(trx, "gateway", [passed("g1", { agent: "codex" })]), BOOKS);
      const both = await Promise.all([
        taken(store, [answer("a", { id: "t1:100", ...names })]),
        taken(store, [answer("b", { id: "t2:100", ...names })]),
      ]);
      expect([both[0].passed + both[1].passed, both[0].imported + both[1].imported]).toEqual([1, 1]);
      expect((await total(store.db)).usage.outputTokens).toBe(200);
    },
  );

  inStore("another answer with the same tokens is no match where both have names", async (store) => {
    await store.transaction((trx) => book(trx, "gateway", [passed("x", { response_id: "msg_x" })]), BOOKS);
    expect(await taken(store, [answer("a")])).toMatchObject({ imported: 1, passed: 0 });
  });

  inStore("a gateway's row that comes after the import takes its place", async (store) => {
    await taken(store, [answer("a")]);
    await store.transaction((trx) => book(trx, "gateway", [passed("call", { response_id: "msg_a" })]), BOOKS);
    expect(await taken(store, [answer("a")])).toMatchObject({ imported: 0, passed: 1 });
    expect(await taken(store, [answer("a")])).toMatchObject({ known: 1, passed: 0 });
    const { usage, cost } = await total(store.db);
    expect([usage.inputTokens, usage.outputTokens, cost]).toEqual([1000, 100, 5_000_000]);
    const [hour] = await statesInStore(store.db, DEFAULT_LIMITS, ["session:s1"], NOW);
    expect(hour?.settled).toBe(1334);
  });

  inStore("an answer of which the log tells more later is corrected, twice if need be", async (store) => {
    const early = answer("a", { outputTokens: 1, reasoningTokens: 0 });
    await taken(store, [early]);
    expect(await taken(store, [answer("a", { outputTokens: 60 })])).toMatchObject({ corrected: 1, imported: 0 });
    expect(await taken(store, [answer("a")])).toMatchObject({ corrected: 1 });
    expect(await taken(store, [answer("a")])).toMatchObject({ corrected: 0, known: 1 });
    const { calls, usage, cost } = await total(store.db);
    expect([calls, usage.outputTokens, usage.reasoningTokens, cost]).toEqual([1, 100, 10, 4_696_500]);
  });

  inStore("an unknown price is booked at the dearest rates and flagged, a subscription at $0", async (store) => {
    const unknown = answer("u", { model: "model-of-next-year", cost: null });
    const covered = answer("c", { covered: true, plan: "max" });
    await taken(store, [unknown, covered]);
    const rows = await store.db.selectFrom("ledger").selectAll().orderBy("entry_key").execute();
    expect(
      rows.map(({ nano_usd, price_assumed, price_version }) => [nano_usd > 0, price_assumed, price_version]),
    ).toEqual([
      [false, 0, "covered"],
      [true, 1, "assume-max"],
    ]);
    for await (const { entry, now } of repriceLedger(store.db, catalog)) {
      if (entry.price_version === "covered") expect(now).toBe(0);
    }
  });

  inStore("work on the user's own login, which is booked as one, is not counted again", async (store) => {
    const work = {
      key: "run/1/1/work/1",
      agent: "codex",
      task_hash: "h",
      run_id: "run",
      session_id: "default",
      way: "own-login" as const,
      state: "over" as const,
      life: 1,
      host: null,
      process: null,
      agent_session: "s1",
      hold_key: "hold-1",
      wants_stop: 0 as const,
      usage: null,
      earlier_usage: null,
      outcome: null,
      opened_at: NOW - 10 * MINUTE,
      seen_at: NOW - 4 * MINUTE,
    };
    await store.db.insertInto("agent_works").values(work).execute();
    const after = answer("later", { at: NOW - MINUTE });
    expect(await taken(store, [answer("a"), after])).toMatchObject({ claimed: 1, imported: 1 });
    expect((await total(store.db)).calls).toBe(1);
  });

  inStore("what is too young waits, so that the gateway may book it first", async (store) => {
    const parts = { store, catalog, writer: "importer", now: NOW, restMs: 5000 };
    const young = answer("young", { at: NOW - 1000 });
    expect(await importUsage(parts, [young, answer("a")])).toMatchObject({ imported: 1, waiting: 1 });
    expect(await importUsage({ ...parts, now: NOW + 4000 }, [young])).toMatchObject({ imported: 1, waiting: 0 });
  });

  inStore("thousands of answers come in at once", async (store) => {
    const records = Array.from({ length: 900 }, (_, index) => answer(`n${index}`, { at: NOW - index * 1000 }));
    expect(await taken(store, records)).toMatchObject({ imported: 900, tokens: 900 * 1334 });
    expect(await taken(store, records)).toMatchObject({ imported: 0, known: 900 });
  });
});
