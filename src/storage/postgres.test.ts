import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { Kysely, sql } from "kysely";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestPostgres, type TestServer } from "../../test/support/postgres.ts";
import { describeOnPostgres } from "../../test/support/postgres-suite.ts";
import { describeOnEachStore, openSqlitePlace, type StorePlace } from "../../test/support/store-place.ts";
import { openTransactionPooler, type TransactionPooler } from "../../test/support/transaction-pooler.ts";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { migrate, MIGRATIONS } from "./migrations/migrations.ts";
import { postgresDriver } from "./postgres-driver.ts";
import type { Schema } from "./schema.ts";
import { insertEntry, storeCases } from "./store.conformance.ts";
import { openStore, type Store } from "./storage.ts";

describeOnEachStore("a store", storeCases);

describeOnPostgres("a store behind a pooler that gives each transaction another connection", () => {
  let pooler: TransactionPooler;
  beforeAll(async () => {
    await using database = await openTestPostgres();
    const { hostname, port } = new URL(database.url);
    pooler = await openTransactionPooler({ host: hostname, port: Number(port) });
  });
  afterAll(async () => {
    // Else nothing was shown.
    expect(pooler.moves).toBeGreaterThan(100);
    await pooler[Symbol.asyncDispose]();
  });
  const pooled = (url: string, parameters = "?prepare=false"): string => {
    const address = new URL(url);
    address.port = String(pooler.port);
    return `${address.href}${parameters}`;
  };

  storeCases(async (): Promise<StorePlace> => {
    const database = await openTestPostgres();
    const folder = mkdtempSync(join(tmpdir(), "allot-store-"));
    return {
      kind: "postgres",
      settings: { url: pooled(database.url), folder },
      folder,
      async [Symbol.asyncDispose]() {
        rmSync(folder, { recursive: true, force: true });
        await database[Symbol.asyncDispose]();
      },
    };
  });

  test("whose address does not say so is told what to add", async () => {
    await using database = await openTestPostgres();
    expect(await refusal(pooled(database.url, ""))).toMatch(/behind a pooler, add prepare=false to the address$/);
  });
});

