import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BackendSqlite } from "openworkflow/sqlite";
import { AllotError } from "../../foundation/errors.ts";

const BUSY_TIMEOUT_MS = 10_000;

/**
 * OpenWorkflow's SQLite backend on a file of its own, made where it is missing, readable by its owner only.
 *
 * Its connection comes without a busy timeout; with several processes on a file that loses steps and repeats others,
 * so it is set here before anything is asked. Not every step waits for the disk: after a power cut (not after the death
 * of a process) the last steps may run again, and find what they paid for in the journal of calls, which does wait.
 * Throws `storage-unusable`.
 */
export function openSqliteBackend(file: string, namespaceId: string): BackendSqlite {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
    switchToWal(file);
    const backend = BackendSqlite.connect(file, { namespaceId, runMigrations: true });
    connectionOf(backend).exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}; pragma synchronous = normal`);
    for (const side of [`${file}-wal`, `${file}-shm`]) if (existsSync(side)) chmodSync(side, 0o600);
    return backend;
  } catch (error) {
    if (error instanceof AllotError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AllotError(
      "storage-unusable",
      `${file} cannot be used (${why}); the engine needs a local file it may write`,
      {
        cause: error,
      },
    );
  }
}

/** Done with a timeout, so that the backend's own connect, which has none, finds the switch made. */
function switchToWal(file: string): void {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec("pragma journal_mode = wal");
  } finally {
    database.close();
  }
}

/** The backend keeps its connection private, and has no option for what must be set on it. */
function connectionOf(backend: BackendSqlite): DatabaseSync {
  const { db } = backend as unknown as { db?: DatabaseSync };
  if (db === undefined)
    throw new AllotError("internal", "openworkflow's SQLite backend has no connection under the name db any more");
  return db;
}
