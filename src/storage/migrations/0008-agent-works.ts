import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Work of agent programs that outlives who asked for it; what each column holds is said in `agent-schema.ts`. */
export const agentTables: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("agent_works")
    .addColumn("key", "text", (c) => c.notNull().primaryKey())
    .addColumn("agent", "text", (c) => c.notNull())
    .addColumn("task_hash", "text", (c) => c.notNull())
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("way", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("life", "bigint", (c) => c.notNull())
    .addColumn("host", "text")
    .addColumn("process", "text")
    .addColumn("agent_session", "text")
    .addColumn("hold_key", "text")
    .addColumn("wants_stop", "integer", (c) => c.notNull())
    .addColumn("usage", "text")
    .addColumn("earlier_usage", "text")
    .addColumn("outcome", "text")
    .addColumn("opened_at", "bigint", (c) => c.notNull())
    .addColumn("seen_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("agent_works_by_run").on("agent_works").columns(["run_id"]).execute();
  await db.schema
    .createTable("agent_work_events")
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("seq", "bigint", (c) => c.notNull())
    .addColumn("life", "bigint", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("agent_work_events_place", ["key", "seq"])
    .execute();
}
