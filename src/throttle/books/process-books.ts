import { rm } from "node:fs";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { scopeKeysOf } from "../../ledger/use-minutes.ts";
import type { Admission, Admitted, Amounts, Ask, Books, LimitState, Settlement } from "../throttle.ts";
import { type Account, decideInMemory } from "./account.ts";
import { Accounts } from "./accounts.ts";
import { addTo, isZero, splitCost } from "./amounts.ts";
import type { Journal } from "./journal/journal.ts";
import {
  correctedLine,
  costAmounts,
  holdLine,
  type HoldKeys,
  releasedLine,
  settledLine,
} from "./journal/journal-lines.ts";
import { LeaseLine } from "./lease-line.ts";
import type { FromThread, Place, Snapshot, ThreadSettings, ToThread } from "./messages.ts";
import { ThreadLink } from "./thread-link.ts";

/** Figures older than this are fetched anew, while calls go on within the lease; only a level can be that late. */
const OLD_MS = 500;

/** A hold that is open. */
interface OpenHold {
  readonly held: Amounts;
  readonly at: number;
  readonly keys: HoldKeys;
}

/** A question to the thread, kept until it is answered: a new thread is asked again. */
interface Question {
  readonly message: ToThread;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** How much may wait for the database, and when a journal goes on in a new file. */
export interface JournalSizes {
  readonly mostWaitingBytes: number;
  readonly longFileBytes: number;
}

/** `Books` of one process: memory and journal here, the database on the thread at the other end of the link. */
export class ProcessBooks implements Books {
  readonly #journal: Journal;
  readonly #sizes: JournalSizes;
  readonly #clock: Clock;
  readonly #link: ThreadLink;
  readonly #line: LeaseLine;
  readonly #accounts = new Accounts();
  readonly #open = new Map<string, OpenHold>();
  readonly #questions = new Map<number, Question>();
  #number = 0;
  #taken: Place;
  #closing: Promise<void> | undefined;

  constructor(journal: Journal, settings: ThreadSettings, clock: Clock, sizes: JournalSizes) {
    this.#journal = journal;
    this.#sizes = sizes;
    this.#clock = clock;
    this.#taken = settings.taken;
    this.#link = new ThreadLink(settings, {
      hear: (message) => this.#hear(message),
      begin: (message) => this.#begin(message),
      fail: (fault) => this.#fail(fault),
      taken: () => this.#taken,
    });
    this.#line = new LeaseLine(settings.limits, {
      accounts: this.#accounts,
      clock,
      post: (message) => this.#link.isReady && (this.#link.post(message), true),
      look: (scopeKeys) => this.#look(scopeKeys),
      settledUpTo: (scopeKeys) =>
        scopeKeys.some((key) => !isZero(this.#accounts.of(key).debt)) ? this.#journal.bytes : 0,
      admitInMemory: (ask) => this.#admitInMemory(ask, this.#clock.now()),
      hold: (ask, admitted, now) => {
        const keys = keysOf(ask);
        const accounts = keys.scopeKeys.map((key) => this.#accounts.of(key));
        for (const account of accounts) account.usedAt = now;
        this.#hold(ask.id, keys, admitted.held, accounts, now);
      },
    });
  }

  get ready(): Promise<void> {
    return this.#link.ready;
  }

  admit(ask: Ask): Admission | Promise<Admission> {
    this.#throwIfUnusable(ask.id);
    const admitted = this.#admitInMemory(ask, this.#clock.now());
    if (admitted !== undefined) return admitted;
    const answer = this.#line.ask(ask);
    this.#stayAlive();
    return answer;
  }

  /** Decides and journals by what is leased; undefined where that is not enough. */
  #admitInMemory(ask: Ask, now: number): Admitted | undefined {
    const keys = keysOf(ask);
    const accounts = this.#accounts.fresh(keys.scopeKeys, now);
    if (accounts === undefined) return undefined;
    const decision = decideInMemory(accounts, ask, this.#line.set);
    if (decision === "unsure" || (decision !== "quiet" && decision.kind !== "admitted")) return undefined;
    const admitted: Admitted = decision === "quiet" ? { kind: "admitted", level: "NONE", held: ask.worst } : decision;
    this.#hold(ask.id, keys, admitted.held, accounts, now);
    if (wantsMore(accounts, now)) this.#line.topUp(keys.scopeKeys);
    return admitted;
  }

