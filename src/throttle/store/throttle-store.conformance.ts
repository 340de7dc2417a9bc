import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenPlace, StorePlace } from "../../../test/support/store-place.ts";
import { closeHold } from "../../ledger/holds.ts";
import { book, correct, settle, type SpentCall } from "../../ledger/ledger.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { foldOldMinutes } from "../../ledger/use-minutes.ts";
import { verifyLedger } from "../../ledger/verify-ledger.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { DEFAULT_THRESHOLDS, levelOf } from "../levels.ts";
import type { Admission, Limit, LimitSet, Priority } from "../throttle.ts";
import { holdInStore, type StoreAsk } from "./admission.ts";
import { budgetRoom, closeBudget, openBudget, scopesUnder, sweepReservations } from "./budgets.ts";
import { grantLease, leasesOf, recallLeases, returnLease } from "./leases.ts";
import { statesInStore } from "./states.ts";

const AT = Date.UTC(2026, 10, 21, 12, 0, 30);
const MINUTE = 60_000;

const setOf = (...limits: Limit[]): LimitSet => ({ limits, thresholds: DEFAULT_THRESHOLDS, timeZone: "UTC" });
const tokensAnHour = (amount: number, scope: Limit["scope"] = "global"): Limit => ({
  scope,
  of: "*",
  window: "hour",
  measure: "tokens",
  amount,
});
const usd = (amount: number): Limit => ({ scope: "global", of: "*", window: "day", measure: "nanoUsd", amount });

function ask(id: string, tokens: number, changes: Partial<StoreAsk> = {}): StoreAsk {
  return {
    id,
    scopeKeys: ["global:", "session:s1"],
    priority: "high",
    worst: { tokens, nanoUsd: tokens * 10, requests: 1 },
    session: "s1",
    runId: "r1",
    ...changes,
  };
}

function callOf(key: string, session = "s1"): SpentCall {
  return {
    key,
    runId: "r1",
    task: "1",
    phase: "execution",
    tier: "small",
    session,
    provider: "openai",
    model: "m",
    priceVersion: "list-1",
    priceAssumed: false,
  };
}

const usageOf = (tokens: number) => ({
  inputTokens: tokens,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
});

