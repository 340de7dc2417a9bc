import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Runs, their mini-tasks and events, and what came of each. */
export const runTables: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("runs")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("goal", "text", (c) => c.notNull())
    .addColumn("repo", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addColumn("owner", "text")
    .addColumn("options", "text", (c) => c.notNull())
    .addColumn("base_rev", "text")
    .addColumn("branch", "text")
    .addColumn("report", "text")
    .addColumn("exit_code", "integer")
    .execute();
  await db.schema.createIndex("runs_by_time").on("runs").columns(["created_at"]).execute();
  await db.schema
    .createTable("run_tasks")
    .addColumn("run_id", "text", (c) => c.notNull().references("runs.id"))
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("title", "text", (c) => c.notNull())
    .addColumn("tier", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("round", "integer", (c) => c.notNull())
    .addColumn("detail", "text", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("run_tasks_key", ["run_id", "number"])
    .execute();
  await db.schema
    .createTable("run_events")
    .addColumn("run_id", "text", (c) => c.notNull().references("runs.id"))
    .addColumn("seq", "bigint", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("run_events_key", ["run_id", "seq"])
    .execute();
  await db.schema
    .createTable("outcomes")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("run_id", "text", (c) => c.notNull())
    .addColumn("repo", "text", (c) => c.notNull())
    .addColumn("task_type", "text", (c) => c.notNull())
    .addColumn("tier", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("accepted", "integer", (c) => c.notNull())
    .addColumn("rounds", "integer", (c) => c.notNull())
    .addColumn("escalated", "integer", (c) => c.notNull())
    .addColumn("cost_nano_usd", "bigint", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("outcomes_by_repo").on("outcomes").columns(["repo", "task_type"]).execute();
}
