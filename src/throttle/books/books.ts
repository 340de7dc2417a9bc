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
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { randomLetters, sha256 } from "../../foundation/ids.ts";
import { formatIdentity, processIdentity } from "../../foundation/process-identity.ts";
import type { Room } from "../../ledger/holds.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import type { Store } from "../../storage/storage.ts";
import { decide } from "../decide.ts";
import type { Admission, Admitted, Amounts, Ask, Books, LimitSet, LimitState, Settlement } from "../throttle.ts";
import { Account, decideInMemory } from "./account.ts";
import { addTo, isZero, splitCost } from "./amounts.ts";
import { Journal } from "./journal.ts";
import { correctedLine, costAmounts, holdLine, type HoldKeys, releasedLine, settledLine } from "./journal-lines.ts";
import type { FromThread, Snapshot, ThreadSettings, ToThread } from "./messages.ts";

export interface BooksOptions {
  readonly store: Pick<Store, "settings" | "folder" | "clock">;
  /** Defaults and configuration; limits that were stored by `allot limits` stand above them. */
  readonly limits: LimitSet;
  /** Largest block leased beyond what an ask needs, and the part of the room it may be. */
  readonly block?: { readonly cap: Amounts; readonly divisor: number };
}

const ANY = Number.MAX_SAFE_INTEGER;
/** A 256th of what is left before the next level: the less is left, the less is leased, so nearly all of it can be used. */
const BLOCK = { cap: { tokens: ANY, nanoUsd: ANY, requests: ANY }, divisor: 256 };

/** Figures older than this are fetched anew, while calls go on within the lease; only a level can be that late. */
const OLD_MS = 500;
/** Figures older than this are good for nothing. */
const STALE_MS = 30_000;
/** A lease that nobody drew on for so long goes back. */
const IDLE_MS = 1000;
/** A journal goes on in a new file above this size. */
const LONG_JOURNAL_BYTES = 32 * 1024 * 1024;
/** So much may wait for the database; then nothing is admitted until it is back. */
const MOST_WAITING_BYTES = 256 * 1024 * 1024;

/** Opens the books of this process. Throws `storage-unusable` where the journal or the store cannot be written. */
export async function openBooks(options: BooksOptions): Promise<Books> {
  const { store, limits } = options;
  const writer = `${formatIdentity(processIdentity())}|${randomLetters(6)}`;
  const folder = join(store.folder, "journals");
  const name = sha256(writer).slice(0, 16);
  const journal = new Journal((part) => join(folder, `${name}-${part}.jsonl`));
  const settings: ThreadSettings = {
    store: store.settings,
    writer,
    folder,
    journal: journal.path,
    limits,
    block: options.block ?? BLOCK,
    openedAt: store.clock.now(),
  };
  const entry = `./books-thread${extname(fileURLToPath(import.meta.url))}`;
  const thread = new Worker(new URL(entry, import.meta.url), { workerData: settings });
  const books = new ProcessBooks(journal, thread, store.clock, limits);
  await books.ready;
  thread.unref();
  return books;
}

/** A hold that is open. */
interface OpenHold {
  readonly held: Amounts;
  readonly at: number;
  readonly keys: HoldKeys;
}

/** An ask that the database decides. */
interface Waiting {
  readonly ask: Ask;
  /** As posted: smaller than `ask.worst` once it was clamped. */
  worst: Amounts;
  clampedTo?: number;
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

class ProcessBooks implements Books {
  readonly ready: Promise<void>;
  readonly #journal: Journal;
  readonly #thread: Worker;
  readonly #clock: Clock;
  #set: LimitSet;
  readonly #accounts = new Map<string, Account>();
  readonly #open = new Map<string, OpenHold>();
  #waiting: Waiting[] = [];
  /** The asks of the lease request that is under way. */
  #asked: ReadonlyMap<string, Waiting> | undefined;
  readonly #returning: Room[] = [];
  readonly #topUps = new Map<string, readonly string[]>();
  #recalled = false;
  readonly #replies = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>();
  #number = 0;
  #takenBytes = 0;
  #corrections = 0;
  #broken: AllotError | undefined;
  #closing = false;
  #closed = Promise.withResolvers<void>();

  constructor(journal: Journal, thread: Worker, clock: Clock, set: LimitSet) {
    this.#journal = journal;
    this.#thread = thread;
    this.#clock = clock;
    this.#set = set;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    thread.on("message", (message: FromThread) => {
      if (message.kind === "ready") {
        this.#set = message.set;
        ready.resolve();
      } else this.#hear(message);
    });
    thread.on("error", (error: unknown) => {
      const fault = error instanceof AllotError ? error : asBroken(error);
      ready.reject(fault);
      this.#break(fault);
    });
    thread.on("exit", () => {
      const fault = asBroken("it ended");
      ready.reject(fault);
      this.#closed.resolve();
      if (!this.#closing) this.#break(fault);
    });
  }

