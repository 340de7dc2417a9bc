import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** The ledger keeps what providers called request and answer, so that answers of agents' logs are known again. */
export const loggedAnswers: Migration = { up: create };

async function create(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("ledger").addColumn("request_id", "text").execute();
  await db.schema.alterTable("ledger").addColumn("response_id", "text").execute();
  await db.schema
    .createTable("logged_answers")
    .addColumn("answer", "text", (c) => c.notNull().primaryKey())
    .addColumn("agent", "text", (c) => c.notNull())
    .addColumn("session_id", "text", (c) => c.notNull())
    .addColumn("call_key", "text", (c) => c.notNull())
    .addColumn("how", "text", (c) => c.notNull())
    .addColumn("tokens", "bigint", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("logged_answers_by_time").on("logged_answers").columns(["how", "at"]).execute();
}
