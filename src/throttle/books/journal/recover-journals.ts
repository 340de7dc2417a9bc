import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Kysely, Selectable, Transaction } from "kysely";
import { parseIdentity, probe } from "../../../foundation/process-identity.ts";
import { book } from "../../../ledger/ledger.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { JournalsTable, Schema } from "../../../storage/schema.ts";
import type { Store } from "../../../storage/storage.ts";
import { returnLease } from "../../store/leases.ts";
import { gather } from "./gather.ts";
import type { JournalLine } from "./journal-lines.ts";
import { type Chunk, markTaken, readChunk } from "./take-journal.ts";
import { withOwnKeys } from "./unique-entries.ts";
import { type LostHold, unknownEntry } from "./unknown-entry.ts";

type JournalRow = Selectable<JournalsTable>;

/**
 * Takes over the journals of processes that are gone: what they settled goes into the ledger, what they held is `unknown`
 * and counts as spent, what they had leased is free again. Exactly once, however many do it at once: each piece is taken
 * in a transaction that moves the journal's mark along.
 *
 * A journal of another machine is that machine's to read. After `awayMs` without a sign of life its leases are free;
 * what it settled counts as soon as somebody there opens the store.
 */
export async function recoverJournals(
  store: Store,
  options: { now: number; awayMs: number; own: string },
): Promise<void> {
  const rows = await store.db.selectFrom("journals").selectAll().where("writer", "!=", options.own).execute();
  for (const row of rows) {
    if (row.machine !== hostname()) await giveUpIfSilent(store, row, options);
    else if (row.closed_at !== null) await remove(store, row);
    else if (probe(parseIdentity(row.writer)) === "gone") await takeOver(store, row, options);
  }
}

async function takeOver(
  store: Store,
  row: JournalRow | undefined,
  options: { now: number; awayMs: number },
): Promise<void> {
  // Somebody else has taken it over to its end.
  if (row === undefined) return;
  const open = new Map<string, LostHold>();
  let { path } = row;
  for (;;) {
    const fd = openIfThere(path);
    // Another machine of the same name, or its file is lost: nobody here can say what was spent.
    if (fd === undefined) return giveUpIfSilent(store, row, options);
    let next: string | undefined;
    try {
      for (let from = 0; next === undefined;) {
        // Pieces begin where the mark was, so that all who recover this read the same ones.
        const isTaken = path === row.path && from < row.taken_bytes;
        const chunk = readChunk(fd, from, isTaken ? row.taken_bytes - from : undefined);
        if (chunk === undefined) break;
        if (!(await store.transaction((trx) => takeChunk(trx, row.writer, path, chunk), BOOKS))) {
          return await takeOver(store, await rowOf(store.db, row.writer), options);
        }
        follow(open, chunk.lines);
        from = chunk.to;
        next = chunk.next;
      }
    } finally {
      closeSync(fd);
    }
    if (next === undefined) break;
    // A new file begins with all that is open.
    open.clear();
    path = next;
  }
  const last = path;
  await store.transaction((trx) => end(trx, row.writer, last, open), BOOKS);
  await remove(store, row);
}

function rowOf(db: Kysely<Schema>, writer: string): Promise<JournalRow | undefined> {
  return db.selectFrom("journals").selectAll().where("writer", "=", writer).executeTakeFirst();
}

/**
 * Takes a piece, or nothing where it is in the database already. Answers false where the mark stands within it: the last
 * transaction of a killed process can come to be in the database after the process was seen to be gone.
 */
async function takeChunk(trx: Transaction<Schema>, writer: string, path: string, chunk: Chunk): Promise<boolean> {
  const row = await rowOf(trx, writer);
  if (row === undefined || row.closed_at !== null || row.path !== path || row.taken_bytes >= chunk.to) return true;
  if (row.taken_bytes > chunk.from) return false;
  const { entries, returns } = gather(chunk.lines);
  await markTaken(trx, writer, { path, position: chunk.from }, chunk, row.seen_at);
  await book(trx, writer, await withOwnKeys(trx, entries));
  if (returns.length > 0) await returnLease(trx, writer, returns);
  return true;
}

function follow(open: Map<string, LostHold>, lines: readonly JournalLine[]): void {
  for (const line of lines) {
    if (line.kind === "hold") open.set(line.id, line);
    if (line.kind === "released") open.delete(line.id);
    if (line.kind === "settled") open.delete(line.entry.call_key ?? "");
  }
}

/** Everything was taken: what is open stays open for ever. */
async function end(
  trx: Transaction<Schema>,
  writer: string,
  path: string,
  open: ReadonlyMap<string, LostHold>,
): Promise<void> {
  const row = await rowOf(trx, writer);
  if (row === undefined || row.closed_at !== null || row.path !== path) return;
  const unknown = [...open].map(([id, hold]) => unknownEntry(id, hold));
  await book(trx, writer, await withOwnKeys(trx, unknown));
  await returnLease(trx, writer);
  await trx.updateTable("journals").set({ closed_at: row.seen_at }).where("writer", "=", writer).execute();
}

/** Frees what a process nobody here can see had leased. By `seen_at`, 0, it learns so should it come back. */
async function giveUpIfSilent(store: Store, row: JournalRow, options: { now: number; awayMs: number }): Promise<void> {
  if (row.closed_at !== null || row.seen_at === 0 || options.now - row.seen_at < options.awayMs) return;
  await store.transaction(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable("journals")
      .set({ seen_at: 0 })
      .where("writer", "=", row.writer)
      .where("seen_at", "=", row.seen_at)
      .executeTakeFirstOrThrow();
    if (Number(numUpdatedRows) > 0) await returnLease(trx, row.writer);
  }, BOOKS);
}

/** Files of a journal that is in the database to its end; after them the row, which says whose they were. */
async function remove(store: Store, row: JournalRow): Promise<void> {
  removeFiles(row.path);
  const closed = store.db.deleteFrom("journals").where("writer", "=", row.writer).where("closed_at", "is not", null);
  await closed.execute();
}

/** All files of the journal that one file belongs to. */
export function removeFiles(path: string): void {
  const name = basename(path).replace(/\d+\.jsonl$/, "");
  let files: readonly string[];
  try {
    files = readdirSync(dirname(path));
  } catch {
    return;
  }
  for (const file of files) if (file.startsWith(name)) rmSync(join(dirname(path), file), { force: true });
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
