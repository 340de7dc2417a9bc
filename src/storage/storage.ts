import { resolve } from "node:path";
import { Kysely, type Transaction } from "kysely";
import type { Clock } from "../foundation/clock.ts";
import { migrate } from "./migrations/migrations.ts";
import { postgresDriver } from "./postgres-driver.ts";
import type { Schema } from "./schema.ts";
import { sqliteDriver } from "./sqlite-driver.ts";
import type { StoreDriver, StoreSettings, TransactionOptions } from "./store-driver.ts";

/**
 * Our own tables: the journal of paid calls, holds, the ledger, runs, and what is read out of them. One schema and one
 * set of migrations for SQLite (the default, one local file) and Postgres (many machines), each behind a driver.
 *
 * Invariant: what belongs together is written in one transaction, and no transaction waits for anything but the
 * database. The engine's tables are not here: they live in a file of their own.
 *
 * Rejected: an object-relational mapper (hides the one statement that matters, the compare-and-set); Postgres
 * everywhere (fails the two-commands rule on a fresh machine); timestamps and money as database types (they differ).
 */
export interface Store extends AsyncDisposable {
  readonly kind: StoreDriver["kind"];
  /** Where it is, for people: the file's path, or the database's address without its password. */
  readonly place: string;
  /** Local folder for files that go with it, logs and journals: the SQLite file's own. */
  readonly folder: string;
  /** For children and threads of ours that open it too. Holds the password of a Postgres. */
  readonly settings: StoreSettings;
  readonly clock: Clock;
  readonly db: Kysely<Schema>;
  /**
   * Runs `work` in one transaction: all of it or, when it throws, nothing. On SQLite it takes the one write lock, so
   * `work` may await queries of `trx` and nothing else; a `work` that waits for anything slower is rolled back with
   * `internal`. On Postgres a `work` that collides with others runs again, so it must change nothing but the database;
   * and a statement that failed ends the transaction, so its error must not be caught inside.
   *
   * What it reads stays true until it commits, as if it were alone: on Postgres by serializable isolation, which under
   * contention costs repeats. Those who often want the same rows name them in `exclusive` (scope keys, say): they wait
   * for each other instead, and see all that was committed under those names. Whoever writes such rows must name them.
   *
   * Throws `ledger-busy` when others were in the way for ten seconds.
   */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/**
 * Opens the store and brings its tables up to date. `path` names an SQLite file, made where it is missing (mode 0600);
 * `url` a Postgres database, in which the tables get a schema of their own. Opening the same one twice in one process
 * gives two handles on one connection; the last one disposed closes it.
 *
 * Throws `storage-unusable` for a folder without rights, a corrupt file, a server that does not answer, a database that
 * a newer allot has written; `config-invalid` for an address that cannot be read.
 */
export async function openStore(options: StoreSettings & { clock: Clock }): Promise<Store> {
  const shared =
    "url" in options ? join(options.url, () => postgresDriver(options.url, options.folder)) : joinFile(options.path);
  const { driver, db } = shared;
  const leave = once(() => leaveConnection(shared));
  try {
    await shared.ready;
  } catch (error) {
    await leave();
    throw error;
  }
  return {
    kind: driver.kind,
    place: driver.place,
    folder: driver.folder,
    settings: driver.settings,
    clock: options.clock,
    db,
    transaction: (work, how = {}) => driver.transaction(db, work, how),
    [Symbol.asyncDispose]: leave,
  };
}

interface Connection {
  readonly key: string;
  readonly driver: StoreDriver;
  readonly db: Kysely<Schema>;
  readonly ready: Promise<void>;
  users: number;
}

/**
 * The open stores of this process, by path or address. Two connections of one process on one SQLite file would lock
 * each other out: `begin immediate` blocks the very thread that the other connection needs to reach its commit.
 */
const connections = new Map<string, Connection>();

function joinFile(path: string): Connection {
  const file = resolve(path);
  return join(file, () => sqliteDriver(file));
}

function join(key: string, open: () => StoreDriver): Connection {
  const known = connections.get(key);
  if (known !== undefined) {
    known.users += 1;
    return known;
  }
  const driver = open();
  const db = new Kysely<Schema>({ dialect: driver.dialect });
  const made = { key, driver, db, ready: migrate(db, driver), users: 1 };
  connections.set(key, made);
  return made;
}

async function leaveConnection(connection: Connection): Promise<void> {
  connection.users -= 1;
  if (connection.users > 0) return;
  if (connections.get(connection.key) === connection) connections.delete(connection.key);
  await connection.db.destroy();
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
