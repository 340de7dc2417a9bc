import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import { openStore, type Store } from "../../src/storage/storage.ts";
import { openBooks } from "../../src/throttle/books/books.ts";
import type { Admission, Amounts, Ask, Books, LimitSet } from "../../src/throttle/throttle.ts";
import { limitsWithoutLevels, settlementOf } from "./books-call.ts";
import { race } from "./books-race.ts";
import { randomFrom } from "./seeded-random.ts";
import { SteppedClock } from "./stepped-clock.ts";
import type { OpenPlace, StorePlace } from "./store-place.ts";

const GLOBAL = ["global:"];
const NOON = Date.UTC(2026, 10, 21, 12);

function tokens(amount: number): LimitSet {
  return limitsWithoutLevels([{ scope: "global", window: "hour", measure: "tokens", amount }]);
}

function ask(id: string, worst: number): Ask {
  return { id, scopeKeys: GLOBAL, priority: "high", worst: { tokens: worst, nanoUsd: worst * 1000, requests: 1 } };
}

/** What the books promise, whatever database is under the store. */
export function booksCases(openPlace: OpenPlace): void {
  let place: StorePlace;
  let store: Store;
  beforeEach(async () => {
    place = await openPlace();
    store = await openStore({ ...place.settings, clock: systemClock });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const open = (limits: LimitSet, more: Partial<Parameters<typeof openBooks>[0]> = {}): Promise<Books> =>
    openBooks({ store, limits, ...more });
  const used = async (books: Books): Promise<readonly number[]> =>
    (await books.states(GLOBAL)).flatMap(({ settled, held }) => [settled, held]);

  describe("a call", () => {
    test("fills a limit exactly, and the next is refused with what is missing", async () => {
      await using books = await open(tokens(1000));
      expect(await books.admit(ask("a", 600))).toMatchObject({ kind: "admitted", level: "NONE" });
      expect(await books.admit(ask("b", 400))).toMatchObject({ kind: "admitted" });
      expect(await books.admit(ask("c", 1))).toMatchObject({ kind: "refused", why: "room", shortBy: 1 });
      expect(await used(books)).toEqual([0, 1000]);
    });

    test("is settled once: a second time, or of what was never admitted, is a fault", async () => {
      await using books = await open(tokens(1000));
      await books.admit(ask("a", 600));
      books.settle(settlementOf("a", GLOBAL, 500));
      expect(() => books.settle(settlementOf("a", GLOBAL, 500))).toThrow("call a holds nothing");
      expect(() => books.release("b")).toThrow("call b holds nothing");
      await books.flush();
      expect(await used(books)).toEqual([500, 0]);
    });

    test("that is held may not be asked for again under its id", async () => {
      await using books = await open(tokens(1000));
      await books.admit(ask("a", 100));
      expect(() => books.admit(ask("a", 100))).toThrow("call a is held already");
    });

    test("that was released leaves no row and no figure", async () => {
      await using books = await open(tokens(1000));
      await books.admit(ask("a", 600));
      books.release("a");
      await books.flush();
      expect(await used(books)).toEqual([0, 0]);
      expect(await store.db.selectFrom("ledger").select("entry_key").execute()).toEqual([]);
    });

    test("whose id was used before is charged all the same", async () => {
      await using books = await open(tokens(1000));
      for (const spent of [100, 200]) {
        await books.admit(ask("a", 300));
        books.settle(settlementOf("a", GLOBAL, spent));
      }
      await books.flush();
      const rows = await store.db.selectFrom("ledger").select("entry_key").orderBy("sequence").execute();
      expect(rows.map((row) => row.entry_key)).toEqual(["settle:a", "settle:a:2"]);
      expect(await used(books)).toEqual([300, 0]);
    });

    test("that names somebody twice charges once", async () => {
      await using books = await open(tokens(1000));
      for (const id of ["a", "b"]) {
        await books.admit({ ...ask(id, 300), scopeKeys: ["global:", "global:"], countedKeys: ["global:"] });
        books.settle(settlementOf(id, GLOBAL, 200));
      }
      await books.flush();
      expect(await used(books)).toEqual([400, 0]);
    });

    test("is corrected by a further entry, and the figures follow", async () => {
      await using books = await open(tokens(1000));
      await books.admit(ask("a", 600));
      books.settle(settlementOf("a", GLOBAL, 600));
      const { entry } = settlementOf("a", GLOBAL, -150);
      books.correct({ id: "a", entry: { ...entry, scope_keys: '["global:"]' }, correction: 1 });
      await books.flush();
      expect(await used(books)).toEqual([450, 0]);
    });

    test("is clamped to what is left", async () => {
      await using books = await open(tokens(1000));
      await books.admit(ask("a", 700));
      const worstOf = (most: number): Amounts => ({ tokens: 100 + most, nanoUsd: 0, requests: 1 });
      const clamp = { maxTokens: 1000, leastTokens: 10, worstOf };
      const clamped = await books.admit({ ...ask("b", 1100), clamp });
      expect(clamped).toMatchObject({ kind: "admitted", clampedTo: 200, held: { tokens: 300 } });
      expect(await used(books)).toEqual([0, 1000]);
    });
  });

  debtCases(open, used, () => store);
  crashCases(open, used, () => store);
  faultCases(open, used, () => store);

  describe("a race of 8 processes with 25 calls at once each", () => {
    test.for([
      { seed: 101, kills: false },
      { seed: 102, kills: true },
    ])("never passes the limit, and ends as served (seed $seed, kills: $kills)", async ({ seed, kills }) => {
      const result = await race({ store: place.settings, seed, processes: 8, lanes: 25, limitTokens: 300_000, kills });
      expect(result.faults).toEqual([]);
      expect(result.mostUsed).toBeLessThanOrEqual(300_000);
      expect(result.held).toBe(0);
      expect(result.ledgerTokens).toBe(result.servedTokens + result.unknownBeyond);
      expect(result.samples).toBeGreaterThan(10);
      expect(result.servedCalls).toBeGreaterThan(100);
    });
  });
}

type Open = (limits: LimitSet, more?: Partial<Parameters<typeof openBooks>[0]>) => Promise<Books>;
type Used = (books: Books) => Promise<readonly number[]>;

function debtCases(open: Open, used: Used, storeOf: () => Store): void {
  describe("debt", () => {
    test("is kept over 10,000 random costs of up to five times the hold; refused calls move nothing; none is refused while there is room", async () => {
      const amount = 10_000_000;
      await using books = await open(tokens(amount));
      const random = randomFrom(7);
      let spent = 0;
      let refused = 0;
      for (let call = 0; call < 10_000; call += 1) {
        const worst = 100 + Math.floor(random() * 900);
        const answer = books.admit(ask(String(call), worst));
        const admission: Admission = answer instanceof Promise ? await answer : answer;
        const fits = spent + worst <= amount;
        if ((admission.kind === "admitted") !== fits)
          throw new Error(`call ${call} of ${worst} at ${spent}: ${admission.kind}`);
        if (admission.kind !== "admitted") {
          refused += 1;
          if (refused > 50) break;
          continue;
        }
        const cost = Math.floor(random() * 5 * worst);
        spent += cost;
        books.settle(settlementOf(String(call), GLOBAL, cost));
      }
      await books.flush();
      expect(await used(books)).toEqual([spent, 0]);
      expect(spent).toBeGreaterThan(amount);
      expect(refused).toBe(51);
      expect(await storeOf().db.selectFrom("leases").select("holder").execute()).toEqual([]);
      expect((await verifyLedger(storeOf().db)).faults).toEqual([]);
    });

    test("of one process is known to the next one that asks", async () => {
      await using one = await open(tokens(1000));
      await using two = await open(tokens(1000));
      await one.admit(ask("a", 100));
      one.settle(settlementOf("a", GLOBAL, 5000));
      await one.flush();
      expect(await two.admit(ask("b", 1))).toMatchObject({ kind: "refused", level: "CRITICAL" });
    });
  });

  describe("what another process leased and does not use", () => {
    test("is asked back before anybody is refused", async () => {
      await using one = await open(tokens(1000), {
        block: { cap: { tokens: 900, nanoUsd: 0, requests: 0 }, divisor: 1 },
      });
      await using two = await open(tokens(1000));
      await one.admit(ask("a", 10));
      const leased = await storeOf().db.selectFrom("leases").select("tokens").execute();
      expect(leased[0]?.tokens).toBeGreaterThan(800);
      expect(await two.admit(ask("b", 990))).toMatchObject({ kind: "admitted" });
      expect(await one.admit(ask("c", 1))).toMatchObject({ kind: "refused" });
    });
  });

  describe("three processes that share a limit", () => {
    test("refuse nobody while there is room, and never pass it, however their holds and leases lie", async () => {
      const amount = 9000;
      await using one = await open(tokens(amount));
      await using two = await open(tokens(amount));
      await using three = await open(tokens(amount));
      const random = randomFrom(11);
      const held: { readonly id: string; readonly books: Books; readonly worst: number }[] = [];
      let settled = 0;
      let pledged = 0;
      let refused = 0;
      for (let call = 0; call < 300; call += 1) {
        const books = [one, two, three][Math.floor(random() * 3)] ?? one;
        const worst = 1 + Math.floor(random() * 1500);
        const id = String(call);
        const { kind } = await books.admit(ask(id, worst));
        const fits = settled + pledged + worst <= amount;
        if ((kind === "admitted") !== fits)
          throw new Error(`call ${call} of ${worst} at ${settled} + ${pledged}: ${kind}`);
        if (kind === "admitted") {
          held.push({ id, books, worst });
          pledged += worst;
        } else refused += 1;
        if (held.length < 8) continue;
        for (const done of held.splice(0, 4)) {
          pledged -= done.worst;
          const cost = Math.floor(random() * 60);
          if (random() < 0.5) done.books.release(done.id);
          else {
            done.books.settle(settlementOf(done.id, GLOBAL, cost));
            settled += cost;
          }
        }
      }
      expect(refused).toBeGreaterThan(5);
      for (const { id, books } of held) books.release(id);
      for (const books of [one, two, three]) await books.flush();
      // What the others leased and do not use goes back once it idles.
      await until("nothing is leased", async () => (await used(one)).join() === `${settled},0`);
    });
  });

  describe("a clock", () => {
    test("that jumps ahead frees the hour, and set back again counts it", async () => {
      const clock = new SteppedClock(NOON);
      const base = storeOf();
      const store = { settings: base.settings, folder: base.folder, clock };
      await using books = await open(tokens(1000), { store });
      await books.admit(ask("a", 1000));
      books.settle(settlementOf("a", GLOBAL, 1000));
      await books.flush();
      expect(await books.admit(ask("b", 1))).toMatchObject({ kind: "refused", freeAt: NOON + 3_660_000 });
      await clock.move(2 * 3_600_000);
      expect(await books.admit(ask("c", 1000))).toMatchObject({ kind: "admitted" });
      books.release("c");
      const back = { ...store, clock: new SteppedClock(NOON + 60_000) };
      await using again = await open(tokens(1000), { store: back });
      expect(await again.admit(ask("d", 1))).toMatchObject({ kind: "refused" });
    });
  });
}

function crashCases(open: Open, used: Used, storeOf: () => Store): void {
  describe("a journal", () => {
    const files = (): string[] => readdirSync(join(storeOf().folder, "journals"));

    test("is passed over where a line was torn, and goes on in new files with all that is open", async () => {
      const books = await open(tokens(1_000_000), { longFileBytes: 4096 });
      await books.admit(ask("open", 77));
      for (let call = 0; call < 200; call += 1) {
        await books.admit(ask(String(call), 100));
        if (call === 100) appendFileSync(join(storeOf().folder, "journals", files().at(-1) ?? ""), '["s",1,2\n');
        books.settle(settlementOf(String(call), GLOBAL, 50));
      }
      await books.flush();
      expect(await used(books)).toEqual([10_000, 77]);
      await until("the files that were taken are gone", async () => files().length < 3);
      books.settle(settlementOf("open", GLOBAL, 70));
      await books[Symbol.asyncDispose]();
      expect(files()).toEqual([]);
      expect((await verifyLedger(storeOf().db)).faults).toEqual([]);
    });

    test("of a process that is gone is taken over once by two at once, its open hold as unknown", async () => {
      const store = storeOf();
      const one = await open(tokens(1000));
      await one.admit(ask("done", 300));
      one.settle(settlementOf("done", GLOBAL, 200));
      await one.admit(ask("open", 250));
      await one.flush();
      const [file = ""] = files();
      const text = readFileSync(join(store.folder, "journals", file), "utf8");
      await one[Symbol.asyncDispose]();
      // As if its process had been killed after two more lines, the last of them torn.
      writeFileSync(
        join(store.folder, "journals", file),
        `${text}["h","late",${Date.now()},40,40000,1,["global:"],[]]\n["h","torn",1`,
      );
      await orphan(store);
      const heirs = await Promise.all([open(tokens(1000)), open(tokens(1000))]);
      const [heir] = heirs;
      expect(await heir?.states(GLOBAL)).toMatchObject([{ settled: 490, held: 0 }]);
      const rows = await store.db
        .selectFrom("ledger")
        .select(["entry_key", "input_tokens"])
        .orderBy("sequence")
        .execute();
      expect(rows).toEqual([
        { entry_key: "settle:done", input_tokens: 200 },
        { entry_key: "unknown:open", input_tokens: 250 },
        { entry_key: "unknown:late", input_tokens: 40 },
      ]);
      for (const books of heirs) await books[Symbol.asyncDispose]();
      expect(files()).toEqual([]);
    });

    test("that the store takes nothing of grows to its cap, then calls are refused as busy", async () => {
      await using books = await open(tokens(1_000_000), { mostWaitingBytes: 2000 });
      await books.admit(ask("first", 1));
      let fault: unknown;
      // Without a turn of the event loop nothing that was taken is heard of.
      for (let call = 0; call < 100 && fault === undefined; call += 1) {
        try {
          const admission = books.admit(ask(String(call), 1));
          if (admission instanceof Promise) throw new Error("the lease was too small");
          books.settle(settlementOf(String(call), GLOBAL, 1));
        } catch (error) {
          fault = error;
        }
      }
      expect(fault).toMatchObject({ code: "ledger-busy" });
      await books.flush();
      expect(await books.admit(ask("later", 1))).toMatchObject({ kind: "admitted" });
    });
  });
}

function faultCases(open: Open, used: Used, storeOf: () => Store): void {
  describe("a fault", () => {
    test("that ends the thread stops nobody within the lease; a new thread loses nothing and counts nothing twice", async () => {
      const { db } = storeOf();
      await using books = await open(tokens(1_000_000));
      await books.admit(ask("first", 100));
      books.settle(settlementOf("first", GLOBAL, 100));
      await books.flush();
      await books.admit(ask("open", 40));
      await db.schema.alterTable("use_windows").renameTo("away").execute();
      for (let call = 0; call < 5; call += 1) {
        expect(books.admit(ask(String(call), 10))).toMatchObject({ kind: "admitted" });
        books.settle(settlementOf(String(call), GLOBAL, 10));
      }
      const late = Promise.allSettled([books.admit(ask("large", 900_000))]);
      await pass(500);
      await db.schema.alterTable("away").renameTo("use_windows").execute();
      await late;
      if ((await late)[0]?.status === "fulfilled") books.release("large");
      await until("the journal is taken", async () => (await used(books)).join() === "150,40");
      expect(await books.admit(ask("after", 900_000))).toMatchObject({ kind: "admitted" });
      expect(await used(books)).toEqual([150, 900_040]);
      expect((await verifyLedger(db)).faults).toEqual([]);
    });

    test("of another machine frees its leases only after a set time without a sign of life", async () => {
      const { db } = storeOf();
      const now = Date.now();
      const journal = {
        machine: "elsewhere",
        path: "/nowhere/x-1.jsonl",
        taken_bytes: 0,
        opened_at: 1,
        closed_at: null,
      };
      for (const [name, seen_at] of [
        ["silent", now - 7_200_000],
        ["alive", now - 60_000],
      ] as const) {
        const writer = `elsewhere|boot|1|1|${name}`;
        await db
          .insertInto("journals")
          .values({ ...journal, writer, seen_at })
          .execute();
        const lease = {
          scope_key: "global:",
          tokens: 300,
          nano_usd: 0,
          requests: 0,
          recalled: 0,
          renewed_at: 1,
        } as const;
        await db
          .insertInto("leases")
          .values({ ...lease, holder: writer })
          .execute();
      }
      await using books = await open(tokens(1000), { awayMs: 3_600_000 });
      expect(await used(books)).toEqual([0, 300]);
      expect(await books.admit(ask("a", 701))).toMatchObject({ kind: "refused", shortBy: 1 });
    });
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if (await holds().catch(() => false)) return;
    await pass(50);
  }
  throw new Error(`${what}: not within ten seconds`);
}

/** Makes every journal of this process one of a process that is gone. */
async function orphan(store: Store): Promise<void> {
  for (const { writer } of await store.db.selectFrom("journals").select("writer").execute()) {
    const [machine = "", boot = ""] = writer.split("|");
    const gone = `${machine}|${boot}|4194303|1|orphan`;
    for (const [table, column] of [
      ["journals", "writer"],
      ["leases", "holder"],
    ] as const) {
      await store.db
        .updateTable(table)
        .set({ [column]: gone })
        .where(column as "writer", "=", writer)
        .execute();
    }
  }
}
