import type { Room } from "../../ledger/holds.ts";
import type { LimitSet, LimitState } from "../throttle.ts";
import { Account } from "./account.ts";
import { addTo, isZero } from "./amounts.ts";
import type { Snapshot, Taken } from "./messages.ts";

/** Figures older than this are good for nothing. */
const STALE_MS = 30_000;
/** A lease that nobody drew on for so long goes back. */
const IDLE_MS = 1000;
/** A scope key of which nothing is left here is forgotten after so long. */
const FORGET_MS = 60_000;

/** All scope keys that this process has to do with. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  /** What changes of the leases are under way. */
  readonly #changing: Room[] = [];

  get scopeKeys(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  of(key: string): Account {
    let account = this.#accounts.get(key);
    if (account === undefined) this.#accounts.set(key, (account = new Account(key)));
    return account;
  }

  /** The accounts of all these scope keys; undefined unless each one's figures are fresh. */
  fresh(scopeKeys: readonly string[], now: number): readonly Account[] | undefined {
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

  /** The database's figures as of `now`. */
  see(snapshots: readonly Snapshot[], set: LimitSet, now: number): void {
    for (const snapshot of snapshots) this.of(snapshot.scopeKey).see(snapshot, set, now);
  }

  /** Nothing that was seen holds any more: what was asked for may have been done, or not. */
  distrust(): void {
    this.endChanges();
    for (const account of this.#accounts.values()) account.seenAt = Number.NEGATIVE_INFINITY;
  }

  forget(taken: readonly Taken[]): void {
    for (const part of taken) this.#accounts.get(part.scopeKey)?.forget(part);
  }

  states(scopeKeys: readonly string[]): readonly LimitState[] {
    return scopeKeys.flatMap((key) => this.#accounts.get(key)?.states() ?? []);
  }

  /**
   * How leases are to change so that they are just what is held and spent: of these scope keys, and of those that idle.
   * What is unused (above 0) goes back; what was never leased, because the limit is new, is leased now (below 0).
   * Counted as done until `endChanges`.
   */
  changes(wanted: ReadonlySet<string>, now: number): readonly Room[] {
    for (const account of this.#accounts.values()) {
      const idles = now - account.usedAt > IDLE_MS;
      if (!wanted.has(account.scopeKey) && !idles) continue;
      const surplus = account.surplus();
      if (isZero(surplus)) continue;
      addTo(account.returning, surplus);
      this.#changing.push({ scopeKey: account.scopeKey, ...surplus });
    }
    return [...this.#changing];
  }

  endChanges(): void {
    for (const { scopeKey, ...amounts } of this.#changing.splice(0)) {
      const account = this.#accounts.get(scopeKey);
      if (account !== undefined) addTo(account.returning, amounts, -1);
    }
  }

  /** Whether anything that is leased idles. */
  hasIdle(now: number): boolean {
    return [...this.#accounts.values()].some((account) => now - account.usedAt > IDLE_MS && !isZero(account.surplus()));
  }

  dropEmpty(now: number): void {
    for (const [key, account] of this.#accounts) {
      if (account.isEmpty && now - account.usedAt > FORGET_MS) this.#accounts.delete(key);
    }
  }
}