  settle({ id, entry }: Settlement): void {
    const hold = this.#end(id);
    const { held, keys } = hold;
    const kind = entry.kind === "unknown" ? "unknown" : "settlement";
    const facts: EntryFacts = {
      ...entry,
      kind,
      entry_key: `${kind === "unknown" ? "unknown" : "settle"}:${id}`,
      at: this.#clock.now(),
      call_key: id,
      hold_tokens: held.tokens,
      hold_nano_usd: held.nanoUsd,
      scope_keys: keys.json,
    };
    // Before the figures move: what is not in the journal did not happen.
    this.#journal.append(settledLine(held, keys.scopeKeys.length, facts));
    this.#open.delete(id);
    const cost = costAmounts(facts);
    const { covered, debt } = splitCost(held, cost);
    for (const key of keys.scopeKeys) {
      const account = this.#accounts.of(key);
      addTo(account.open, held, -1);
      addTo(account.covered, covered);
      addTo(account.debt, debt);
    }
    for (const key of keys.countedKeys) addTo(this.#accounts.of(key).debt, cost);
    if (!isZero(debt)) this.#hurry();
    this.#moveOnIfLong();
  }

  release(id: string): void {
    const { held, keys } = this.#end(id);
    this.#journal.append(releasedLine(id));
    this.#open.delete(id);
    for (const key of keys.scopeKeys) addTo(this.#accounts.of(key).open, held, -1);
    this.#moveOnIfLong();
  }

  correct({ id, entry, correction }: Settlement & { readonly correction: number }): void {
    this.#throwIfClosed();
    const at = this.#clock.now();
    const written: EntryFacts = { ...entry, kind: "correction", entry_key: `correct:${id}:${correction}`, at };
    const facts = { ...written, scope_keys: JSON.stringify(scopeKeysOf(written)) };
    this.#journal.append(correctedLine(facts));
    for (const key of scopeKeysOf(facts)) addTo(this.#accounts.of(key).debt, costAmounts(facts));
    this.#hurry();
    this.#moveOnIfLong();
  }

  /** Others know of debt only once it is in the database. */
  #hurry(): void {
    if (this.#link.isReady) this.#link.post({ kind: "hurry" });
  }

  async states(scopeKeys: readonly string[]): Promise<readonly LimitState[]> {
    const now = this.#clock.now();
    const keys = [...new Set(scopeKeys)];
    this.#accounts.see(await this.#look(keys), this.#line.set, now);
    return this.#accounts.states(keys);
  }

  async flush(): Promise<void> {
    const { bytes } = this.#journal;
    if (this.#taken.bytes < bytes) await this.#ask<void>((number) => ({ kind: "flush", number, bytes }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#link.close({ kind: "close", now: this.#clock.now(), openHolds: this.#open.size > 0 });
    this.#journal.close();
    this.#fail(new AllotError("interrupted", "the books were closed"));
  }

  #throwIfUnusable(id: string): void {
    this.#throwIfClosed();
    if (this.#open.has(id) || this.#line.isWaiting(id)) {
      throw new AllotError("internal", `call ${id} is held already; every attempt needs an id of its own`);
    }
    const waiting = this.#journal.bytes - this.#taken.bytes;
    if (waiting > this.#sizes.mostWaitingBytes) {
      throw new AllotError(
        "ledger-busy",
        `the store is ${waiting} bytes behind the journal; calls go on once it has taken some of them`,
      );
    }
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw new AllotError("internal", "the books are closed");
  }

  #hold(id: string, keys: HoldKeys, held: Amounts, accounts: readonly Account[], at: number): void {
    this.#journal.append(holdLine(id, at, held, keys));
    this.#open.set(id, { held, at, keys });
    for (const account of accounts) addTo(account.open, held);
  }

  #end(id: string): OpenHold {
    this.#throwIfClosed();
    const hold = this.#open.get(id);
    if (hold !== undefined) return hold;
    throw new AllotError("internal", `call ${id} holds nothing: it was never admitted, or has ended`);
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case "leased":
        this.#line.hear(message);
        break;
      case "taken":
        this.#take(message);
        break;
      case "recalled":
        this.#line.recall(message.recalls);
        break;
      case "idle": {
        const now = this.#clock.now();
        this.#accounts.dropEmpty(now);
        if (this.#accounts.hasIdle(now)) this.#line.giveBack();
        break;
      }
      case "lost":
        this.#line.again();
        break;
      case "states":
        this.#answer(message.number, message.snapshots);
        break;
      case "flushed":
        this.#answer(message.number, undefined);
        break;
      case "failed":
        if (message.what === "lease") this.#line.fail(new AllotError("ledger-busy", message.message));
        else this.#refuse(message.number, new AllotError("ledger-busy", message.message));
        break;
      case "ready":
      case "unusable":
      case "closed":
        break;
    }
    this.#line.send();
    this.#stayAlive();
  }

  #take({ at, taken, snapshots, now }: Extract<FromThread, { kind: "taken" }>): void {
    // The file before is in the database to its end; deleted on this side, so that a new thread would still find it.
    if (at.path !== this.#taken.path) rm(this.#taken.path, { force: true }, () => {});
    this.#taken = at;
    this.#accounts.forget(taken);
    this.#accounts.see(snapshots, this.#line.set, now);
  }

  #begin({ set }: Extract<FromThread, { kind: "ready" }>): void {
    this.#line.set = set;
    for (const { message } of this.#questions.values()) this.#link.post(message);
    this.#line.again();
    this.#stayAlive();
  }

  #fail(fault: AllotError): void {
    this.#line.fail(fault);
    for (const number of this.#questions.keys()) this.#refuse(number, fault);
    this.#stayAlive();
  }

  /** The process stays for whoever waits for an answer, and for nobody else. */
  #stayAlive(): void {
    this.#link.await(this.#line.isAwaited || this.#questions.size > 0 || this.#closing !== undefined);
  }

