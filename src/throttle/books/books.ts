/**
 * The figures of this process: what it holds, what it has spent, what it has leased of each limit. Decides in memory,
 * writes every step into the process's journal before it goes on, and leaves the database to a thread of its own.
 *
 * Invariants: what is held here is covered by leases in the database, so settled + held never passes a limit whatever
 * other processes do; a step that was not journaled did not happen; the database is never waited for on this thread.
 *
 * Rejected: a transaction a call (stalls the event loop up to 110 ms with four processes); counters written behind
 * without leases (four processes spend four times the limit); a process that keeps the books for all (a further hop
 * and a further thing that can die). Figures: notes on performance.
 */
import { join } from "node:path";
import { randomLetters, sha256 } from "../../foundation/ids.ts";
import { formatIdentity, processIdentity } from "../../foundation/process-identity.ts";
import type { Store } from "../../storage/storage.ts";
import type { Amounts, Books, LimitSet } from "../throttle.ts";
import { Journal } from "./journal/journal.ts";
import { ProcessBooks } from "./process-books.ts";

export interface BooksOptions {
  readonly store: Pick<Store, "settings" | "folder" | "clock">;
  /** Defaults and configuration; limits that were stored by `allot limits` stand above them. */
  readonly limits: LimitSet;
  /** Largest block leased beyond what an ask needs, and the part of the room it may be. */
  readonly block?: { readonly cap: Amounts; readonly divisor: number };
  /** So much may wait for the database; then nothing is admitted until it is back. 256 MiB. */
  readonly mostWaitingBytes?: number;
  /** A journal goes on in a new file above this size. 32 MiB. */
  readonly longFileBytes?: number;
  /** A process of another machine that gave no sign of life for so long loses what it had leased. An hour. */
  readonly awayMs?: number;
  /** Whether lines outlive a power cut within some tens of ms, by a sync on the thread. True. */
  readonly sync?: boolean;
}

const ANY = Number.MAX_SAFE_INTEGER;
/** A 256th of what is left before the next level: the less is left, the less is leased, so nearly all of it can be used. */
const BLOCK = { cap: { tokens: ANY, nanoUsd: ANY, requests: ANY }, divisor: 256 };
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

/**
 * Opens the books of this process, and takes over what processes that are gone have left. Throws what the store throws
 * where it cannot be opened (`storage-unusable`, `ledger-busy` ...), and `storage-unusable` where no journal can be
 * written in `journals` in the store's folder.
 */
export async function openBooks(options: BooksOptions): Promise<Books> {
  const { store, limits, block = BLOCK, awayMs = HOUR_MS, sync = true } = options;
  const { mostWaitingBytes = 256 * MIB, longFileBytes = 32 * MIB } = options;
  const writer = `${formatIdentity(processIdentity())}|${randomLetters(6)}`;
  const folder = join(store.folder, "journals");
  const name = sha256(writer).slice(0, 16);
  const journal = new Journal((part) => join(folder, `${name}-${part}.jsonl`));
  const taken = { path: journal.path, position: 0, bytes: 0 };
  const settings = { store: store.settings, writer, limits, block, awayMs, sync, openedAt: store.clock.now(), taken };
  const books = new ProcessBooks(journal, settings, store.clock, { mostWaitingBytes, longFileBytes });
  try {
    await books.ready;
  } catch (error) {
    journal.remove();
    throw error;
  }
  return books;
}
