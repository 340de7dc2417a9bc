import { resolve } from "node:path";
import { Kysely, type Transaction } from "kysely";
import type { Clock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import { migrate } from "./migrations/migrations.ts";
import type { Schema } from "./schema.ts";
import { sqliteDriver } from "./sqlite-driver.ts";
import type { StoreDriver } from "./store-driver.ts";

/**
 * Our own tables: the journal of paid calls, holds, the ledger, runs, and what is read out of them. One schema and one
 * set of migrations for SQLite (the default, one local file) and, through a driver, Postgres.
 *
 * Invariant: what belongs together is written in one transaction, and no transaction waits for anything but the
 * database. The engine's tables are not here: they live in a file of their own.
 *
 * Rejected: an object-relational mapper (hides the one statement that matters, the compare-and-set); Postgres
 * everywhere (fails the two-commands rule on a fresh machine); timestamps and money as database types (they differ).
 */
export interface Store extends AsyncDisposable {
  readonly kind: StoreDriver["kind"];
  /** Where it is, for people: the file's path. */
  readonly place: string;
  readonly clock: Clock;
  readonly db: Kysely<Schema>;
  /**
   * Runs `work` in one transaction: all of it or, when it throws, nothing. It takes SQLite's one write lock, so `work`
   * may await queries of `trx` and nothing else; a `work` that waits for anything slower is rolled back with `internal`.
   *
   * Throws `ledger-busy` when another process held the lock for ten seconds.
   */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>;
}

/**
 * Opens the store and brings its tables up to date. `path` names an SQLite file, made where it is missing (mode 0600).
 * Opening a path twice in one process gives two handles on one connection; the last one disposed closes it.
 *
 * Throws `storage-unusable` for a folder without rights, a corrupt file, or one that a newer allot has written.
 */
export async function openStore(
  options: { path: string; clock: Clock } | { driver: StoreDriver; clock: Clock },
): Promise<Store> {
  const shared = "driver" in options ? connect(options.driver) : join(resolve(options.path));
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
    clock: options.clock,
    db,
    transaction: (work) =>
      db.transaction().execute((trx) => (driver.kind === "sqlite" ? withoutWaiting(work, trx) : work(trx))),
    [Symbol.asyncDispose]: leave,
  };
}

interface Connection {
  readonly driver: StoreDriver;
  readonly db: Kysely<Schema>;
  readonly ready: Promise<void>;
  users: number;
}

/**
 * The open SQLite files of this process. Two connections of one process would lock each other out: `begin immediate`
 * blocks the very thread that the other connection needs to reach its commit.
 */
const connections = new Map<string, Connection>();

function join(path: string): Connection {
  const known = connections.get(path);
  if (known !== undefined) {
    known.users += 1;
    return known;
  }
  const made = connect(sqliteDriver(path));
  connections.set(path, made);
  return made;
}

function connect(driver: StoreDriver): Connection {
  const db = new Kysely<Schema>({ dialect: driver.dialect });
  return { driver, db, ready: migrate(db, driver.place), users: 1 };
}

async function leaveConnection(connection: Connection): Promise<void> {
  connection.users -= 1;
  if (connection.users > 0) return;
  if (connections.get(connection.driver.place) === connection) connections.delete(connection.driver.place);
  await connection.db.destroy();
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** Queries of SQLite answer within the same turn of the event loop; whatever needs a second turn was no query. */
async function withoutWaiting<T>(work: (trx: Transaction<Schema>) => Promise<T>, trx: Transaction<Schema>): Promise<T> {
  let waited = false;
  const turn = setImmediate(() => {
    waited = true;
  });
  try {
    const result = await work(trx);
    if (waited) throw new AllotError("internal", "a transaction waited for something else than the database");
    return result;
  } finally {
    clearImmediate(turn);
  }
}