  #look(scopeKeys: readonly string[]): Promise<readonly Snapshot[]> {
    const now = this.#clock.now();
    return this.#ask((number) => ({ kind: "states", number, now, scopeKeys }));
  }

  #ask<T>(messageOf: (number: number) => ToThread): Promise<T> {
    this.#throwIfClosed();
    this.#number += 1;
    const number = this.#number;
    const message = messageOf(number);
    return new Promise<T>((resolve, reject) => {
      this.#questions.set(number, { message, resolve, reject });
      this.#stayAlive();
      if (this.#link.isReady) this.#link.post(message);
    });
  }

  #answer(number: number, value: unknown): void {
    this.#questions.get(number)?.resolve(value as never);
    this.#questions.delete(number);
  }

  #refuse(number: number, fault: AllotError): void {
    this.#questions.get(number)?.reject(fault);
    this.#questions.delete(number);
  }

  #moveOnIfLong(): void {
    if (this.#journal.partBytes < this.#sizes.longFileBytes) return;
    try {
      this.#journal.moveOn([...this.#open].map(([id, { at, held, keys }]) => holdLine(id, at, held, keys)));
    } catch {
      // No room for another file. The step itself is journaled, in a file that is longer than it should be.
    }
  }
}

function wantsMore(accounts: readonly Account[], now: number): boolean {
  for (const account of accounts) if (account.runsLow || now - account.seenAt > OLD_MS) return true;
  return false;
}

const NOBODY: readonly string[] = [];
/** The lists of scope keys last seen and their JSON: callers have few of them, and every call has one. */
const knownKeys = new Map<string, HoldKeys>();

function keysOf({ scopeKeys, countedKeys = NOBODY }: Ask): HoldKeys {
  const name = `${scopeKeys.join("\n")}\n\n${countedKeys.join("\n")}`;
  const known = knownKeys.get(name);
  if (known !== undefined) return known;
  if (knownKeys.size >= 1000) knownKeys.clear();
  // Each once: who is named twice is charged once.
  const holding = [...new Set(scopeKeys)];
  const counted = [...new Set(countedKeys)].filter((key) => !holding.includes(key));
  const made = {
    scopeKeys: holding,
    countedKeys: counted,
    json: JSON.stringify([...holding, ...counted]),
    text: `${JSON.stringify(holding)},${JSON.stringify(counted)}`,
  };
  knownKeys.set(name, made);
  return made;
}
