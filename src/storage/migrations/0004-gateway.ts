import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Breakers, keys of the gateway, cached answers, sums of delegations; what each holds is said in `schema.ts`. */
export const gatewayTables: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("breakers")
    .addColumn("target", "text", (c) => c.notNull().primaryKey())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("failures", "bigint", (c) => c.notNull())
    .addColumn("openings", "bigint", (c) => c.notNull())
    .addColumn("opened_at", "bigint", (c) => c.notNull())
    .addColumn("probe_at", "bigint", (c) => c.notNull())
    .addColumn("prober", "text")
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("gateway_keys")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull().unique())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("revoked_at", "bigint")
    .addColumn("session_id", "text")
    .addColumn("project", "text")
    .addColumn("models", "text")
    .addColumn("priority", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("cached_answers")
    .addColumn("key", "text", (c) => c.notNull().primaryKey())
    .addColumn("provider", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("answer", "text", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("stored_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("cached_answers_by_end").on("cached_answers").columns(["expires_at"]).execute();
  await createDelegations(db);
}

const COUNTS = [
  "requests",
  "answered",
  "failed",
  "refused",
  "fell_back",
  "cached",
  "attempts",
  "duration_ms",
  "input_tokens",
  "cache_read_tokens",
  "output_tokens",
  "reasoning_tokens",
  "nano_usd",
];

async function createDelegations(db: Kysely<unknown>): Promise<void> {
  const table = db.schema
    .createTable("delegation_minutes")
    .addColumn("minute", "bigint", (c) => c.notNull())
    .addColumn("task_type", "text", (c) => c.notNull())
    .addColumn("provider", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull());
  await COUNTS.reduce((made, name) => made.addColumn(name, "bigint", (c) => c.notNull()), table)
    .addPrimaryKeyConstraint("delegation_minutes_key", ["minute", "task_type", "provider", "model"])
    .execute();
}