/** The throttle's side in a database, whatever database that is. */
export function throttleStoreConformance(openPlace: OpenPlace): void {
  let place: StorePlace;
  let store: Store;
  let now: number;
  beforeEach(async () => {
    place = await openPlace();
    now = AT;
    store = await openStore({ ...place.settings, clock: { now: () => now, sleep: () => Promise.resolve() } });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const hold = (set: LimitSet, asked: StoreAsk): Promise<Admission> =>
    store.transaction((trx) => holdInStore(trx, set, asked, now), BOOKS);
  const spend = (id: string, tokens: number): Promise<boolean> =>
    store.transaction(
      (trx) =>
        settle(trx, callOf(id), { usage: usageOf(tokens), cost: nanoUsd(tokens * 10) }, { writer: "w", at: now }),
      BOOKS,
    );
  const figures = async (set: LimitSet, keys = ["global:"]): Promise<number[][]> =>
    (await statesInStore(store.db, set, keys, now)).map(({ settled, held }) => [settled, held]);
  const events = async (): Promise<string[][]> =>
    (
      await store.db.selectFrom("throttle_events").select(["action", "limit_name", "level"]).orderBy("at").execute()
    ).map(({ action, limit_name, level }) => [action, limit_name, level]);

  describe("a hold", () => {
    test("takes room under every limit until it is settled, and then its real cost does", async () => {
      const set = setOf(tokensAnHour(1000), tokensAnHour(800, "session"), usd(20_000));
      expect((await hold(set, ask("a", 300))).kind).toBe("admitted");
      expect(await figures(set, ["global:", "session:s1"])).toEqual([
        [0, 300],
        [0, 3000],
        [0, 300],
      ]);
      expect(await spend("a", 120)).toBe(true);
      expect(await spend("a", 120)).toBe(false);
      expect(await figures(set, ["global:", "session:s1"])).toEqual([
        [120, 0],
        [1200, 0],
        [120, 0],
      ]);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });

    test("that fills a limit exactly is taken, and one token more is refused and moves no figure", async () => {
      const set = setOf(tokensAnHour(1000));
      expect((await hold(set, ask("a", 600))).kind).toBe("admitted");
      expect(await hold(set, ask("b", 401))).toMatchObject({ kind: "refused", why: "room", shortBy: 1 });
      expect(await figures(set)).toEqual([[0, 600]]);
      expect((await hold(set, ask("c", 400))).kind).toBe("admitted");
      expect(await figures(set)).toEqual([[0, 1000]]);
    });

    test("is refused by the one limit of several that has no room", async () => {
      const set = setOf(tokensAnHour(1000), tokensAnHour(100, "session"));
      expect(await hold(set, ask("a", 101))).toMatchObject({ kind: "refused", limit: { scopeKey: "session:s1" } });
      expect(await figures(set, ["global:", "session:s1"])).toEqual([
        [0, 0],
        [0, 0],
      ]);
    });

    test("learns when there is room again: when enough minutes have left the window", async () => {
      const set = setOf(tokensAnHour(1000));
      for (const [id, tokens] of [
        ["a", 300],
        ["b", 600],
      ] as const) {
        await hold(set, ask(id, tokens));
        await spend(id, tokens);
        now += 10 * MINUTE;
      }
      const refused = await hold(set, ask("c", 400));
      const minuteA = Math.floor(AT / MINUTE) * MINUTE;
      expect(refused).toMatchObject({ kind: "refused", freeAt: minuteA + 61 * MINUTE });
      now = minuteA + 61 * MINUTE;
      expect((await hold(set, ask("c", 400))).kind).toBe("admitted");
    });

    test("of low priority is queued at SOFT, of normal blocked at HARD, and critical leaves debt", async () => {
      const set = setOf(tokensAnHour(1000));
      await hold(set, ask("a", 800));
      const at = async (id: string, priority: Priority, tokens = 10): Promise<string> =>
        (await hold(set, ask(id, tokens, { priority }))).kind;
      expect([await at("b", "low"), await at("c", "normal", 100), await at("d", "normal")]).toEqual([
        "queued",
        "admitted",
        "refused",
      ]);
      expect(await at("e", "critical", 500)).toBe("admitted");
      expect(await figures(set)).toEqual([[0, 1400]]);
    });

    test("is warned of once for each level, and held up once for each call", async () => {
      const set = setOf(tokensAnHour(1000));
      await hold(set, ask("a", 700));
      for (const id of ["b", "c", "d"]) await hold(set, ask(id, 1));
      for (let again = 0; again < 3; again += 1) await hold(set, ask("e", 900));
      expect(await events()).toEqual([
        ["warned", "global tokens/hour", "WARNING"],
        ["blocked", "global tokens/hour", "WARNING"],
      ]);
    });

    test("that ends without any spending gives its room back", async () => {
      const set = setOf(tokensAnHour(1000));
      await hold(set, ask("a", 700));
      await store.transaction((trx) => closeHold(trx, "a", "released", now), BOOKS);
      expect(await figures(set)).toEqual([[0, 0]]);
    });
  });

  describe("a window", () => {
    test("loses a minute when all of it has left, rolled forward a step or looked at anew", async () => {
      const set = setOf(tokensAnHour(1000), { ...tokensAnHour(5000), window: "day" });
      for (let minute = 0; minute < 70; minute += 1) {
        await hold(set, ask(`a${minute}`, 5));
        await spend(`a${minute}`, 5);
        now += MINUTE;
      }
      const fresh = await statesInStore(store.db, set, ["global:"], now);
      expect(fresh.map(({ settled }) => settled)).toEqual([300, 350]);
      await store.db.deleteFrom("use_windows").execute();
      expect(await statesInStore(store.db, set, ["global:"], now)).toEqual(fresh);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });

    test("gives nobody room for a correction of what has left it", async () => {
      const set = setOf(tokensAnHour(1000));
      await hold(set, ask("a", 900));
      await spend("a", 900);
      now += 30 * MINUTE;
      const put = { usage: usageOf(100), cost: nanoUsd(1000), note: "late bill" };
      await store.transaction((trx) => correct(trx, callOf("a"), put, { writer: "w", at: now }), BOOKS);
      expect(await figures(set)).toEqual([[100, 0]]);
      now += 31 * MINUTE;
      expect(await figures(set)).toEqual([[0, 0]]);
      expect((await hold(set, ask("b", 1000))).kind).toBe("admitted");
      now += 70 * 86_400_000;
      const again = { usage: usageOf(50), cost: nanoUsd(500), note: "later still" };
      await store.transaction((trx) => foldOldMinutes(trx, now), BOOKS);
      await store.transaction((trx) => correct(trx, callOf("a"), again, { writer: "w", at: now }), BOOKS);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });

    test("is right after minutes too old for any of them were folded together", async () => {
      const set = setOf(tokensAnHour(1000), { ...tokensAnHour(9000), window: "ever" });
      await hold(set, ask("a", 50));
      await spend("a", 50);
      now += 70 * 86_400_000;
      expect(await store.transaction((trx) => foldOldMinutes(trx, now), BOOKS)).toBe(2);
      await hold(set, ask("b", 7));
      await spend("b", 7);
      expect((await figures(set)).map(([settled]) => settled)).toEqual([7, 57]);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });
  });

  describe("a lease", () => {
    const set = setOf(tokensAnHour(10_000), tokensAnHour(6000, "session"));
    const block = { cap: { tokens: 50_000, nanoUsd: 50_000, requests: 50_000 }, divisor: 4 };
    const lease = (holder: string, asked: StoreAsk, limits = set) =>
      store.transaction((trx) => grantLease(trx, limits, { holder, ask: asked, block }, now), BOOKS);

    test("grows by what the ask needs and a part of the room to the next level, and counts as held", async () => {
      const grant = await lease("p1", ask("a", 200));
      expect(grant.admission.kind).toBe("admitted");
      expect(grant.leased).toEqual([
        { scopeKey: "global:", tokens: 200 + 1699, nanoUsd: 0, requests: 0 },
        { scopeKey: "session:s1", tokens: 200 + 999, nanoUsd: 0, requests: 0 },
      ]);
      expect(await figures(set, ["global:", "session:s1"])).toEqual([
        [0, 1899],
        [0, 1199],
      ]);
    });

    test("never carries a limit into its next level by its block", async () => {
      for (let turn = 0; turn < 60; turn += 1) {
        const { states, leased } = await lease(`p${turn % 3}`, ask(`a${turn}`, 90));
        for (const { scopeKey, limit, settled, held } of states) {
          const grown = leased.find((room) => room.scopeKey === scopeKey)?.tokens ?? 0;
          const level = (more: number): string => levelOf(settled + held + more, limit.amount, DEFAULT_THRESHOLDS);
          expect([turn, scopeKey, level(grown)]).toEqual([turn, scopeKey, level(grown === 0 ? 0 : 90)]);
          expect(settled + held + grown).toBeLessThanOrEqual(limit.amount);
        }
      }
    });

    test("is returned in part, in whole, and is asked back from everybody else", async () => {
      await lease("p1", ask("a", 200));
      await lease("p2", ask("b", 200));
      await store.transaction(async (trx) => {
        await returnLease(trx, "p1", [{ scopeKey: "global:", tokens: 1000, nanoUsd: 5, requests: 0 }]);
        expect(await recallLeases(trx, ["global:"], "p2")).toBe(1);
      }, BOOKS);
      const held = await leasesOf(store.db, "p1");
      const recalled = held.find(({ scopeKey }) => scopeKey === "global:");
      expect(recalled).toMatchObject({ tokens: 899 });
      expect(recalled?.recall).toBeGreaterThan(0);
      await store.transaction((trx) => returnLease(trx, "p1"), BOOKS);
      expect(await leasesOf(store.db, "p1")).toEqual([]);
      expect((await leasesOf(store.db, "p2")).length).toBe(2);
    });

    test("a refused ask grows none", async () => {
      const grant = await lease("p1", ask("a", 6001));
      expect([grant.admission.kind, grant.leased]).toEqual(["refused", []]);
      expect(await leasesOf(store.db, "p1")).toEqual([]);
    });
  });

  describe("a budget", () => {
    const set = setOf(tokensAnHour(10_000), usd(100_000));
    const caps = (tokens: number | null, nano: number | null) => ({ tokens, nanoUsd: nano, requests: null });
    const open = (id: string, parent: string | null, tokens: number, reserved: boolean) =>
      store.transaction(
        (trx) =>
          openBudget(
            trx,
            set,
            {
              id,
              name: id,
              parent,
              session: "s1",
              caps: caps(tokens, tokens * 10),
              ...(reserved ? { reserve: { scopeKeys: ["global:"] } } : {}),
            },
            now,
          ),
        BOOKS,
      );
    const under = async (budget: string, id: string, tokens: number): Promise<Admission> => {
      const scopes = await scopesUnder(store.db, set, ["global:", "session:s1"], budget);
      return hold(set, ask(id, tokens, scopes));
    };

    test("bounds all that is spent under it and under its children, and is used to the last token", async () => {
      await open("b", null, 1000, false);
      await open("b/1", "b", 5000, false);
      expect((await under("b/1", "x", 700)).kind).toBe("admitted");
      expect((await under("b", "y", 300)).kind).toBe("admitted");
      expect(await under("b/1", "z", 1)).toMatchObject({ kind: "refused", limit: { scopeKey: "budget:b" } });
      await spend("x", 400);
      expect((await under("b/1", "z", 300)).kind).toBe("admitted");
    });

    test("that is reserved holds its room in the limits above, where what is spent replaces it, and hands back the rest", async () => {
      expect((await open("b", null, 6000, true)).kind).toBe("admitted");
      expect(await figures(set)).toEqual([
        [0, 6000],
        [0, 60_000],
      ]);
      expect(await hold(set, ask("other", 4001))).toMatchObject({ kind: "refused", shortBy: 10 });
      expect((await under("b", "x", 6000)).kind).toBe("admitted");
      expect(await figures(set)).toEqual([
        [0, 6000],
        [0, 60_000],
      ]);
      await spend("x", 2500);
      expect(await figures(set)).toEqual([
        [2500, 3500],
        [25_000, 35_000],
      ]);
      await store.transaction((trx) => closeBudget(trx, "b", now), BOOKS);
      expect(await figures(set)).toEqual([
        [2500, 0],
        [25_000, 0],
      ]);
      expect((await under("b", "late", 1)).kind).toBe("refused");
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });

    test("reserved inside a reserved one takes its room from that alone", async () => {
      await open("b", null, 6000, true);
      await open("b/1", "b", 4000, true);
      expect(await open("b/2", "b", 2001, true)).toMatchObject({ kind: "refused", limit: { scopeKey: "budget:b" } });
      await under("b/1", "x", 4000);
      await spend("x", 3000);
      expect(await figures(set)).toEqual([
        [3000, 3000],
        [30_000, 30_000],
      ]);
      expect(await budgetRoom(store.db, "b")).toEqual({ tokens: 2000, nanoUsd: 20_000, requests: null });
      await store.transaction((trx) => closeBudget(trx, "b/1", now), BOOKS);
      expect(await budgetRoom(store.db, "b")).toEqual({ tokens: 3000, nanoUsd: 30_000, requests: null });
    });

    test("closed under a running call leaves that call's room held", async () => {
      await open("b", null, 6000, true);
      await under("b", "x", 1500);
      await store.transaction((trx) => closeBudget(trx, "b", now), BOOKS);
      expect((await figures(set))[0]).toEqual([0, 1500]);
      await spend("x", 100);
      expect((await figures(set))[0]).toEqual([100, 0]);
    });

    test("closed while a process has leased of it keeps that much until it comes back", async () => {
      await open("b", null, 6000, true);
      const scopes = await scopesUnder(store.db, set, ["global:", "session:s1"], "b");
      const block = { cap: { tokens: 0, nanoUsd: 0, requests: 0 }, divisor: 1 };
      const wanted = { holder: "p1", ask: ask("x", 700, scopes), block };
      const { leased } = await store.transaction((trx) => grantLease(trx, set, wanted, now), BOOKS);
      expect(leased).toEqual([{ scopeKey: "budget:b", tokens: 700, nanoUsd: 7000, requests: 0 }]);
      await store.transaction((trx) => closeBudget(trx, "b", now), BOOKS);
      expect((await figures(set))[0]).toEqual([0, 700]);
      expect((await leasesOf(store.db, "p1")).map(({ recall }) => recall > 0)).toEqual([true]);
      await store.transaction(async (trx) => {
        await returnLease(trx, "p1");
        await sweepReservations(trx, now);
      }, BOOKS);
      expect((await figures(set))[0]).toEqual([0, 0]);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });

    test("a tree of random budgets with random calls never passes any of its caps", async () => {
      const random = randomOf(7);
      const budgets = ["root"];
      await open("root", null, 5000, true);
      for (let index = 0; index < 8; index += 1) {
        const parent = budgets[Math.floor(random() * budgets.length)] ?? "root";
        const opened = await open(`n${index}`, parent, 1 + Math.floor(random() * 3000), random() < 0.5);
        if (opened.kind === "admitted") budgets.push(`n${index}`);
      }
      const running = new Map<string, number>();
      for (let call = 0; call < 120; call += 1) {
        const budget = budgets[Math.floor(random() * budgets.length)] ?? "root";
        const tokens = 1 + Math.floor(random() * 400);
        if ((await under(budget, `c${call}`, tokens)).kind === "admitted") running.set(`c${call}`, tokens);
        const [id, held] = [...running][Math.floor(random() * running.size)] ?? [];
        if (id !== undefined && random() < 0.6) {
          await spend(id, Math.floor(random() * (held ?? 0)));
          running.delete(id);
        }
        for (const each of budgets) {
          const room = await budgetRoom(store.db, each);
          expect([each, (room?.tokens ?? -1) >= 0]).toEqual([each, true]);
        }
        const [global] = await figures(set);
        expect((global?.[0] ?? 0) + (global?.[1] ?? 0)).toBe(5000);
      }
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });
  });

  test("children of a reserved budget never pass it, nor what they reserved of it, when half of them are killed", async () => {
    const set = setOf(tokensAnHour(20_000), usd(200_000));
    const caps = { tokens: 6000, nanoUsd: 60_000, requests: null };
    const root = { id: "root", name: "a batch", parent: null, session: "s", caps, reserve: { scopeKeys: ["global:"] } };
    expect((await store.transaction((trx) => openBudget(trx, set, root, AT), BOOKS)).kind).toBe("admitted");
    const program = `
      ${importsOf({ "../../storage/storage.ts": "openStore", "../../storage/exclusive.ts": "BOOKS", "../../ledger/ledger.ts": "settle", "admission.ts": "holdInStore", "budgets.ts": "openBudget, scopesUnder" })}
      const clock = { now: () => ${AT}, sleep: (ms) => new Promise((go) => setTimeout(go, ms)) };
      const store = await openStore({ ...${JSON.stringify(place.settings)}, clock });
      const set = ${JSON.stringify(set)};
      const own = "child" + process.pid;
      const budget = { id: own, name: own, parent: "root", session: "s", caps: { tokens: 1500, nanoUsd: 15000, requests: null },
        reserve: { scopeKeys: ["global:"] } };
      await store.transaction((trx) => openBudget(trx, set, budget, ${AT}), BOOKS);
      process.stdout.write("ready");
      for (let n = 0; ; n += 1) {
        const id = own + "/" + n;
        const tokens = 10 + (n * 37) % 200;
        const admission = await store.transaction(async (trx) => holdInStore(trx, set, { id, priority: "high", session: "s",
          runId: own, worst: { tokens, nanoUsd: tokens * 10, requests: 1 },
          ...(await scopesUnder(trx, set, ["global:", "session:s"], own)) }, ${AT}), BOOKS);
        if (admission.kind !== "admitted") break;
        const call = { key: id, runId: own, task: "", phase: "", tier: "", session: "s", provider: "p", model: "m",
          priceVersion: "v", priceAssumed: false };
        const used = 1 + (n * 53) % tokens;
        const usage = { inputTokens: used, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0,
          outputTokens: 0, reasoningTokens: 0, estimated: false };
        await store.transaction((trx) => settle(trx, call, { usage, cost: used * 10 }, { writer: own, at: ${AT} }), BOOKS);
      }
      await store[Symbol.asyncDispose]();`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    const ends = children.map((child) => once(child, "close"));
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    for (const child of children.slice(0, 2)) child.kill("SIGKILL");
    await Promise.all(ends);
    for (const { id } of await store.db.selectFrom("budgets").select("id").execute()) {
      expect([id, ((await budgetRoom(store.db, id))?.tokens ?? -1) >= 0]).toEqual([id, true]);
    }
    const [before] = await figures(set);
    expect((before?.[0] ?? 0) + (before?.[1] ?? 0)).toBe(6000);
    await store.transaction((trx) => closeBudget(trx, "root", AT), BOOKS);
    const open = await store.db.selectFrom("holds").select("tokens").where("closed_at", "is", null).execute();
    expect((await figures(set))[0]).toEqual([before?.[0], open.reduce((sum, { tokens }) => sum + tokens, 0)]);
    expect(open.length).toBeLessThanOrEqual(2);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });

  test("entries booked in bulk are in the minutes, the windows and the chain", async () => {
    const set = setOf(tokensAnHour(1_000_000));
    await hold(set, ask("first", 1));
    const facts = Array.from({ length: 1234 }, (_, index) => entry(`settle:${index}`, now + index));
    await store.transaction((trx) => book(trx, "w1", facts), BOOKS);
    expect(await figures(set)).toEqual([[1234 * 10, 1]]);
    expect(await verifyLedger(store.db)).toEqual({ entries: 1234, writers: 1, faults: [] });
    const again = store.transaction((trx) => book(trx, "w1", facts.slice(5, 6)), BOOKS);
    await expect(again).rejects.toThrow(/entry_key/i);
  });

  test("four processes that hold and settle at once never pass the limit, and lose and double nothing", async () => {
    const program = `
      ${importsOf({ "../../storage/storage.ts": "openStore", "../../storage/exclusive.ts": "BOOKS", "../../ledger/ledger.ts": "settle", "admission.ts": "holdInStore", "states.ts": "statesInStore" })}
      const clock = { now: () => ${AT}, sleep: (ms) => new Promise((go) => setTimeout(go, ms)) };
      const store = await openStore({ ...${JSON.stringify(place.settings)}, clock });
      const set = ${JSON.stringify(setOf(tokensAnHour(4000)))};
      let spent = 0;
      for (let n = 0; n < 40; n += 1) {
        const id = process.pid + "/" + n;
        const tokens = 20 + (n * 37) % 90;
        const ask = { id, scopeKeys: ["global:", "session:" + process.pid], priority: "high", session: "s", runId: "r",
          worst: { tokens, nanoUsd: tokens, requests: 1 } };
        const admission = await store.transaction((trx) => holdInStore(trx, set, ask, ${AT}), BOOKS);
        const [state] = await statesInStore(store.db, set, ["global:"], ${AT});
        if (state.settled + state.held > 4000) throw new Error("passed: " + JSON.stringify(state));
        if (admission.kind !== "admitted") continue;
        const used = Math.floor(tokens / 2);
        spent += used;
        const call = { key: id, runId: "r", task: "", phase: "", tier: "", session: "s", provider: "p", model: "m",
          priceVersion: "v", priceAssumed: false };
        const usage = { inputTokens: used, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0,
          outputTokens: 0, reasoningTokens: 0, estimated: false };
        await store.transaction((trx) => settle(trx, call, { usage, cost: used }, { writer: "w" + process.pid, at: ${AT} }), BOOKS);
      }
      process.stdout.write(String(spent));
      await store[Symbol.asyncDispose]();`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    const ends = await Promise.all(
      children.map(async (child) => {
        let out = "";
        child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
        const [code] = (await once(child, "close")) as [number];
        return { code, spent: Number(out) };
      }),
    );
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const [state] = await figures(setOf(tokensAnHour(4000)));
    expect(state).toEqual([ends.reduce((sum, { spent }) => sum + spent, 0), 0]);
    expect(state?.[0]).toBeGreaterThan(3000);
    expect((await verifyLedger(store.db)).faults).toEqual([]);
  });
}

/** Import lines of a program for another process. */
function importsOf(modules: Readonly<Record<string, string>>): string {
  return Object.entries(modules)
    .map(([path, names]) => `import { ${names} } from ${JSON.stringify(join(import.meta.dirname, path))};`)
    .join("\n");
}

function entry(key: string, at: number): EntryFacts {
  return {
    entry_key: key,
    kind: "settlement",
    call_key: null,
    run_id: "",
    task: "",
    phase: "",
    tier: "",
    session_id: "s1",
    provider: "p",
    model: "m",
    input_tokens: 9,
    cache_read_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    nano_usd: 100,
    price_version: "v",
    price_assumed: 0,
    usage_estimated: 0,
    note: "",
    hold_tokens: 20,
    hold_nano_usd: 200,
    agent: null,
    task_type: null,
    project: null,
    api_key: null,
    requested_model: null,
    service: "standard",
    scope_keys: JSON.stringify(["global:", "session:s1"]),
    at,
  };
}

/** A small generator of our own, so that a failure can be played again (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