  admit(ask: Ask): Admission | Promise<Admission> {
    this.#throwIfUnusable(ask.id);
    const now = this.#clock.now();
    const accounts = this.#freshAccounts(ask.scopeKeys, now);
    if (accounts === undefined) return this.#askStore(ask);
    const decision = decideInMemory(accounts, ask, this.#set);
    if (decision === "unsure" || (decision !== "quiet" && decision.kind !== "admitted")) return this.#askStore(ask);
    const admitted: Admitted = decision === "quiet" ? { kind: "admitted", level: "NONE", held: ask.worst } : decision;
    this.#hold(ask, admitted.held, accounts, now);
    if (accounts.some((account) => account.runsLow || now - account.seenAt > OLD_MS)) this.#topUp(ask.scopeKeys);
    return admitted;
  }

  settle({ id, entry }: Settlement): void {
    const hold = this.#end(id);
    const scopeKeys = [...hold.keys.scopeKeys, ...hold.keys.countedKeys];
    const facts: EntryFacts = {
      ...entry,
      entry_key: `settle:${id}`,
      at: this.#clock.now(),
      hold_tokens: hold.held.tokens,
      hold_nano_usd: hold.held.nanoUsd,
      scope_keys: JSON.stringify(scopeKeys),
    };
    // Before the figures move: what is not in the journal did not happen.
    this.#journal.append(settledLine(hold.held, hold.keys.scopeKeys.length, facts));
    this.#open.delete(id);
    const cost = costAmounts(facts);
    const { covered, debt } = splitCost(hold.held, cost);
    for (const key of hold.keys.scopeKeys) {
      const account = this.#account(key);
      addTo(account.open, hold.held, -1);
      addTo(account.covered, covered);
      addTo(account.debt, debt);
    }
    for (const key of hold.keys.countedKeys) addTo(this.#account(key).debt, cost);
    this.#moveOnIfLong();
  }

  release(id: string): void {
    const hold = this.#end(id);
    this.#journal.append(releasedLine(id));
    this.#open.delete(id);
    for (const key of hold.keys.scopeKeys) addTo(this.#account(key).open, hold.held, -1);
  }

  correct({ id, entry, correction }: Settlement & { readonly correction: number }): void {
    this.#throwIfBroken();
    this.#corrections += 1;
    const facts: EntryFacts = {
      ...entry,
      kind: "correction",
      entry_key: `correct:${id}:${correction}`,
      at: this.#clock.now(),
    };
    this.#journal.append(correctedLine(facts));
    for (const key of JSON.parse(facts.scope_keys ?? "[]") as string[]) {
      addTo(this.#account(key).debt, costAmounts(facts));
    }
  }

  async states(scopeKeys: readonly string[]): Promise<readonly LimitState[]> {
    const now = this.#clock.now();
    const snapshots = await this.#request<readonly Snapshot[]>((number) => ({
      kind: "states",
      number,
      now,
      scopeKeys,
    }));
    this.#see(snapshots, now);
    return scopeKeys.flatMap((key) => this.#accounts.get(key)?.states() ?? []);
  }

  async flush(): Promise<void> {
    const { bytes } = this.#journal;
    if (this.#takenBytes < bytes) await this.#request<void>((number) => ({ kind: "flush", number, bytes }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return this.#closed.promise;
    this.#closing = true;
    if (this.#broken === undefined) {
      this.#stayAlive();
      this.#thread.postMessage({
        kind: "close",
        now: this.#clock.now(),
        openHolds: this.#open.size > 0,
      } satisfies ToThread);
      await this.#closed.promise;
    }
    this.#journal.close();
    await this.#thread.terminate();
    this.#rejectAll(new AllotError("interrupted", "the books were closed"));
  }

  #throwIfUnusable(id: string): void {
    this.#throwIfBroken();
    if (this.#closing) throw new AllotError("internal", "the books are closed");
    if (this.#open.has(id))
      throw new AllotError("internal", `call ${id} is held already; every attempt needs an id of its own`);
    if (this.#journal.bytes - this.#takenBytes > MOST_WAITING_BYTES) {
      throw new AllotError(
        "ledger-busy",
        "the store has taken nothing from the journal for long; calls wait until it is back",
      );
    }
  }

  #throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  #account(key: string): Account {
    let account = this.#accounts.get(key);
    if (account === undefined) this.#accounts.set(key, (account = new Account(key)));
    return account;
  }

  /** The accounts of all these scope keys; undefined unless each one's figures are fresh. */
  #freshAccounts(scopeKeys: readonly string[], now: number): readonly Account[] | undefined {
    const accounts: Account[] = [];
    for (const key of scopeKeys) {
      const account = this.#accounts.get(key);
      // A clock that was set back makes figures from the future: they are as old as any.
      if (account === undefined || now - account.seenAt > STALE_MS || now < account.seenAt) return undefined;
      account.usedAt = now;
      accounts.push(account);
    }
    return accounts;
  }

