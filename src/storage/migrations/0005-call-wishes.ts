import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Calls know the longest silence inside their stream, and the model that was asked for where another one stands in. */
export const callWishes: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.alterTable("calls").addColumn("idle_ms", "bigint").execute();
    await db.schema.alterTable("calls").addColumn("requested_model", "text").execute();
  },
};
