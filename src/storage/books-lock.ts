import { type Kysely, PostgresAdapter, sql } from "kysely";
import type { Schema } from "./schema.ts";

/** "allot books" as a number of our own among a database's advisory locks. */
const BOOKS = 0x616c6c6f;

export function isPostgres(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * Waits until no other transaction moves money, and keeps others out until this one ends. On SQLite every transaction
 * does so at its begin; on Postgres this is one advisory lock. It comes first in a transaction, before any row is
 * written: whoever locks a row and then waits here could wait for ever.
 *
 * Rejected: a lock for each scope key, taken in sorted order. Everybody is under "global:", so nobody would go at the
 * same time anyway.
 */
export async function lockBooks(trx: Kysely<Schema>): Promise<void> {
  if (isPostgres(trx)) await sql`select pg_advisory_xact_lock(${sql.lit(BOOKS)})`.execute(trx);
}
