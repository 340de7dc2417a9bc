import { type Kysely, PostgresAdapter } from "kysely";
import type { Schema } from "./schema.ts";
import type { TransactionOptions } from "./store-driver.ts";

/**
 * For every transaction that moves money (ledger, minutes, windows, holds, leases, budgets): one at a time, on every
 * machine. On SQLite they are so anyway; on Postgres this is one advisory lock, taken before any row.
 *
 * Rejected: a lock for each scope key, taken in sorted order. Everybody is under "global:", so nobody would go at the
 * same time anyway.
 */
export const BOOKS: TransactionOptions = { exclusive: ["books"] };

/** Whether a statement is written for Postgres; else it is for SQLite. */
export function isPostgres(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
