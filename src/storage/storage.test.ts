import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { migrate, MIGRATIONS } from "./migrations/migrations.ts";
import type { Schema } from "./schema.ts";
import { sqliteDriver } from "./sqlite-driver.ts";
import { openStore, type Store } from "./storage.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "allot-store-"));
  path = join(folder, "deep", "allot.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = (): Promise<Store> => openStore({ path, clock: systemClock });

async function addRun(store: Store, id: string): Promise<void> {
  await store.db
    .insertInto("runs")
    .values({ id, goal: "g", repo: "/r", state: "new", created_at: 1, updated_at: 1, options: "{}" })
    .execute();
}

/** The tables and indexes as text, without those of Kysely and SQLite themselves. */
async function dumpSchema(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master
    where sql is not null and name not like 'kysely_%' and name not like 'sqlite_%'
    order by type desc, name`.execute(db);
  return rows.map((row) => `${row.sql.replace(/, (?="[a-z_0-9]+" [a-z]|constraint)/g, ",\n  ")};\n`).join("");
}

describe("schema", () => {
  test("a new database has the schema that is written down in schema.sql", async () => {
    await using store = await open();
    const dump = await dumpSchema(store.db);
    await expect(dump).toMatchFileSnapshot("./schema.sql");
  });

  test("a database of each older schema is brought to the same schema and keeps its rows", async () => {
    await using fresh = await open();
    const expected = await dumpSchema(fresh.db);
    for (const step of Object.keys(MIGRATIONS)) {
      const old = join(folder, `${step}.db`);
      const driver = sqliteDriver(old);
      const db = new Kysely<Schema>({ dialect: driver.dialect });
      await migrate(db, driver, step);
      await db
        .insertInto("hosts")
        .values({ host_key: "h", identity: "i", spawner: "s", settings: "f", started_at: 1, seen_at: 2 })
        .execute();
      await db.destroy();
      await using store = await openStore({ path: old, clock: systemClock });
      expect(await dumpSchema(store.db)).toBe(expected);
      expect(await store.db.selectFrom("hosts").select("seen_at").execute()).toEqual([{ seen_at: 2 }]);
    }
  });
});

describe("connection", () => {
  test("the file and its side files belong to their owner alone", async () => {
    await using store = await open();
    await addRun(store, "a");
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      expect(existsSync(file)).toBe(true);
      expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
    }
  });

  test("it writes ahead, syncs fully, waits ten seconds for a lock and holds foreign keys", async () => {
    await using store = await open();
    const pragma = async (name: string): Promise<unknown> => {
      const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(store.db);
      return Object.values(rows[0] ?? {})[0];
    };
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("busy_timeout")).toBe(10_000);
    expect(await pragma("foreign_keys")).toBe(1);
    const orphan = store.db.insertInto("run_events").values({ run_id: "none", seq: 1, at: 1, event: "{}" }).execute();
    await expect(orphan).rejects.toThrow("FOREIGN KEY");
  });
});

describe("transaction", () => {
  test("a transaction that waits for something slower than the database is rolled back", async () => {
    await using store = await open();
    await addRun(store, "a");
    const work = store.transaction(async (trx) => {
      await trx.updateTable("runs").set({ state: "changed" }).execute();
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    await expect(work).rejects.toSatisfy((error) => isAllotError(error, "internal"));
    expect(await store.db.selectFrom("runs").select("state").execute()).toEqual([{ state: "new" }]);
  });
});

describe("a store that cannot be used", () => {
  const refusal = async (): Promise<string> => {
    try {
      await using store = await open();
      return `opened ${store.place}`;
    } catch (error) {
      if (!isAllotError(error, "storage-unusable")) throw error;
      return error.message;
    }
  };

  test("a folder that is a file is named", async () => {
    writeFileSync(join(folder, "deep"), "");
    expect(await refusal()).toMatch(/deep\/allot\.db cannot be opened/);
  });

  test("a path that is a folder is named", async () => {
    mkdirSync(path, { recursive: true });
    expect(await refusal()).toMatch(/deep\/allot\.db cannot be (opened|used)/);
  });

  test.skipIf(process.platform !== "linux")("a folder nobody may write is named (shown on Linux's /proc)", async () => {
    path = "/proc/allot.db";
    expect(await refusal()).toMatch(/^\/proc\/allot\.db cannot be opened \([A-Z]+\)/);
  });

  test.skipIf(process.getuid?.() === 0)(
    "a folder without rights is named (root may write everywhere, so not as root)",
    async () => {
      mkdirSync(join(folder, "deep"));
      chmodSync(join(folder, "deep"), 0o500);
      expect(await refusal()).toMatch(/deep\/allot\.db cannot be opened \(EACCES\)/);
    },
  );

  test("a file that is no database is named and left as it is", async () => {
    mkdirSync(join(folder, "deep"));
    writeFileSync(path, "no database at all, ".repeat(100));
    expect(await refusal()).toMatch(/deep\/allot\.db is not a sound SQLite database/);
    expect(readFileSync(path, "utf8")).toMatch(/^no database/);
  });
});

test("the two queries of the guide run as they are written there", async () => {
  await using store = await open();
  for (const [sequence, nanoUsd] of [
    [1, 250_000_000],
    [2, 500_000_000],
  ] as const) {
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
        at: Date.now(),
        prev_hash: "",
        hash: "",
      })
      .execute();
  }
  const reader = new DatabaseSync(path, { readOnly: true });
  const events = reader.prepare("SELECT * FROM throttle_events ORDER BY timestamp DESC LIMIT 10;").all();
  const usage = reader
    .prepare(
      `SELECT session_id, SUM(tokens_used) as total, SUM(cost) as total_cost
FROM usage_history
WHERE timestamp > datetime('now', '-1 day')
GROUP BY session_id;`,
    )
    .all();
  reader.close();
  expect(events).toEqual([]);
  expect(usage).toEqual([{ session_id: "worker_1", total: 2000, total_cost: 0.75 }]);
});
