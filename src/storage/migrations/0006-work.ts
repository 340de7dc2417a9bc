import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Answers of parts, token samples, batches, outcomes of work; what each holds is said in `work-schema.ts`. */
export const workTables: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await createAnswers(db);
  await createBatches(db);
  await createOutcomes(db);
}

async function createAnswers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("part_answers")
    .addColumn("key", "text", (c) => c.notNull().primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("repo", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("served_by", "text", (c) => c.notNull())
    .addColumn("covers", "text", (c) => c.notNull())
    .addColumn("answer", "text", (c) => c.notNull())
    .addColumn("input_tokens", "bigint", (c) => c.notNull())
    .addColumn("output_tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("duration_ms", "bigint", (c) => c.notNull())
    .addColumn("stored_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("part_answers_by_end").on("part_answers").columns(["expires_at"]).execute();
  await db.schema
    .createTable("token_samples")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("content", "text", (c) => c.notNull())
    .addColumn("reported", "bigint", (c) => c.notNull())
    .addColumn("counted", "bigint", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("token_samples_by_model")
    .on("token_samples")
    .columns(["model", "content", "at"])
    .execute();
}

async function createBatches(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("batches")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("operation", "text", (c) => c.notNull())
    .addColumn("repo", "text", (c) => c.notNull())
    .addColumn("spec", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("limit_nano_usd", "bigint")
    .addColumn("way", "text", (c) => c.notNull())
    .addColumn("owner", "text")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("batch_items")
    .addColumn("batch_id", "text", (c) => c.notNull())
    .addColumn("position", "bigint", (c) => c.notNull())
    .addColumn("target", "text", (c) => c.notNull())
    .addColumn("lane", "text", (c) => c.notNull())
    .addColumn("expected_ms", "bigint", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("attempts", "bigint", (c) => c.notNull())
    .addColumn("remote_id", "text")
    .addColumn("result", "text")
    .addColumn("problem", "text")
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("duration_ms", "bigint")
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("batch_items_key", ["batch_id", "position"])
    .execute();
  await db.schema.createIndex("batch_items_by_state").on("batch_items").columns(["batch_id", "state"]).execute();
}

async function createOutcomes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("work_outcomes")
    .addColumn("id", "text", (c) => c.notNull().primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("repo", "text", (c) => c.notNull())
    .addColumn("parts", "bigint", (c) => c.notNull())
    .addColumn("complete", "integer", (c) => c.notNull())
    .addColumn("input_tokens", "bigint", (c) => c.notNull())
    .addColumn("output_tokens", "bigint", (c) => c.notNull())
    .addColumn("nano_usd", "bigint", (c) => c.notNull())
    .addColumn("duration_ms", "bigint", (c) => c.notNull())
    .addColumn("manual_ms", "bigint", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("work_outcomes_by_kind").on("work_outcomes").columns(["kind", "at"]).execute();
}
