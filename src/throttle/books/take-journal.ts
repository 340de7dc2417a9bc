import { closeSync, fdatasyncSync, openSync, readSync, rmSync } from "node:fs";
import type { Transaction } from "kysely";
import type { Room } from "../../ledger/holds.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { book } from "../../ledger/ledger.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { hostname } from "node:os";
import type { Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { returnLease } from "../store/leases.ts";
import { addTo, isZero, type MutableAmounts, splitCost, zero } from "./amounts.ts";
import { costAmounts, type JournalLine, readLine } from "./journal-lines.ts";
import type { FromThread, Snapshot, Taken, ThreadSettings } from "./messages.ts";
import { snapshotsOf } from "./snapshots.ts";

/** Read at a time: about a thousand lines, one transaction of some tens of milliseconds. */
const CHUNK_BYTES = 512 * 1024;

/** Enters this process's journal, so that others find it. */
export async function registerJournal(store: Store, { writer, journal, openedAt }: ThreadSettings): Promise<void> {
  await store.db
    .insertInto("journals")
    .values({
      writer,
      machine: hostname(),
      path: journal,
      taken_bytes: 0,
      opened_at: openedAt,
      seen_at: openedAt,
      closed_at: null,
    })
    .execute();
}

/** Takes a journal over into the database, from where the last transaction left off. */
export class Taker {
  readonly #store: Store;
  readonly #settings: ThreadSettings;
  #path: string;
  #fd: number;
  /** Where the file has been taken to, and how much before this file. */
  #position = 0;
  #before = 0;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);

  constructor(store: Store, settings: ThreadSettings) {
    this.#store = store;
    this.#settings = settings;
    this.#path = settings.journal;
    this.#fd = openSync(this.#path, "r");
  }

  /** Bytes of all files that are in the database. */
  get bytes(): number {
    return this.#before + this.#position;
  }

  /** Takes what has been written since; answers whether there was anything. Throws as the store does, having changed nothing. */
  async take(say: (message: FromThread) => void): Promise<boolean> {
    const read = readSync(this.#fd, this.#buffer, 0, CHUNK_BYTES, this.#position);
    const end = this.#buffer.subarray(0, read).lastIndexOf(10) + 1;
    if (end === 0) return false;
    const lines = this.#buffer
      .toString("utf8", 0, end - 1)
      .split("\n")
      .map(readLine);
    const batch = gather(lines);
    const now = lastInstant(batch.entries) ?? this.#store.clock.now();
    const next = lines.find((line) => line.kind === "moved");
    const snapshots = await this.#store.transaction(async (trx) => {
      if (batch.entries.length > 0) await book(trx, this.#settings.writer, batch.entries);
      if (batch.returns.length > 0) await returnLease(trx, this.#settings.writer, batch.returns);
      await markTaken(trx, this.#settings.writer, next?.path, this.#position + end, now);
      return snapshotsOf(
        trx,
        this.#settings,
        batch.taken.map(({ scopeKey }) => scopeKey),
        now,
      );
    }, BOOKS);
    this.#position += end;
    if (next !== undefined) this.#follow(next.path);
    this.#say(say, batch.taken, snapshots, now);
    return true;
  }

  #say(say: (message: FromThread) => void, taken: readonly Taken[], snapshots: readonly Snapshot[], now: number): void {
    say({ kind: "taken", bytes: this.bytes, now, taken, snapshots });
  }

  /** To the disk itself, so that a power cut takes nothing. */
  sync(): void {
    fdatasyncSync(this.#fd);
  }

  #follow(path: string): void {
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
    this.#before += this.#position;
    this.#position = 0;
    this.#path = path;
    this.#fd = openSync(path, "r");
  }

  /** The end of it: nothing more will be written. */
  leave(keep: boolean): void {
    closeSync(this.#fd);
    if (!keep) rmSync(this.#path, { force: true });
  }
}

async function markTaken(
  trx: Transaction<Schema>,
  writer: string,
  nextPath: string | undefined,
  position: number,
  now: number,
): Promise<void> {
  const at = nextPath === undefined ? { taken_bytes: position } : { taken_bytes: 0, path: nextPath };
  await trx
    .updateTable("journals")
    .set({ ...at, seen_at: now })
    .where("writer", "=", writer)
    .execute();
}

/** What some lines come to. */
export interface Batch {
  readonly entries: readonly EntryFacts[];
  /** What leases give back: it counts as settled from now on. */
  readonly returns: readonly Room[];
  readonly taken: readonly Taken[];
}

/** Adds up lines of a journal. Pure. */
export function gather(lines: readonly JournalLine[]): Batch {
  const entries: EntryFacts[] = [];
  const sums = new Map<string, { covered: MutableAmounts; debt: MutableAmounts }>();
  const sumOf = (key: string): { covered: MutableAmounts; debt: MutableAmounts } => {
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = { covered: zero(), debt: zero() }));
    return sum;
  };
  const parsed = new Map<string, readonly string[]>();
  const keysOf = (text: string): readonly string[] => {
    let keys = parsed.get(text);
    if (keys === undefined) parsed.set(text, (keys = JSON.parse(text) as string[]));
    return keys;
  };
  for (const line of lines) {
    if (line.kind !== "settled" && line.kind !== "corrected") continue;
    entries.push(line.entry);
    const cost = costAmounts(line.entry);
    const keys = keysOf(line.entry.scope_keys ?? "[]");
    const leased = line.kind === "settled" ? line.leasedKeys : 0;
    const { covered, debt } = line.kind === "settled" ? splitCost(line.held, cost) : { covered: zero(), debt: cost };
    keys.forEach((key, index) => {
      const sum = sumOf(key);
      if (index < leased) {
        addTo(sum.covered, covered);
        addTo(sum.debt, debt);
      } else addTo(sum.debt, cost);
    });
  }
  const taken = [...sums].map(([scopeKey, sum]) => ({ scopeKey, ...sum }));
  return {
    entries,
    taken,
    returns: taken.flatMap(({ scopeKey, covered }) => (isZero(covered) ? [] : [{ scopeKey, ...covered }])),
  };
}

function lastInstant(entries: readonly EntryFacts[]): number | undefined {
  return entries.at(-1)?.at;
}
