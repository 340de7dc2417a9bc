import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { AllotError } from "../../foundation/errors.ts";
import type { Schema } from "../schema.ts";
import type { StoreDriver } from "../store-driver.ts";
import { moneyTables } from "./0001-money.ts";
import { runTables } from "./0002-runs.ts";
import { throttleStep } from "./0003-throttle.ts";
import { gatewayTables } from "./0004-gateway.ts";
import { callWishes } from "./0005-call-wishes.ts";
import { workTables } from "./0006-work.ts";
import { loggedAnswers } from "./0007-logged-answers.ts";
import { agentTables } from "./0008-agent-works.ts";

/**
 * Every step from an empty database to today's schema, in order. A step that has been released is never edited: a
 * change of the tables is a new numbered file and one line here. What Kysely's schema builder can say to both
 * databases (text, integer, bigint and double precision); a step that must say more says it to each.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-money": moneyTables,
  "0002-runs": runTables,
  "0003-throttle": throttleStep,
  "0004-gateway": gatewayTables,
  "0005-call-wishes": callWishes,
  "0006-work": workTables,
  "0007-logged-answers": loggedAnswers,
  "0008-agent-works": agentTables,
};

/**
 * Brings a database to today's schema; one that is there already costs one small query. Several processes may do so
 * at once: each step runs in one transaction. `upTo` stops early, to test the way from an older schema.
 *
 * Throws `storage-unusable` when the database knows steps that this program does not, or when a step fails.
 */
export async function migrate(
  db: Kysely<Schema>,
  { place, schema }: Pick<StoreDriver, "place" | "schema">,
  upTo?: string,
): Promise<void> {
  const applied = await appliedSteps(db, schema);
  const strangers = applied.filter((name) => !(name in MIGRATIONS));
  if (strangers.length > 0) {
    throw new AllotError(
      "storage-unusable",
      `${place} was written by a newer allot (it has the schema step ${strangers.join(", ")}); use that version, or another database`,
    );
  }
  if (applied.length === Object.keys(MIGRATIONS).length) return;
  try {
    await (schema === undefined ? takeSteps(db, undefined, upTo) : takeStepsInSchema(db, schema, upTo));
  } catch (error) {
    if (error instanceof AllotError) throw error;
    throw new AllotError("storage-unusable", `the tables of ${place} could not be brought up to date`, {
      cause: error,
    });
  }
}

async function takeSteps(db: Kysely<Schema>, schema: string | undefined, upTo: string | undefined): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  });
  const { error } = upTo === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(upTo);
  if (error !== undefined) throw error instanceof Error ? error : new Error("a step failed", { cause: error });
}

/** Of any number, a Postgres advisory lock that is ours: "allot" as text. */
const MIGRATION_LOCK = "417963568244";

/** Everything in one transaction, the schema and the tables that remember the steps included, one process at a time. */
async function takeStepsInSchema(db: Kysely<Schema>, schema: string, upTo: string | undefined): Promise<void> {
  await db
    .transaction()
    .setIsolationLevel("read committed")
    .execute(async (trx) => {
      await sql`set local lock_timeout = '60s'`.execute(trx);
      await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::int8)`.execute(trx);
      const { rows } = await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(trx);
      // "if not exists" asks for the right to make one even where there is one.
      if (rows.length === 0) await trx.schema.createSchema(schema).execute();
      await takeSteps(trx, schema, upTo);
    });
}

/** Names of the steps a database has had; none for an empty one. */
async function appliedSteps(db: Kysely<Schema>, schema: string | undefined): Promise<string[]> {
  const found =
    schema === undefined
      ? sql`select 1 from sqlite_master where name = 'kysely_migration'`
      : sql`select 1 from pg_tables where schemaname = ${schema} and tablename = 'kysely_migration'`;
  if ((await found.execute(db)).rows.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map((row) => row.name);
}
