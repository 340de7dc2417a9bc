import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenPlace, StorePlace } from "../../test/support/store-place.ts";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import type { Schema } from "./schema.ts";
import { openStore, type Store } from "./storage.ts";
import type { TransactionOptions } from "./store-driver.ts";

/** What every store promises, whatever database is under it. */
export function storeCases(openPlace: OpenPlace): void {
  let place: StorePlace;
  beforeEach(async () => {
    place = await openPlace();
  });
  afterEach(() => place[Symbol.asyncDispose]());
  const open = (): Promise<Store> => openStore({ ...place.settings, clock: systemClock });

  describe("a place", () => {
    test("that many processes open at once, empty, is ready for all of them", async () => {
      await inProcesses(place, 5, "await using store = await openStore(where)");
      await using store = await open();
      expect(await store.db.selectFrom("runs").select("id").execute()).toEqual([]);
    });

    test("that a newer allot has written is refused, and named without a password", async () => {
      const store = await open();
      await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '')`.execute(store.db);
      await store[Symbol.asyncDispose]();
      await expect(open()).rejects.toSatisfy(
        (error) =>
          isAllotError(error, "storage-unusable") &&
          error.message.startsWith(`${store.place} was written by a newer allot (it has the schema step 9999-future)`),
      );
    });

    test("opened twice by one process is one connection, which the last one disposed closes", async () => {
      const one = await open();
      const two = await open();
      await addRun(one, "a");
      await Promise.all(Array.from({ length: 20 }, (_, index) => increment(index % 2 === 0 ? one : two, {})));
      await one[Symbol.asyncDispose]();
      expect(await updates(two)).toEqual([21]);
      await two[Symbol.asyncDispose]();
      await expect(two.db.selectFrom("runs").selectAll().execute()).rejects.toThrow("destroyed");
    });
  });

  valueCases(open);
  transactionCases(open, () => place);
}

function valueCases(open: () => Promise<Store>): void {
  describe("a value", () => {
    test("that is a whole number comes back as the number it was, up to 2^53 - 1", async () => {
      await using store = await open();
      for (const [id, at] of Object.entries({ a: 9007199254740991, b: -9007199254740991, c: 0 })) {
        await addRun(store, id, at);
      }
      expect(await updates(store)).toEqual([9007199254740991, -9007199254740991, 0]);
    });

    test("beyond what is counted exactly is a fault, never a rounded number", async () => {
      await using store = await open();
      await addRun(store, "a");
      await sql`update runs set updated_at = 9007199254740993`.execute(store.db);
      await expect(updates(store)).rejects.toThrow(/9007199254740993|too large/);
      await sql`update runs set updated_at = 7`.execute(store.db);
      expect(await updates(store)).toEqual([7]);
    });

    test("that is a sum, a count or a comparison is a number", async () => {
      await using store = await open();
      await addRun(store, "a", 4_000_000_000_000_000);
      await addRun(store, "b", 5_000_000_000_000_000);
      const row = await store.db
        .selectFrom("runs")
        .select(({ fn, exists, selectFrom }) => [
          fn.sum<number>("updated_at").as("sum"),
          fn.countAll<number>().as("count"),
          fn.max("updated_at").as("max"),
          exists(selectFrom("runs").select("id").where("id", "=", "b")).as("found"),
          sql<number>`sum(updated_at) / 2`.as("half"),
        ])
        .executeTakeFirstOrThrow();
      expect(row).toEqual({
        sum: 9_000_000_000_000_000,
        count: 2,
        max: 5_000_000_000_000_000,
        found: 1,
        half: 4_500_000_000_000_000,
      });
    });

    test("of usage_history's time is UTC to the second, as text", async () => {
      await using store = await open();
      await insertEntry(store, Date.UTC(2026, 10, 21, 7, 5, 9, 750));
      const rows = await store.db.selectFrom("usage_history").select(["timestamp", "cost", "tokens_used"]).execute();
      expect(rows).toEqual([{ timestamp: "2026-11-21 07:05:09", cost: 0.25, tokens_used: 1000 }]);
    });

    test("that is text comes back character for character", async () => {
      await using store = await open();
      const texts = [
        "",
        " ",
        'it\'s "quoted" \\ $1 ? %s',
        "Zürich 東京 🦊 e\u0301",
        "a\tb\r\nc",
        "x".repeat(1_000_000),
      ];
      for (const [index, goal] of texts.entries()) await addRun(store, String(index), 1, goal);
      const rows = await store.db.selectFrom("runs").select("goal").orderBy("id").execute();
      expect(rows.map((row) => row.goal)).toEqual(texts);
    });
  });
}

function transactionCases(open: () => Promise<Store>, place: () => StorePlace): void {
  describe("a transaction", () => {
    test("that throws leaves nothing behind", async () => {
      await using store = await open();
      const work = store.transaction(async (trx) => {
        await insertRun(trx, "a");
        throw new Error("stop");
      });
      await expect(work).rejects.toThrow("stop");
      expect(await updates(store)).toEqual([]);
    });

    test("whose statement fails leaves nothing behind", async () => {
      await using store = await open();
      const work = store.transaction(async (trx) => {
        await insertRun(trx, "a");
        await insertRun(trx, "a");
      });
      await expect(work).rejects.toThrow(/unique/i);
      expect(await updates(store)).toEqual([]);
    });

    test.each<[string, TransactionOptions]>([
      ["that reads and then writes loses nothing", {}],
      ["that names what it works on loses nothing", { exclusive: ["runs"] }],
    ])("%s, in three processes and many at once in each", async (_, options) => {
      await using store = await open();
      await addRun(store, "a", 0);
      await inProcesses(
        place(),
        3,
        `const store = await openStore(where);
        const increment = () => store.transaction(async (trx) => {
          const { updated_at } = await trx.selectFrom("runs").select("updated_at").executeTakeFirstOrThrow();
          await trx.updateTable("runs").set({ updated_at: updated_at + 1 }).execute();
        }, ${JSON.stringify(options)});
        for (let n = 0; n < 10; n += 1) await Promise.all([increment(), increment(), increment(), increment()]);
        await store[Symbol.asyncDispose]();`,
      );
      expect(await updates(store)).toEqual([120]);
    });

    test.each<[string, TransactionOptions]>([
      ["alone", {}],
      ["under a name", { exclusive: ["global:"] }],
    ])("decides by a sum %s: many at once never pass a limit, and fill it", async (_, options) => {
      await using store = await open();
      const admit = (id: string): Promise<boolean> =>
        store.transaction(async (trx) => {
          const { held } = await trx
            .selectFrom("hold_scopes")
            .select(({ fn }) => fn.sum<number | null>("tokens").as("held"))
            .executeTakeFirstOrThrow();
          if ((held ?? 0) + 10 > 100) return false;
          const amounts = { tokens: 10, nano_usd: 0, requests: 1 };
          await trx
            .insertInto("hold_scopes")
            .values({ hold_id: id, scope_key: "global:", ...amounts })
            .execute();
          return true;
        }, options);
      const answers = await Promise.all(Array.from({ length: 25 }, (_unused, index) => admit(`h${index}`)));
      expect(answers.filter(Boolean)).toHaveLength(10);
    });

    test("that adds what is missing finds what another one added first", async () => {
      await using store = await open();
      const claim = (owner: string): Promise<string | null> =>
        store.transaction(async (trx) => {
          const known = await trx.selectFrom("runs").select("owner").where("id", "=", "a").executeTakeFirst();
          if (known !== undefined) return known.owner;
          await insertRun(trx, "a", 1, owner);
          return owner;
        });
      const owners = await Promise.all(["x", "y", "z", "u", "v", "w"].map(claim));
      expect(new Set(owners).size).toBe(1);
    });

    test("that names several things in any order never waits for itself", async () => {
      await using store = await open();
      await addRun(store, "a", 0);
      const names = ["session:a", "session:b", "global:", "model:é"];
      await Promise.all(
        Array.from({ length: 24 }, (_, index) => {
          const turned = [...names.slice(index % 4), ...names.slice(0, index % 4)];
          return increment(store, { exclusive: index % 2 === 0 ? turned : [...turned, ...turned].toReversed() });
        }),
      );
      expect(await updates(store)).toEqual([24]);
    });

    test("is not needed for a change of several rows, which never fails by meeting another", async () => {
      await using store = await open();
      for (let index = 0; index < 40; index += 1) await addRun(store, String(index), index % 2);
      const change = (order: "asc" | "desc"): Promise<unknown> =>
        store.db
          .updateTable("runs")
          .set({ state: order })
          .where("id", "in", (e) => e.selectFrom("runs").select("id").orderBy("id", order))
          .execute();
      await Promise.all(Array.from({ length: 30 }, (_, index) => change(index % 2 === 0 ? "asc" : "desc")));
      expect(new Set(await states(store)).size).toBe(1);
    });

    test("of many that change a row only as they saw it has one winner", async () => {
      await using store = await open();
      await addRun(store, "a");
      const wins = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const { numUpdatedRows } = await store.db
            .updateTable("runs")
            .set({ state: `won by ${index}` })
            .where("id", "=", "a")
            .where("state", "=", "new")
            .executeTakeFirst();
          return numUpdatedRows;
        }),
      );
      expect(wins.filter((updated) => updated === 1n)).toHaveLength(1);
      expect(wins.filter((updated) => updated === 0n)).toHaveLength(11);
    });
  });
}

function insertRun(
  db: Kysely<Schema>,
  id: string,
  updated_at = 1,
  owner: string | null = null,
  goal = "g",
): Promise<unknown> {
  return db
    .insertInto("runs")
    .values({ id, goal, repo: "/r", state: "new", created_at: 1, updated_at, options: "{}", owner })
    .execute();
}

/** A ledger entry of 1000 tokens, by default for a quarter of a dollar. */
export async function insertEntry(store: Store, at: number, sequence = 1, nanoUsd = 250_000_000): Promise<void> {
  await store.db
    .insertInto("ledger")
    .values({
      writer: "w",
      sequence,
      entry_key: `settle:${sequence}`,
      kind: "settlement",
      run_id: "r",
      task: "",
      phase: "",
      tier: "",
      session_id: "worker_1",
      provider: "p",
      model: "m",
      input_tokens: 100,
      cache_read_tokens: 200,
      cache_write_5m_tokens: 300,
      cache_write_1h_tokens: 50,
      output_tokens: 350,
      reasoning_tokens: 90,
      nano_usd: nanoUsd,
      price_version: "v",
      price_assumed: 0,
      usage_estimated: 0,
      note: "",
      at,
      prev_hash: "",
      hash: "",
    })
    .execute();
}

async function addRun(store: Store, id: string, updatedAt = 1, goal = "g"): Promise<void> {
  await insertRun(store.db, id, updatedAt, null, goal);
}

function increment(store: Store, options: TransactionOptions): Promise<void> {
  return store.transaction(async (trx) => {
    const { updated_at } = await trx.selectFrom("runs").select("updated_at").executeTakeFirstOrThrow();
    await trx
      .updateTable("runs")
      .set({ updated_at: updated_at + 1 })
      .execute();
  }, options);
}

async function updates(store: Store): Promise<number[]> {
  const rows = await store.db.selectFrom("runs").select("updated_at").orderBy("id").execute();
  return rows.map((row) => row.updated_at);
}

async function states(store: Store): Promise<string[]> {
  const rows = await store.db.selectFrom("runs").select("state").execute();
  return rows.map((row) => row.state);
}

/** Runs a program in so many processes at once, with `openStore` and `where`; each must end well. */
async function inProcesses(place: StorePlace, count: number, program: string): Promise<void> {
  const text = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, "storage.ts"))};
    const clock = { now: () => 1, sleep: () => Promise.resolve() };
    const where = { ...JSON.parse(process.env.STORE), clock };
    ${program}`;
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", text], {
      stdio: "inherit",
      env: { ...process.env, STORE: JSON.stringify(place.settings) },
    }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual(Array.from({ length: count }, () => 0));
}
