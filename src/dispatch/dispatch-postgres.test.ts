import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endHosts } from "../../test/support/end-hosts.ts";
import { describeOnPostgres } from "../../test/support/postgres-suite.ts";
import type { ScriptedAnswer, SeenRequest } from "../../test/support/scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import { openPostgresPlace, type StorePlace } from "../../test/support/store-place.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { parseIdentity } from "../foundation/process-identity.ts";
import { nanoUsd } from "../foundation/units.ts";
import { runSpend, total } from "../ledger/totals.ts";
import { verifyLedger } from "../ledger/verify-ledger.ts";
import { priceOfCall, worstCase } from "../ledger/worst-case.ts";
import { openStore, type Store } from "../storage/storage.ts";
import type { CallAsk, Dispatch } from "./dispatch.ts";
import { type DispatchOptions, openDispatch } from "./open-dispatch.ts";

/*
 * The durable lane with a Postgres store and real call hosts: what `dispatch.test.ts` shows on SQLite, as far as the
 * database has a part in it.
 */
const KEY = "sk-ant-dummy-51c9a27be08d4f36";
const catalog = openCatalog({ asOf: Date.UTC(2026, 10, 21) });
const forever = new AbortController().signal;

/** 100 tokens in and 10 out at $3 and $15 a million. */
const COST = 450_000;

let place: StorePlace;
let store: Store;
let server: ScriptedProvider;
let script: (seen: SeenRequest) => ScriptedAnswer;

describeOnPostgres("calls", () => {
  beforeEach(async () => {
    place = await openPostgresPlace();
    store = await openStore({ ...place.settings, clock: systemClock });
    script = () => ({ text: "hello", usage: { inputTokens: 100, outputTokens: 10 } });
    server = await openScriptedProvider({ script: (seen) => script(seen) });
  });
  afterEach(async () => {
    await endHosts(store);
    await store[Symbol.asyncDispose]();
    await server.close();
    await place[Symbol.asyncDispose]();
  });

  const open = (options: Partial<DispatchOptions> = {}): Promise<Dispatch & AsyncDisposable> =>
    openDispatch({
      store,
      hostKey: "r1",
      catalog,
      providers: { anthropic: { apiKey: KEY, baseUrl: server.urls.anthropic } },
      ...options,
    });

  test("a call is answered, settled at its price, and replayed for nothing when it is asked again", async () => {
    await using dispatch = await open();
    expect(await dispatch.call(ask("1"), forever)).toMatchObject({ kind: "answered", cost: COST, replayed: false });
    expect(await dispatch.call(ask("1"), forever)).toMatchObject({ kind: "answered", cost: COST, replayed: true });
    expect(server.served.length).toBe(1);
    expect((await total(store.db)).cost).toBe(COST);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("many calls of one run go at the same time, and one key asked twice is one request", async () => {
    script = () => ({ text: "hello", delayMs: 300, usage: { inputTokens: 100, outputTokens: 10 } });
    await using dispatch = await open();
    const tasks = ["1", "1", ...Array.from({ length: 19 }, (_, index) => String(index + 2))];
    const outcomes = await Promise.all(tasks.map((task) => dispatch.call(ask(task), forever)));
    expect(outcomes.every(({ kind }) => kind === "answered")).toBe(true);
    expect(server.served.length).toBe(20);
    expect((await total(store.db)).cost).toBe(20 * COST);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("calls that run at the same time cannot pass a budget together", async () => {
    script = () => ({ text: "hello", delayMs: 500, usage: { inputTokens: 100, outputTokens: 10 } });
    const held = holdOf(ask("1"));
    await using dispatch = await open({ budget: nanoUsd(3 * held) });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => dispatch.call(ask(String(index)), forever)),
    );
    expect(outcomes.filter(({ kind }) => kind === "answered")).toHaveLength(3);
    expect(outcomes.filter(({ kind }) => kind === "refused")).toHaveLength(7);
    expect((await runSpend(store.db, "r1")).used).toBe(3 * COST);
  });

  test("the same key with another request is an error and is not sent", async () => {
    await using dispatch = await open();
    await dispatch.call(ask("1"), forever);
    const changed = dispatch.call(ask("1", "another text"), forever);
    await expect(changed).rejects.toSatisfy((error) => isAllotError(error, "call-key-reused"));
    expect(server.served.length).toBe(1);
  });

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

  test("whoever stops waiting leaves the call running, and finds its answer later", async () => {
    script = () => ({ text: "late", delayMs: 800, usage: { inputTokens: 100, outputTokens: 10 } });
    await using dispatch = await open();
    const leaving = new AbortController();
    const waiting = dispatch.call(ask("1"), leaving.signal);
    await until("the request arrives", () => server.served.length === 1);
    leaving.abort();
    await expect(waiting).rejects.toSatisfy((error) => isAllotError(error, "interrupted"));
    expect(await dispatch.call(ask("1"), forever)).toMatchObject({ kind: "answered", answer: { text: "late" } });
    expect(server.served.length).toBe(1);
  });

  test("neither the database's password nor a provider's key reaches a row, a file, or any process's arguments", async () => {
    await using dispatch = await open();
    await dispatch.call(ask("1"), forever);
    const password = "url" in place.settings ? new URL(place.settings.url).password : "";
    expect(password).toMatch(/^pw-/);
    const pid = String(await hostPid());
    expect(commandLine(pid)).toContain("call-host-main");
    const lines = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(commandLine);
    const files = readdirSync(place.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(["call-hosts.log"]);
    const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"));
    const tables = await store.db.introspection.getTables();
    for (const { name, schema } of tables.filter((table) => table.schema?.startsWith("place_"))) {
      const rows = await store.db
        .withSchema(schema ?? "")
        .selectFrom(name as "calls")
        .selectAll()
        .execute();
      texts.push(JSON.stringify(rows));
    }
    for (const text of [...lines, ...texts, store.place, JSON.stringify(await dispatch.call(ask("1"), forever))]) {
      for (const secret of [password, KEY]) expect(text).not.toContain(secret);
    }
  });
});

function ask(task: string, text = `task ${task}`): CallAsk {
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
      messages: [{ role: "user", content: text }],
      tools: [],
      toolChoice: "auto",
      maxOutputTokens: 1000,
    },
  };
}

const holdOf = (asked: CallAsk): number =>
  worstCase(asked.request, priceOfCall(catalog, asked.provider, asked.request.model).price).nanoUsd;

async function hostPid(): Promise<number> {
  const seat = await store.db
    .selectFrom("hosts")
    .select("identity")
    .where("host_key", "=", "r1")
    .executeTakeFirstOrThrow();
  return parseIdentity(seat.identity).pid;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (holds()) return;
    await sleep(25);
  }
  throw new Error(`never: ${what}`);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
