import type { Kysely } from "kysely";

/** The tables that are new with the throttle; what each holds is said in `schema.ts`. */
export async function throttleTables(db: Kysely<unknown>): Promise<void> {
  await createUse(db);
  await createLeases(db);
  await createBudgets(db);
  await createQueue(db);
  await createSettings(db);
}

async function createUse(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("use_minutes")
    .addColumn("scope_key", "text", (c) => c.notNull())
    .addColumn("minute", "bigint", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("requests", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("use_minutes_key", ["scope_key", "minute"])
    .execute();
  await db.schema.createIndex("use_minutes_by_time").on("use_minutes").columns(["minute"]).execute();
  await db.schema
    .createTable("use_windows")
    .addColumn("scope_key", "text", (c) => c.notNull())
    .addColumn("window", "text", (c) => c.notNull())
    .addColumn("from_minute", "bigint", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("requests", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("use_windows_key", ["scope_key", "window"])
    .execute();
  await db.schema
    .createTable("hold_scopes")
    .addColumn("hold_id", "text", (c) => c.notNull())
    .addColumn("scope_key", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("requests", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("hold_scopes_key", ["hold_id", "scope_key"])
    .execute();
  await db.schema.createIndex("hold_scopes_by_scope").on("hold_scopes").columns(["scope_key"]).execute();
}

async function createLeases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("leases")
    .addColumn("holder", "text", (c) => c.notNull())
    .addColumn("scope_key", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("requests", "bigint", (c) => c.notNull())
    .addColumn("recalled", "integer", (c) => c.notNull())
    .addColumn("renewed_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("leases_key", ["holder", "scope_key"])
    .execute();
  await db.schema.createIndex("leases_by_scope").on("leases").columns(["scope_key"]).execute();
  await db.schema
    .createTable("journals")
    .addColumn("writer", "text", (c) => c.notNull().primaryKey())
    .addColumn("machine", "text", (c) => c.notNull())
    .addColumn("path", "text", (c) => c.notNull())
    .addColumn("taken_bytes", "bigint", (c) => c.notNull())
    .addColumn("opened_at", "bigint", (c) => c.notNull())
    .addColumn("seen_at", "bigint", (c) => c.notNull())
    .addColumn("closed_at", "bigint")
    .execute();
}

async function createBudgets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("budgets")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("parent_id", "text", (c) => c.references("budgets.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint")
    .addColumn("nano_usd", "bigint")
    .addColumn("requests", "bigint")
    .addColumn("reserved", "integer", (c) => c.notNull())
    .addColumn("opened_at", "bigint", (c) => c.notNull())
    .addColumn("closed_at", "bigint")
    .execute();
  await db.schema.createIndex("budgets_by_parent").on("budgets").columns(["parent_id"]).execute();
}

async function createQueue(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("queue")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("run_id", "text")
    .addColumn("priority", "text", (c) => c.notNull())
    .addColumn("lane", "text", (c) => c.notNull())
    .addColumn("agent", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("level", "text", (c) => c.notNull())
    .addColumn("limit_name", "text", (c) => c.notNull())
    .addColumn("owner", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("entered_at", "bigint", (c) => c.notNull())
    .addColumn("seen_at", "bigint", (c) => c.notNull())
    .addColumn("deadline_at", "bigint")
    .addColumn("left_at", "bigint")
    .execute();
  await db.schema.createIndex("queue_by_state").on("queue").columns(["state", "entered_at"]).execute();
  await db.schema
    .createTable("stops")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("scope_key", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("cleared_at", "bigint")
    .execute();
  await db.schema.createIndex("stops_by_scope").on("stops").columns(["scope_key", "cleared_at"]).execute();
}

async function createSettings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("stored_limits")
    .addColumn("name", "text", (c) => c.notNull().primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("lessons")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("user_name", "text", (c) => c.notNull())
    .addColumn("repo", "text", (c) => c.notNull())
    .addColumn("features", "text", (c) => c.notNull())
    .addColumn("task_type", "text", (c) => c.notNull())
    .addColumn("agent", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("lessons_by_user").on("lessons").columns(["user_name", "repo", "at"]).execute();
}
