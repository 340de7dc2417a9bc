import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Calls have a limit for the silence inside a stream, beside the one for its first sign. */
export const callIdleLimit: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.alterTable("calls").addColumn("idle_ms", "bigint").execute();
  },
};