describeOnPostgres("a store in a database", () => {
  let database: TestServer;
  beforeEach(async () => {
    database = await openTestPostgres();
  });
  afterEach(() => database[Symbol.asyncDispose]());
  const open = (parameters = ""): Promise<Store> =>
    openStore({ url: `${database.url}${parameters}`, folder: tmpdir(), clock: systemClock });

  describe("schema", () => {
    test("a new database has the schema that is written down in schema.postgres.txt", async () => {
      await using store = await open();
      await expect(await dumpSchema(store.db)).toMatchFileSnapshot("./schema.postgres.txt");
    });

    test("a database of each older schema is brought to the same schema and keeps its rows", async () => {
      await using fresh = await open();
      const expected = await dumpSchema(fresh.db);
      for (const step of Object.keys(MIGRATIONS)) {
        const driver = postgresDriver(`${database.url}?schema=s${step.slice(0, 4)}`, tmpdir());
        const db = new Kysely<Schema>({ dialect: driver.dialect });
        await migrate(db, driver, step);
        await db
          .insertInto("hosts")
          .values({ host_key: "h", identity: "i", spawner: "s", settings: "f", started_at: 1, seen_at: 2 })
          .execute();
        await db.destroy();
        await using store = await open(`?schema=s${step.slice(0, 4)}`);
        expect(await dumpSchema(store.db)).toBe(expected);
        expect(await store.db.selectFrom("hosts").select("seen_at").execute()).toEqual([{ seen_at: 2 }]);
      }
    });

    test("it has the same tables and columns as on SQLite", async () => {
      await using place = await openSqlitePlace();
      await using other = await openStore({ ...place.settings, clock: systemClock });
      await using store = await open();
      expect(await columns(store)).toEqual(await columns(other));
    });
  });

  describe("a shared database", () => {
    test("keeps others' tables as they are, of the same names too", async () => {
      await query(database.url, "create table runs (mine text)", "create table kysely_migration (theirs text)");
      await using store = await open();
      await addRun(store, "a");
      expect(await query(database.url, "select count(*)::int as n from runs")).toEqual([{ n: 0 }]);
      expect(await query(database.url, "select id from allot.runs")).toEqual([{ id: "a" }]);
    });

    test("has several stores apart, by schema", async () => {
      await using one = await open();
      await using two = await open("?schema=team_b");
      await addRun(one, "a");
      expect(await two.db.selectFrom("runs").selectAll().execute()).toEqual([]);
      expect(two.place).toMatch(/\?schema=team_b$/);
    });

    test("may be used by a role that owns the schema and can make none", async () => {
      await query(
        database.url,
        "drop role if exists allot_worker",
        "create role allot_worker login password 'w/w'",
        "create schema allot authorization allot_worker",
        `revoke create on database "${new URL(database.url).pathname.slice(1)}" from public`,
      );
      const url = new URL(database.url);
      [url.username, url.password] = ["allot_worker", "w%2Fw"];
      await using store = await openStore({ url: url.href, folder: tmpdir(), clock: systemClock });
      await addRun(store, "a");
      expect(await query(database.url, "select id from allot.runs")).toEqual([{ id: "a" }]);
    });
  });

  describe("the guide's queries, by another client", () => {
    test("are in the docs for SQLite as the guide has them", () => {
      expect(documented().slice(0, 2)).toEqual([
        "SELECT * FROM throttle_events ORDER BY timestamp DESC LIMIT 10",
        "SELECT session_id, SUM(tokens_used) as total, SUM(cost) as total_cost\nFROM usage_history\nWHERE timestamp > datetime('now', '-1 day')\nGROUP BY session_id",
      ]);
    });

    test("answer what was spent in a day, and the last events, as the docs have them for Postgres", async () => {
      await using store = await open();
      await insertEntry(store, Date.now());
      await insertEntry(store, Date.now() - 3_600_000, 2, 500_000_000);
      await insertEntry(store, Date.now() - 25 * 3_600_000, 3, 900_000_000);
      const [, , ...forms] = documented();
      const [path, eventsQuery, usageQuery] = forms as [string, string, string];
      const usage = await query(database.url, path, usageQuery);
      expect(
        usage.map(({ total, total_cost, ...rest }) => ({
          ...rest,
          total: Number(total),
          total_cost: Number(total_cost),
        })),
      ).toEqual([{ session_id: "worker_1", total: 2000, total_cost: 0.75 }]);
      await addEvent(store, "first", 1000);
      await addEvent(store, "last", 2000);
      const events = await query(database.url, path, eventsQuery);
      expect(events.map(({ id, level }) => [id, level])).toEqual([
        ["last", "SOFT"],
        ["first", "SOFT"],
      ]);
    });
  });

  describe("a connection", () => {
    test("waits ten seconds for a lock, and gives up what a stalled process holds after thirty", async () => {
      await using store = await open();
      const { rows } = await sql`select current_setting('lock_timeout') as l,
        current_setting('idle_in_transaction_session_timeout') as i`.execute(store.db);
      expect(rows).toEqual([{ l: "10s", i: "30s" }]);
    });

    test("that waits too long for a lock says ledger-busy", async () => {
      await using store = await open();
      await addRun(store, "a");
      const holder = postgres(database.url, { max: 1 });
      await holder.unsafe("begin");
      await holder.unsafe("select * from allot.runs for update");
      const late = store.transaction(async (trx) => {
        await sql`set local lock_timeout = '50ms'`.execute(trx);
        await trx.updateTable("runs").set({ state: "late" }).execute();
      });
      await expect(late).rejects.toSatisfy((error) => isAllotError(error, "ledger-busy"));
      await holder.end();
    });

    test("that was cut while idle is made again unnoticed", async () => {
      await using store = await open();
      await addRun(store, "a");
      for (let times = 0; times < 5; times += 1) {
        await cutAll(database.url);
        expect(await store.db.selectFrom("runs").select("id").execute()).toEqual([{ id: "a" }]);
      }
    });

    test("cut inside a transaction undoes it, and it runs again as a whole", async () => {
      await using store = await open();
      let tries = 0;
      await store.transaction(async (trx) => {
        tries += 1;
        await insertRun(trx, `try ${tries}`);
        if (tries <= 2) await cutAll(database.url);
        await insertRun(trx, `end ${tries}`);
      });
      const rows = await store.db.selectFrom("runs").select("id").orderBy("id").execute();
      expect(rows.map(({ id }) => id)).toEqual(["end 3", "try 3"]);
    });

    test.each([
      ["after its commit was heard", true, 1],
      ["before its commit was heard", false, 2],
    ])("cut %s is asked for what became of it: the transaction stands once", async (_, isHeard, expectedTries) => {
      await using proxy = await openCut(database.url, isHeard);
      await using store = await openStore({ url: proxy.url, folder: tmpdir(), clock: systemClock });
      let tries = 0;
      await store.transaction(async (trx) => {
        tries += 1;
        await insertRun(trx, `try ${tries}`);
        if (tries === 1) proxy.arm();
      });
      expect(tries).toBe(expectedTries);
      const rows = await store.db.selectFrom("runs").select("id").execute();
      expect(rows).toEqual([{ id: `try ${expectedTries}` }]);
    });

    test("cut again and again under load leaves nobody waiting, and every transaction stands once", async () => {
      await using store = await open();
      await addRun(store, "a");
      const add = (): Promise<void> =>
        store.transaction(
          async (trx) => {
            const { updated_at } = await trx.selectFrom("runs").select("updated_at").executeTakeFirstOrThrow();
            await trx
              .updateTable("runs")
              .set({ updated_at: updated_at + 1 })
              .execute();
          },
          { exclusive: ["runs"] },
        );
      const lane = async (): Promise<void> => {
        for (let times = 0; times < 40; times += 1) {
          await add();
          await store.db.selectFrom("runs").select("id").execute();
        }
      };
      const lanes = Promise.all([lane(), lane(), lane(), lane(), lane(), lane()]);
      for (let times = 0; times < 6; times += 1) await cutAll(database.url);
      await lanes;
      expect(await store.db.selectFrom("runs").select("updated_at").execute()).toEqual([{ updated_at: 241 }]);
    });

    test("a transaction that went on after a failed statement is not taken for committed", async () => {
      await using store = await open();
      const work = store.transaction(
        async (trx) => {
          await insertRun(trx, "a");
          await insertRun(trx, "a").catch(() => {});
        },
        { exclusive: ["runs"] },
      );
      await expect(work).rejects.toSatisfy((error) => isAllotError(error, "internal"));
      expect(await store.db.selectFrom("runs").selectAll().execute()).toEqual([]);
    });
  });
});

