import type { Dialect, Kysely, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** A database behind Kysely; SQLite's stands in `sqlite-driver.ts`, Postgres' in `postgres-driver.ts`. */
export interface StoreDriver {
  readonly kind: "sqlite" | "postgres";
  /** Where it is, for people; never a password. */
  readonly place: string;
  /** Local folder for files that go with the store. */
  readonly folder: string;
  readonly settings: StoreSettings;
  /** Whole numbers come back as numbers, yes/no as 0 or 1, on every database. */
  readonly dialect: Dialect;
  /** The schema our tables live in; undefined where a database is ours alone. */
  readonly schema?: string;
  /** `Store.transaction` on this database. */
  transaction<T>(
    db: Kysely<Schema>,
    work: (trx: Transaction<Schema>) => Promise<T>,
    options: TransactionOptions,
  ): Promise<T>;
}

/**
 * How another process or thread of ours opens the same store; JSON-safe. The address of a Postgres holds its password:
 * it goes to a child by its environment or by `workerData`, never by an argument, a file, a log or a row.
 */
export type StoreSettings = { readonly path: string } | { readonly url: string; readonly folder: string };

export interface TransactionOptions {
  /** Names of what no other transaction that names it may work on meanwhile, in any process on any machine. */
  readonly exclusive?: readonly string[];
}
