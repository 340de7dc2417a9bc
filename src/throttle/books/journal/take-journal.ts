import { closeSync, fdatasync, fstatSync, openSync, readSync } from "node:fs";
import { hostname } from "node:os";
import type { Transaction } from "kysely";
import { AllotError } from "../../../foundation/errors.ts";
import { book } from "../../../ledger/ledger.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { Schema } from "../../../storage/schema.ts";
import type { Store } from "../../../storage/storage.ts";
import { shrinkLeases } from "../lease-changes.ts";
import { type Batch, gather } from "./gather.ts";
import { type JournalLine, readLine } from "./journal-lines.ts";
import type { FromThread, Place, Snapshot, ThreadSettings } from "../messages.ts";
import { snapshotsOf } from "../snapshots.ts";
import { withOwnKeys } from "./unique-entries.ts";

/** Read at a time: about a thousand lines, one transaction of some tens of milliseconds. */
const CHUNK_BYTES = 512 * 1024;
const LONGEST_CHUNK_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** Some whole lines of a journal, and where they end. */
export interface Chunk {
  readonly lines: readonly JournalLine[];
  readonly from: number;
  readonly to: number;
  /** The file in which the journal goes on. */
  readonly next: string | undefined;
}

/** Reads whole lines from a place on; undefined where there is none. What a crash or a full disk tore is passed over. */
export function readChunk(fd: number, from: number, most = CHUNK_BYTES): Chunk | undefined {
  for (let size = Math.min(CHUNK_BYTES, most); size <= LONGEST_CHUNK_BYTES; size *= 4) {
    const buffer = Buffer.allocUnsafe(size);
    const read = readSync(fd, buffer, 0, size, from);
    const end = buffer.subarray(0, read).lastIndexOf(LINE_FEED) + 1;
    if (end === 0 && read < size) return undefined;
    if (end === 0) continue;
    const lines = buffer
      .toString("utf8", 0, end - 1)
      .split("\n")
      .flatMap((text) => readLine(text) ?? []);
    const next = lines.find((line) => line.kind === "moved")?.path;
    return { lines, from, to: from + end, next };
  }
  return undefined;
}

/** Enters this process's journal, so that others find it; answers how far it was taken before, by a thread that died. */
export async function registerJournal(
  store: Store,
  settings: ThreadSettings,
): Promise<Pick<Place, "path" | "position">> {
  const { writer, taken, openedAt } = settings;
  return store.transaction(async (trx) => {
    const row = await trx.selectFrom("journals").selectAll().where("writer", "=", writer).executeTakeFirst();
    if (row === undefined) {
      await trx
        .insertInto("journals")
        .values({
          writer,
          machine: hostname(),
          path: taken.path,
          taken_bytes: taken.position,
          opened_at: openedAt,
          seen_at: openedAt,
          closed_at: null,
        })
        .execute();
      return taken;
    }
    await trx.updateTable("journals").set({ closed_at: null }).where("writer", "=", writer).execute();
    return { path: row.path, position: row.taken_bytes };
  }, BOOKS);
}

/** Takes a process's own journal into the database, each piece in a transaction that moves the journal's mark along. */
export class Taker {
  readonly #store: Store;
  readonly #settings: ThreadSettings;
  #at: Place;
  #fd: number;
  #synced = 0;
  #isSyncing = false;
  #newest: number;

  constructor(store: Store, settings: ThreadSettings) {
    this.#store = store;
    this.#settings = settings;
    this.#at = settings.taken;
    this.#fd = openSync(this.#at.path, "r");
    this.#newest = settings.openedAt;
  }

  /** Bytes of all files that are in the database. */
  get bytes(): number {
    return this.#at.bytes;
  }

  get path(): string {
    return this.#at.path;
  }

  /** Whether something was written that is not in the database. */
  get hasMore(): boolean {
    return fstatSync(this.#fd).size > this.#at.position;
  }

  /** Whether so much is waiting that it takes more than one transaction. */
  get hasMuchMore(): boolean {
    return fstatSync(this.#fd).size - this.#at.position > CHUNK_BYTES;
  }

  /** Tells of what a thread before had taken and could not tell. */
  catchUp(to: Pick<Place, "path" | "position">, say: (message: FromThread) => void): void {
    while (this.#at.path !== to.path || this.#at.position < to.position) {
      const most = this.#at.path === to.path ? to.position - this.#at.position : CHUNK_BYTES;
      const chunk = readChunk(this.#fd, this.#at.position, most);
      if (chunk === undefined) {
        throw new AllotError("storage-unusable", `the journal ${this.#at.path} is shorter than what was taken of it`);
      }
      this.#moveTo(chunk, gather(chunk.lines), [], say);
    }
  }

  /** Takes what has been written since; answers whether there was anything. Throws as the store does, having changed nothing. */
  async take(say: (message: FromThread) => void): Promise<boolean> {
    const chunk = readChunk(this.#fd, this.#at.position);
    if (chunk === undefined) return false;
    const batch = gather(chunk.lines);
    const now = batch.entries.at(-1)?.at ?? this.#newest;
    const { writer } = this.#settings;
    const snapshots = await this.#store.transaction(async (trx) => {
      await markTaken(trx, writer, this.#at, chunk, now);
      await book(trx, writer, await withOwnKeys(trx, batch.entries));
      if (batch.returns.length > 0) await shrinkLeases(trx, writer, batch.returns);
      const keys = batch.taken.map(({ scopeKey }) => scopeKey);
      return snapshotsOf(trx, this.#settings, keys, now);
    }, BOOKS);
    this.#newest = now;
    this.#moveTo(chunk, batch, snapshots, say);
    return true;
  }

  /** What is written goes to the disk itself: a power cut takes nothing, the database away or not. Nobody waits for it. */
  sync(): void {
    const { size } = fstatSync(this.#fd);
    if (!this.#settings.sync || this.#isSyncing || this.#synced === size) return;
    this.#isSyncing = true;
    this.#synced = size;
    fdatasync(this.#fd, () => {
      this.#isSyncing = false;
    });
  }

  close(): void {
    closeSync(this.#fd);
  }

  #moveTo(chunk: Chunk, batch: Batch, snapshots: readonly Snapshot[], say: (message: FromThread) => void): void {
    const bytes = this.#at.bytes + chunk.to - chunk.from;
    if (chunk.next === undefined) this.#at = { ...this.#at, position: chunk.to, bytes };
    else {
      closeSync(this.#fd);
      this.#fd = openSync(chunk.next, "r");
      this.#at = { path: chunk.next, position: 0, bytes };
    }
    say({ kind: "taken", at: this.#at, now: this.#newest, taken: batch.taken, snapshots });
  }
}

/** Moves a journal's mark on. Throws `internal` where it is not where it was left: a piece is taken once. */
export async function markTaken(
  trx: Transaction<Schema>,
  writer: string,
  from: Pick<Place, "path" | "position">,
  { to, next }: Chunk,
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("journals")
    .set(next === undefined ? { taken_bytes: to } : { taken_bytes: 0, path: next })
    .set((e) => ({ seen_at: e.case().when("seen_at", "=", 0).then(0).else(now).end() }))
    .where("writer", "=", writer)
    .where("path", "=", from.path)
    .where("taken_bytes", "=", from.position)
    .where("closed_at", "is", null)
    .executeTakeFirstOrThrow();
  if (Number(numUpdatedRows) === 0) {
    throw new AllotError("internal", `the journal ${from.path} was taken by somebody else beyond ${from.position}`);
  }
}