describeOnPostgres("a store that cannot be used", () => {
  test.each<[string, (url: URL) => void, RegExp]>([
    [
      "a wrong password",
      (url) => {
        url.password = "wr0ng-s3cr3t";
      },
      /^the database "allot_test_\w+" at 127\.0\.0\.1:\d+ cannot be used \(password authentication failed for user "postgres"\)$/,
    ],
    [
      "no such database",
      (url) => {
        url.pathname = "/nowhere";
      },
      /^the database "nowhere" at 127\.0\.0\.1:\d+ cannot be used \(database "nowhere" does not exist\)$/,
    ],
    [
      "nobody listening",
      (url) => {
        url.port = "1";
      },
      /^the database "allot_test_\w+" at 127\.0\.0\.1:1 cannot be used \(ECONNREFUSED\)$/,
    ],
    [
      "an unknown parameter",
      (url) => {
        url.searchParams.set("channel_binding", "require");
      },
      /has the parameter "channel_binding", which allot does not know; known are schema, sslmode/,
    ],
    [
      "no encryption where it is demanded",
      (url) => {
        url.searchParams.set("sslmode", "require");
      },
      /^the database "allot_test_\w+" at 127\.0\.0\.1:\d+ cannot be used/,
    ],
  ])("for %s says so, with host and database and never the password", async (_, change, expected) => {
    await using database = await openTestPostgres();
    const url = new URL(database.url);
    const passwords = [url.password];
    change(url);
    passwords.push(url.password);
    const fault = await openStore({ url: url.href, folder: tmpdir(), clock: systemClock }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isAllotError(fault) && fault.message).toMatch(expected);
    for (const password of passwords) expect(inspect(fault, { depth: 9, showHidden: true })).not.toContain(password);
  });

  test("for a server that says nothing gives up after connect_timeout", async () => {
    const mute = createServer(() => {}).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as { port: number };
    expect(await refusal(`postgres://a@127.0.0.1:${port}/d?connect_timeout=1`)).toBe(
      `the database "d" at 127.0.0.1:${port} cannot be used (CONNECT_TIMEOUT)`,
    );
    mute.close();
  });
});

