import { type Kysely, sql } from "kysely";
import type { DelegationMinutesTable, Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { SUMMED } from "./delegation-minutes.ts";

const ROWS_AT_ONCE = 200;
/** Older minutes are folded into their days. */
const KEPT_DAYS = 62;
const MINUTES_A_DAY = 1440;

/** Adds rows to those in the store, in one statement. */
export async function addRows(store: Store, rows: readonly DelegationMinutesTable[]): Promise<void> {
  await upsert(store.db, rows);
}

/**
 * SQLite waits for another's transaction with the whole process standing still, up to ten seconds; requests must not wait
 * for sums. So it is not waited for: the rows go next time. Nobody else uses the connection meanwhile.
 */
export async function addWithoutWaiting(store: Store, rows: readonly DelegationMinutesTable[]): Promise<void> {
  if (store.kind !== "sqlite") return addRows(store, rows);
  await store.db.connection().execute(async (db) => {
    const usual = await sql<{ timeout: number }>`pragma busy_timeout`.execute(db);
    await sql`pragma busy_timeout = 0`.execute(db);
    try {
      await upsert(db, rows);
    } finally {
      await sql`pragma busy_timeout = ${sql.lit(usual.rows[0]?.timeout ?? 10_000)}`.execute(db);
    }
  });
}

async function upsert(db: Kysely<Schema>, rows: readonly DelegationMinutesTable[]): Promise<void> {
  await db
    .insertInto("delegation_minutes")
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .columns(["minute", "task_type", "provider", "model"])
        .doUpdateSet(
          Object.fromEntries(
            SUMMED.map((name) => [
              name,
              sql`${sql.ref(`delegation_minutes.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
            ]),
          ),
        ),
    )
    .execute();
}

/**
 * Puts minutes that are older than 62 days into one row a day (its first minute), task type, provider and model, so that the table
 * grows by days. Answers how many rows went.
 */
export async function foldOldDelegations(store: Store, now: number): Promise<number> {
  const before = Math.floor(now / 60_000 / MINUTES_A_DAY - KEPT_DAYS) * MINUTES_A_DAY;
  const isOld = sql<boolean>`minute < cast(${before} as bigint) and minute % 1440 <> 0`;
  const anyOld = store.db.selectFrom("delegation_minutes").select("minute").where(isOld).limit(1);
  if ((await anyOld.executeTakeFirst()) === undefined) return 0;
  return store.transaction(
    async (trx) => {
      const day = sql<number>`minute - minute % 1440`;
      const rows = await trx
        .selectFrom("delegation_minutes")
        .where(isOld)
        .groupBy([day, "task_type", "provider", "model"])
        .select((e) => [
          day.as("minute"),
          "task_type",
          "provider",
          "model",
          ...SUMMED.map((name) => e.fn.sum<number>(name).as(name)),
        ])
        .orderBy("minute")
        .execute();
      const { numDeletedRows } = await trx.deleteFrom("delegation_minutes").where(isOld).executeTakeFirstOrThrow();
      const days = rows.map(
        (row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, TEXTS.has(name) ? value : Number(value)]),
          ) as unknown as DelegationMinutesTable,
      );
      for (let from = 0; from < days.length; from += ROWS_AT_ONCE) {
        await upsert(trx, days.slice(from, from + ROWS_AT_ONCE));
      }
      return Number(numDeletedRows);
    },
    { exclusive: ["delegations"] },
  );
}

const TEXTS: ReadonlySet<string> = new Set(["task_type", "provider", "model"]);