  #hold(ask: Ask, held: Amounts, accounts: readonly Account[], at: number): void {
    const keys = { scopeKeys: ask.scopeKeys, countedKeys: ask.countedKeys ?? [] };
    this.#journal.append(holdLine(ask.id, at, held, keys));
    this.#open.set(ask.id, { held, at, keys });
    for (const account of accounts) addTo(account.open, held);
  }

  #end(id: string): OpenHold {
    this.#throwIfBroken();
    const hold = this.#open.get(id);
    if (hold === undefined)
      throw new AllotError("internal", `call ${id} holds nothing: it was never admitted, or has ended`);
    return hold;
  }

  #askStore(ask: Ask): Promise<Admission> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, worst: ask.worst, resolve, reject });
      this.#stayAlive();
      this.#kick();
    });
  }

  /** Fetches more of these before they run out; rides on the next request. */
  #topUp(scopeKeys: readonly string[]): void {
    if (this.#asked !== undefined) return;
    this.#topUps.set(scopeKeys.join(" "), scopeKeys);
    this.#kick();
  }

  /** Sends the next lease request, unless one is under way. */
  #kick(): void {
    if (this.#asked !== undefined || this.#closing || this.#broken !== undefined) return;
    if (this.#waiting.length === 0 && this.#topUps.size === 0 && !this.#recalled) return;
    const batch = this.#waiting.splice(0, 256);
    this.#asked = new Map(batch.map((waiting) => [waiting.ask.id, waiting]));
    const now = this.#clock.now();
    const asks = batch.map(({ ask, worst, clampedTo }) => ({
      id: ask.id,
      scopeKeys: ask.scopeKeys,
      priority: ask.priority,
      worst,
      clampable: ask.clamp !== undefined && clampedTo === undefined,
    }));
    const returns = this.#recalled || batch.length > 0 ? this.#returns(batch, now) : [];
    this.#recalled = false;
    const topUps = [...this.#topUps.values()];
    this.#topUps.clear();
    this.#thread.postMessage({ kind: "lease", now, asks, returns, topUps } satisfies ToThread);
  }

  /** Everything unused of whom the asks draw on (they are leased anew with the need), of whom idles, or was recalled. */
  #returns(batch: readonly Waiting[], now: number): readonly Room[] {
    const wanted = new Set(batch.flatMap(({ ask }) => ask.scopeKeys));
    for (const account of this.#accounts.values()) {
      const idle = now - account.usedAt > IDLE_MS;
      if (!wanted.has(account.scopeKey) && !idle && !this.#recalledKeys.has(account.scopeKey)) continue;
      const unused = account.unused();
      if (isZero(unused) && !this.#recalledKeys.has(account.scopeKey)) continue;
      addTo(account.returning, unused);
      this.#returning.push({ scopeKey: account.scopeKey, ...unused });
    }
    this.#recalledKeys.clear();
    return [...this.#returning];
  }

  readonly #recalledKeys = new Set<string>();

  #hear(message: FromThread): void {
    switch (message.kind) {
      case "leased":
        this.#set = message.set;
        this.#endReturns();
        this.#see(message.snapshots, message.now);
        this.#answer(message.answers, message.now);
        break;
      case "taken":
        this.#takenBytes = message.bytes;
        for (const taken of message.taken) this.#accounts.get(taken.scopeKey)?.forget(taken);
        this.#see(message.snapshots, message.now);
        break;
      case "recalled":
        for (const key of message.scopeKeys) this.#recalledKeys.add(key);
        this.#recalled = true;
        break;
      case "idle":
        this.#dropEmpty();
        this.#recalled = [...this.#accounts.values()].some((account) => !isZero(account.unused()));
        break;
      case "states":
        this.#reply(message.number, message.snapshots);
        break;
      case "flushed":
        this.#reply(message.number, undefined);
        break;
      case "failed":
        this.#fail(message);
        break;
      case "closed":
        this.#closed.resolve();
        break;
      case "ready":
        break;
    }
    this.#kick();
    this.#stayAlive();
  }

  /** The process stays for whoever waits for an answer, and for nobody else. */
  #stayAlive(): void {
    const awaited = this.#waiting.length + (this.#asked?.size ?? 0) + this.#replies.size > 0 || this.#closing;
    if (awaited) this.#thread.ref();
    else this.#thread.unref();
  }

  #see(snapshots: readonly Snapshot[], now: number): void {
    for (const snapshot of snapshots) this.#account(snapshot.scopeKey).see(snapshot, this.#set, now);
  }

  #endReturns(): void {
    for (const { scopeKey, ...amounts } of this.#returning.splice(0)) {
      const account = this.#accounts.get(scopeKey);
      if (account !== undefined) addTo(account.returning, amounts, -1);
    }
  }

  #answer(answers: readonly { readonly id: string; readonly admission: Admission }[], now: number): void {
    const asked = this.#asked;
    this.#asked = undefined;
    for (const { id, admission } of answers) {
      const waiting = asked?.get(id);
      if (waiting === undefined) continue;
      try {
        this.#answerOne(waiting, admission, now);
      } catch (error) {
        waiting.reject(error);
      }
    }
  }

  #answerOne(waiting: Waiting, admission: Admission, now: number): void {
    const { ask, clampedTo } = waiting;
    if (admission.kind === "admitted") {
      const accounts = ask.scopeKeys.map((key) => this.#account(key));
      for (const account of accounts) account.usedAt = now;
      this.#hold(ask, admission.held, accounts, now);
      waiting.resolve(clampedTo === undefined ? admission : { ...admission, clampedTo });
      return;
    }
    if (admission.kind === "refused" && admission.why === "room" && clampedTo === undefined && this.#clamp(waiting))
      return;
    waiting.resolve(admission);
  }

  /** Asks again for less, where less fits by the figures that have just come. */
  #clamp(waiting: Waiting): boolean {
    if (waiting.ask.clamp === undefined) return false;
    const states = waiting.ask.scopeKeys.flatMap((key) => this.#accounts.get(key)?.states() ?? []);
    const smaller = decide(states, waiting.ask, this.#set.thresholds);
    if (smaller.kind !== "admitted" || smaller.clampedTo === undefined) return false;
    waiting.worst = smaller.held;
    waiting.clampedTo = smaller.clampedTo;
    this.#waiting.unshift(waiting);
    return true;
  }

  #dropEmpty(): void {
    const now = this.#clock.now();
    for (const [key, account] of this.#accounts) {
      if (account.isEmpty && now - account.usedAt > 60 * IDLE_MS) this.#accounts.delete(key);
    }
  }

  #moveOnIfLong(): void {
    if (this.#journal.partBytes < LONG_JOURNAL_BYTES) return;
    this.#journal.moveOn([...this.#open].map(([id, { at, held, keys }]) => holdLine(id, at, held, keys)));
  }

  #request<T>(message: (number: number) => ToThread): Promise<T> {
    this.#throwIfBroken();
    this.#number += 1;
    const number = this.#number;
    return new Promise<T>((resolve, reject) => {
      this.#replies.set(number, { resolve, reject });
      this.#stayAlive();
      this.#thread.postMessage(message(number));
    });
  }

  #reply(number: number, value: unknown): void {
    this.#replies.get(number)?.resolve(value as never);
    this.#replies.delete(number);
  }

  #fail({ what, number, message }: Extract<FromThread, { kind: "failed" }>): void {
    const fault = new AllotError("ledger-busy", message);
    if (what === "states") {
      this.#replies.get(number)?.reject(fault);
      this.#replies.delete(number);
      return;
    }
    this.#endReturns();
    for (const waiting of this.#asked?.values() ?? []) waiting.reject(fault);
    this.#asked = undefined;
  }

  #break(fault: AllotError): void {
    this.#broken ??= fault;
    this.#closed.resolve();
    this.#rejectAll(fault);
  }

  #rejectAll(fault: AllotError): void {
    for (const { reject } of [...this.#waiting.splice(0), ...(this.#asked?.values() ?? [])]) reject(fault);
    for (const { reject } of this.#replies.values()) reject(fault);
    this.#asked = undefined;
    this.#replies.clear();
  }
}

function asBroken(cause: unknown): AllotError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AllotError("storage-unusable", `the thread that keeps the books is gone (${why}); open them again`, {
    cause,
  });
}
