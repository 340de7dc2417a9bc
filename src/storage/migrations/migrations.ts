import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { AllotError } from "../../foundation/errors.ts";
import type { Schema } from "../schema.ts";
import { moneyTables } from "./0001-money.ts";
import { runTables } from "./0002-runs.ts";
import { throttleStep } from "./0003-throttle.ts";

/**
 * Every step from an empty database to today's schema, in order. A step that has been released is never edited: a
 * change of the tables is a new numbered file and one line here. What Kysely's schema builder can say to both
 * databases (text, integer, bigint and double precision); a step that must say more says it to each.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-money": moneyTables,
  "0002-runs": runTables,
  "0003-throttle": throttleStep,
};

/**
 * Brings a database to today's schema; one that is there already costs one small query. Several processes may do so
 * at once: each step runs in one transaction. `upTo` stops early, to test the way from an older schema.
 *
 * Throws `storage-unusable` when the database knows steps that this program does not, or when a step fails.
 */
export async function migrate(db: Kysely<Schema>, place: string, upTo?: string): Promise<void> {
  const applied = await appliedSteps(db);
  const strangers = applied.filter((name) => !(name in MIGRATIONS));
  if (strangers.length > 0) {
    throw new AllotError(
      "storage-unusable",
      `${place} was written by a newer allot (it has the schema step ${strangers.join(", ")}); use that version, or another file`,
    );
  }
  if (applied.length === Object.keys(MIGRATIONS).length) return;
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) } });
  const { error } = upTo === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(upTo);
  if (error instanceof AllotError) throw error;
  if (error !== undefined) {
    throw new AllotError("storage-unusable", `the tables of ${place} could not be brought up to date`, {
      cause: error,
    });
  }
}

/** Names of the steps a database has had; none for an empty one. */
async function appliedSteps(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map((row) => row.name);
}
