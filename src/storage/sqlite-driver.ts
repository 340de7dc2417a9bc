import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  type DialectAdapter,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
  type Transaction,
} from "kysely";
import { AllotError } from "../foundation/errors.ts";
import type { Schema } from "./schema.ts";
import type { StoreDriver } from "./store-driver.ts";

/** How long a connection waits for another process's transaction before it gives up. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * One SQLite file behind Kysely, on Node's own `node:sqlite`. The file and its folder are made where they are missing,
 * readable by their owner only.
 *
 * Every transaction begins as `begin immediate`: a transaction that reads first and writes later fails under a second
 * process otherwise. `synchronous=FULL`, so that a settled call outlives a power cut.
 */
export function sqliteDriver(path: string): StoreDriver {
  const database = guard(path, () => open(path));
  return {
    kind: "sqlite",
    place: path,
    folder: dirname(path),
    settings: { path },
    dialect: new TransactionalSqliteDialect({ database: kyselyDatabase(path, database) }),
    // The one write lock is taken at the begin, so every transaction is alone, whatever it names.
    transaction: (db, work) => db.transaction().execute((trx) => withoutWaiting(work, trx)),
  };
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

/** Kysely takes SQLite's schema changes for non-transactional; they are not, and migrations rely on it. */
class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter();
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function open(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite makes the side files (-wal, -shm) with the mode of the main file, so it is set before SQLite sees it.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    database.exec("pragma journal_mode = wal");
    database.exec("pragma synchronous = full");
    database.exec("pragma foreign_keys = on");
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** `node:sqlite` in the shape Kysely's SQLite dialect asks for, with prepared statements kept. */
function kyselyDatabase(path: string, database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = guard(path, () =>
        kyselyStatement(path, database.prepare(sql === "begin" ? "begin immediate" : sql)),
      );
      // Statements with lists of varying length would fill the memory of a long-lived process.
      if (statements.size >= 200) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
  };
}

function kyselyStatement(path: string, statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => guard(path, () => statement.all(...(parameters as SQLInputValue[]))),
    run: (parameters) => guard(path, () => statement.run(...(parameters as SQLInputValue[]))),
    iterate: (parameters) => guard(path, () => statement.iterate(...(parameters as SQLInputValue[]))),
  };
}

/** Runs `body`, turning what SQLite and the file system say about an unusable file into faults of ours. */
function guard<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw asFault(path, error);
  }
}

const CORRUPT = new Set([11, 26]);
const LOCKED = new Set([5, 6]);
const UNUSABLE = new Set([3, 8, 10, 13, 14]);

function asFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ERR_SQLITE_ERROR") {
    const primary = ((error as unknown as { errcode: number }).errcode ?? 0) & 0xff;
    if (LOCKED.has(primary)) {
      return new AllotError("ledger-busy", `another process held ${path} for ${BUSY_TIMEOUT_MS} ms`, { cause: error });
    }
    if (CORRUPT.has(primary)) {
      return new AllotError(
        "storage-unusable",
        `${path} is not a sound SQLite database (${error.message}); move it away or restore a copy`,
        { cause: error },
      );
    }
    if (UNUSABLE.has(primary)) {
      return new AllotError(
        "storage-unusable",
        `${path} cannot be used (${error.message}); allot needs a local file and a folder it may write`,
        { cause: error },
      );
    }
    return error;
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST", "ENOSPC", "ENOENT"].includes(code)) {
    return new AllotError(
      "storage-unusable",
      `${path} cannot be opened (${code}); allot needs a local file and a folder it may write`,
      { cause: error },
    );
  }
  return error;
}
