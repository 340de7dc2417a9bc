import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** The journal of paid calls, holds, the ledger and what hangs on them. */
export const moneyTables: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await createCalls(db);
  await createHolds(db);
  await createLedger(db);
  await createHistory(db);
  await db.schema
    .createTable("hosts")
    .addColumn("host_key", "text", (c) => c.notNull().primaryKey())
    .addColumn("identity", "text", (c) => c.notNull())
    .addColumn("spawner", "text", (c) => c.notNull())
    .addColumn("settings", "text", (c) => c.notNull())
    .addColumn("started_at", "bigint", (c) => c.notNull())
    .addColumn("seen_at", "bigint", (c) => c.notNull())
    .execute();
}

async function createCalls(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("calls")
    .addColumn("key", "text", (c) => c.notNull().primaryKey())
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("task", "text", (c) => c.notNull())
    .addColumn("round", "integer", (c) => c.notNull())
    .addColumn("purpose", "text", (c) => c.notNull())
    .addColumn("attempt", "integer", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("request_hash", "text", (c) => c.notNull())
    .addColumn("request", "text", (c) => c.notNull())
    .addColumn("provider", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("priority", "text", (c) => c.notNull())
    .addColumn("phase", "text", (c) => c.notNull())
    .addColumn("tier", "text", (c) => c.notNull())
    .addColumn("timeout_ms", "bigint", (c) => c.notNull())
    .addColumn("hold_tokens", "bigint", (c) => c.notNull())
    .addColumn("hold_nano_usd", "bigint", (c) => c.notNull())
    .addColumn("price", "text", (c) => c.notNull())
    .addColumn("price_version", "text", (c) => c.notNull())
    .addColumn("price_assumed", "integer", (c) => c.notNull())
    .addColumn("host", "text")
    .addColumn("intent_at", "bigint", (c) => c.notNull())
    .addColumn("launched_at", "bigint")
    .addColumn("finished_at", "bigint")
    .addColumn("answer", "text")
    .addColumn("response_id", "text")
    .addColumn("input_tokens", "bigint")
    .addColumn("cache_read_tokens", "bigint")
    .addColumn("cache_write_5m_tokens", "bigint")
    .addColumn("cache_write_1h_tokens", "bigint")
    .addColumn("output_tokens", "bigint")
    .addColumn("reasoning_tokens", "bigint")
    .addColumn("usage_estimated", "integer")
    .addColumn("cost_nano_usd", "bigint")
    .addColumn("error_code", "text")
    .addColumn("error_message", "text")
    .addColumn("retryable", "integer")
    .addColumn("retry_after_ms", "bigint")
    .execute();
  await db.schema.createIndex("calls_by_run_and_state").on("calls").columns(["run_id", "state"]).execute();
}

async function createHolds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("holds")
    .addColumn("call_key", "text", (c) => c.notNull().primaryKey().references("calls.key"))
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("opened_at", "bigint", (c) => c.notNull())
    .addColumn("closed_at", "bigint")
    .addColumn("closed_as", "text")
    .execute();
  await db.schema.createIndex("holds_by_run").on("holds").columns(["run_id", "closed_at"]).execute();
  await db.schema.createIndex("holds_by_session").on("holds").columns(["session_id", "closed_at"]).execute();
}

async function createLedger(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("ledger")
    .addColumn("writer", "text", (c) => c.notNull())
    .addColumn("sequence", "bigint", (c) => c.notNull())
    .addColumn("entry_key", "text", (c) => c.notNull().unique())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("call_key", "text", (c) => c.references("calls.key"))
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
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("prev_hash", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("ledger_key", ["writer", "sequence"])
    .execute();
  await db.schema.createIndex("ledger_by_run").on("ledger").columns(["run_id"]).execute();
  await db.schema.createIndex("ledger_by_session").on("ledger").columns(["session_id", "at"]).execute();
  await db.schema.createIndex("ledger_by_call").on("ledger").columns(["call_key"]).execute();
  await db.schema
    .createTable("ledger_writers")
    .addColumn("writer", "text", (c) => c.notNull().primaryKey())
    .addColumn("sequence", "bigint", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .execute();
}

async function createHistory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("usage_history")
    .addColumn("entry_key", "text", (c) => c.notNull().primaryKey())
    .addColumn("timestamp", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("provider", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("tokens_used", "bigint", (c) => c.notNull())
    .addColumn("cost", "double precision", (c) => c.notNull())
    .addColumn("cost_nano_usd", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("usage_history_by_time").on("usage_history").columns(["timestamp"]).execute();
  await db.schema
    .createTable("throttle_events")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("timestamp", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("run_id", "text")
    .addColumn("call_key", "text")
    .addColumn("level", "text", (c) => c.notNull())
    .addColumn("action", "text", (c) => c.notNull())
    .addColumn("priority", "text", (c) => c.notNull())
    .addColumn("limit_name", "text", (c) => c.notNull())
    .addColumn("used", "bigint", (c) => c.notNull())
    .addColumn("limit_value", "bigint", (c) => c.notNull())
    .addColumn("reason", "text", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("throttle_events_by_time").on("throttle_events").columns(["timestamp"]).execute();
}
