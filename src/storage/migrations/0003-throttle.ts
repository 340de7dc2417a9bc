import { type Kysely, PostgresAdapter, sql } from "kysely";
import type { Migration } from "kysely/migration";
import type { Schema } from "../schema.ts";
import { throttleTables } from "./throttle-tables.ts";

/**
 * The throttle's tables. The ledger takes entries of calls that have no row in `calls`, and says more of each; holds
 * name everybody under whose limits they stand; `usage_history` is read out of the ledger instead of written beside it.
 *
 * What was spent and held before counts on: the minutes are summed up from the entries, open holds keep their room.
 */
export const throttleStep: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("usage_history").execute();
  await rebuildLedger(db);
  await createUsageHistory(db);
  await throttleTables(db);
  await rebuildHolds(db);
  await sumUpMinutes(db);
}

const LEDGER_TEXTS = [
  "writer",
  "entry_key",
  "kind",
  "call_key",
  "run_id",
  "task",
  "phase",
  "tier",
  "session_id",
  "provider",
  "model",
  "price_version",
  "note",
  "prev_hash",
  "hash",
];
const LEDGER_NUMBERS = [
  "sequence",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
  "nano_usd",
  "price_assumed",
  "usage_estimated",
  "at",
];

/** Both databases can drop a foreign key only by a new table. */
async function rebuildLedger(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("ledger_next")
    .addColumn("writer", "text", (c) => c.notNull())
    .addColumn("sequence", "bigint", (c) => c.notNull())
    .addColumn("entry_key", "text", (c) => c.notNull().unique())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("call_key", "text")
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("task", "text", (c) => c.notNull())
    .addColumn("phase", "text", (c) => c.notNull())
    .addColumn("tier", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("provider", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("input_tokens", "bigint", (c) => c.notNull())
    .addColumn("cache_read_tokens", "bigint", (c) => c.notNull())
    .addColumn("cache_write_5m_tokens", "bigint", (c) => c.notNull())
    .addColumn("cache_write_1h_tokens", "bigint", (c) => c.notNull())
    .addColumn("output_tokens", "bigint", (c) => c.notNull())
    .addColumn("reasoning_tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("price_version", "text", (c) => c.notNull())
    .addColumn("price_assumed", "integer", (c) => c.notNull())
    .addColumn("usage_estimated", "integer", (c) => c.notNull())
    .addColumn("note", "text", (c) => c.notNull())
    .addColumn("hold_tokens", "bigint")
    .addColumn("hold_nano_usd", "bigint")
    .addColumn("agent", "text")
    .addColumn("task_type", "text")
    .addColumn("project", "text")
    .addColumn("api_key", "text")
    .addColumn("requested_model", "text")
    .addColumn("service", "text")
    .addColumn("scope_keys", "text")
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("prev_hash", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("ledger_place", ["writer", "sequence"])
    .execute();
  const columns = sql.join([...LEDGER_TEXTS, ...LEDGER_NUMBERS].map((name) => sql.ref(name)));
  await sql`insert into ledger_next (${columns}) select ${columns} from ledger order by at, sequence`.execute(db);
  await db.schema.dropTable("ledger").execute();
  await db.schema.alterTable("ledger_next").renameTo("ledger").execute();
  await db.schema.createIndex("ledger_by_run").on("ledger").columns(["run_id"]).execute();
  await db.schema.createIndex("ledger_by_session").on("ledger").columns(["session_id", "at"]).execute();
}

/**
 * The time as each database's own queries expect it: text as SQLite's `datetime` writes it, an instant on Postgres,
 * where `now() - interval '1 day'` is compared with it.
 */
async function createUsageHistory(db: Kysely<unknown>): Promise<void> {
  const timestamp =
    db.getExecutor().adapter instanceof PostgresAdapter
      ? sql.raw("to_timestamp(at / 1000.0)")
      : sql.raw("datetime(at / 1000, 'unixepoch')");
  await sql`
    create view "usage_history" as select "entry_key", ${timestamp} as "timestamp", "session_id", "run_id",
      "provider", "model",
      "input_tokens" + "cache_read_tokens" + "cache_write_5m_tokens" + "cache_write_1h_tokens" + "output_tokens"
        as "tokens_used",
      cast("nano_usd" as double precision) / 1000000000 as "cost", "nano_usd" as "cost_nano_usd"
    from "ledger"`.execute(db);
}

/** Who was under which limit before there were any but the run's: its session, its run, and everybody. */
async function rebuildHolds(db: Kysely<Schema>): Promise<void> {
  const old = await db
    .selectFrom("holds")
    .innerJoin("calls", "calls.key", "holds.call_key")
    .select([
      "holds.call_key",
      "holds.run_id",
      "holds.session_id",
      "holds.tokens",
      "holds.nano_usd",
      "holds.opened_at",
      "holds.closed_at",
      "holds.closed_as",
      "calls.provider",
      "calls.model",
    ])
    .execute();
  await db.schema.dropTable("holds").execute();
  await db.schema
    .createTable("holds")
    .addColumn("call_key", "text", (c) => c.notNull().primaryKey())
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("scope_keys", "text", (c) => c.notNull())
    .addColumn("counted_keys", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("requests", "bigint", (c) => c.notNull())
    .addColumn("opened_at", "bigint", (c) => c.notNull())
    .addColumn("closed_at", "bigint")
    .addColumn("closed_as", "text")
    .execute();
  await db.schema.createIndex("holds_by_run").on("holds").columns(["run_id", "closed_at"]).execute();
  await db.schema.createIndex("holds_by_session").on("holds").columns(["session_id", "closed_at"]).execute();
  for (const { provider, model, ...hold } of old) {
    const keys = [
      "global:",
      `model:${model}`,
      `provider:${provider}`,
      `run:${hold.run_id}`,
      `session:${hold.session_id}`,
    ];
    await db
      .insertInto("holds")
      .values({ ...hold, scope_keys: JSON.stringify(keys), counted_keys: "[]", requests: 1 })
      .execute();
    if (hold.closed_at !== null) continue;
    const amounts = { tokens: hold.tokens, nano_usd: hold.nano_usd, requests: 1 };
    await db
      .insertInto("hold_scopes")
      .values(keys.map((scope_key) => ({ hold_id: hold.call_key, scope_key, ...amounts })))
      .execute();
  }
}

/** As `use-minutes.ts` counts from now on: a correction counts in the minute of its call, or in minute 0 after 62 days. */
async function sumUpMinutes(db: Kysely<Schema>): Promise<void> {
  const scopes = [
    sql`'global:'`,
    sql`'session:' || session_id`,
    sql`'run:' || run_id`,
    sql`'provider:' || provider`,
    sql`'model:' || model`,
  ];
  for (const scope of scopes) {
    await sql`
      insert into use_minutes (scope_key, minute, tokens, nano_usd, requests)
      select ${scope}, case when at / 60000 - since / 60000 >= 89280 then 0 else since / 60000 end,
        sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens),
        sum(nano_usd), sum(case when kind = 'correction' then 0 else 1 end)
      from (
        select entry.*, case when entry.kind = 'correction' then coalesce((
          select max(first.at) from ledger as first
          where first.entry_key in ('settle:' || entry.call_key, 'unknown:' || entry.call_key)
        ), entry.at) else entry.at end as since
        from ledger as entry
      ) as entries
      group by 1, 2`.execute(db);
  }
}