/** The queries of docs/postgres.md, one statement each: two for SQLite, then the path and two for Postgres. */
function documented(): string[] {
  const page = readFileSync(join(import.meta.dirname, "../../docs/postgres.md"), "utf8");
  const section = page.slice(page.indexOf("## The guide's two queries"), page.indexOf("## Limits of it"));
  const blocks = [...section.matchAll(/```sql\n(.*?)```/gs)].map(([, text]) => text ?? "");
  return blocks
    .flatMap((text) => text.split(";"))
    .map((text) => text.trim())
    .filter((text) => text !== "");
}

async function refusal(url: string): Promise<string> {
  try {
    await using store = await openStore({ url, folder: tmpdir(), clock: systemClock });
    return `opened ${store.place}`;
  } catch (error) {
    if (!isAllotError(error, "storage-unusable")) throw error;
    return error.message;
  }
}

/** Runs statements with a client that is not ours; answers the last one's rows. */
async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = [...(await client.unsafe<Record<string, unknown>[]>(statement))];
    return rows;
  } finally {
    await client.end();
  }
}

/** A way to a server that cuts the next connection which commits, once it is armed. */
async function openCut(url: string, isHeard: boolean): Promise<AsyncDisposable & { url: string; arm: () => void }> {
  const to = new URL(url);
  const port = Number(to.port);
  let armed = false;
  const proxy = createServer((client) => {
    const server = connect(port, to.hostname);
    for (const socket of [client, server]) socket.on("error", () => {});
    server.on("data", (chunk) => client.write(chunk));
    client.on("close", () => server.end());
    client.on("data", (chunk) => {
      const isCut = armed && chunk.includes("commit");
      if (!isCut || isHeard) server.write(chunk);
      if (!isCut) return;
      armed = false;
      client.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  to.port = String((proxy.address() as { port: number }).port);
  return {
    url: to.href,
    arm: () => {
      armed = true;
    },
    [Symbol.asyncDispose]: () => {
      proxy.close();
      return Promise.resolve();
    },
  };
}

/** Ends every connection to a database but the one it is done by, as a restart of the server would. */
async function cutAll(url: string): Promise<void> {
  await query(
    url,
    "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
}

function insertRun(db: Kysely<Schema>, id: string): Promise<unknown> {
  return db
    .insertInto("runs")
    .values({ id, goal: "g", repo: "/r", state: "new", created_at: 1, updated_at: 1, options: "{}" })
    .execute();
}

async function addRun(store: Store, id: string): Promise<void> {
  await insertRun(store.db, id);
}

async function addEvent(store: Store, id: string, at: number): Promise<void> {
  const timestamp = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  await store.db
    .insertInto("throttle_events")
    .values({
      id,
      timestamp,
      at,
      session_id: "s",
      level: "SOFT",
      action: "queued",
      priority: "low",
      limit_name: "session tokens/hour",
      used: 1,
      limit_value: 2,
      reason: "",
    })
    .execute();
}

/** Tables and columns with what may be null, whatever the database calls their types. */
async function columns(store: Store): Promise<string[]> {
  const tables = await store.db.introspection.getTables();
  return tables
    .filter(({ isView }) => !isView)
    .flatMap((table) =>
      table.columns.map((column) => `${table.name}.${column.name} ${column.isNullable ? "null" : ""}`),
    )
    .sort();
}

/** Columns, keys, indexes and views of our schema as text, without those of Kysely itself. */
async function dumpSchema(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ line: string }>`
    select line from (
      select format('%s.%s %s%s', table_name, column_name, data_type, case is_nullable when 'NO' then ' not null' end) as line
      from information_schema.columns where table_schema = current_schema()
      union all
      select format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
      where connamespace = current_schema()::regnamespace and contype in ('p', 'u', 'f')
      union all
      select replace(indexdef, current_schema() || '.', '') from pg_indexes where schemaname = current_schema()
      union all
      select format('%s: %s', viewname, definition) from pg_views where schemaname = current_schema()
    ) as lines where line not like '%kysely_migration%' order by line collate "C"`.execute(db);
  return rows.map(({ line }) => `${line}\n`).join("");
}
