import type { Transaction } from "kysely";
import { systemClock } from "../../foundation/clock.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import type { Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { parseScopeKey } from "../limits.ts";
import { refusalText } from "../refusal.ts";
import { decideUnpaced } from "../store/admission.ts";
import { type Asker, noteHeldUp, noteWarnings } from "../store/events.ts";
import { grantLease, leasesOf, recallLeases } from "../store/leases.ts";
import { loadLimitSet } from "../store/stored-limits.ts";
import type { Admission, Ask, LimitSet } from "../throttle.ts";
import { zero } from "./amounts.ts";
import { answerRecall, changeLeases, othersLeases } from "./lease-changes.ts";
import type { FromThread, PostedAsk, Recall, Snapshot, ThreadSettings, ToThread } from "./messages.ts";
import { snapshotsOf } from "./snapshots.ts";
import type { Taker } from "./journal/take-journal.ts";

/** How long others have to give back what they do not use, before somebody is refused because of it. */
const RECALL_MS = 1000;

const NO_BLOCK = { cap: zero(), divisor: 1 };

type LeaseRequest = Extract<ToThread, { kind: "lease" }>;
type Say = (message: FromThread) => void;

/** An ask that others' leases, or figures that are not taken yet, may still be in the way of. */
interface Pending {
  readonly ask: PostedAsk;
  /** By the machine's clock. */
  readonly until: number;
  /** By the books' clock; undefined: nobody was asked to give back yet. */
  readonly recalledAt: number | undefined;
}

interface Outcome {
  readonly pending: Pending;
  readonly admission: Admission;
  /** Set where the answer may be another one soon. */
  readonly again?: Pending;
}

/** Where leases are taken and given back: on the thread, in short transactions. */
export class LeaseDesk {
  readonly #store: Store;
  readonly #settings: ThreadSettings;
  readonly #taker: Taker;
  #pending: readonly Pending[] = [];
  #now: number;
  #toldAt = systemClock.now();
  #hasLeases = false;

  constructor(store: Store, settings: ThreadSettings, taker: Taker) {
    this.#store = store;
    this.#settings = settings;
    this.#taker = taker;
    this.#now = settings.openedAt;
  }

  get hasLeases(): boolean {
    return this.#hasLeases;
  }

  /** Whether asks wait for others to give back. */
  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** The books' clock: what was told last, and what has passed since. */
  get now(): number {
    return this.#now + Math.max(0, systemClock.now() - this.#toldAt);
  }

  /** Carries out a request, and answers what it can of it; the rest is answered by `retry`. */
  async serve(request: LeaseRequest, say: Say): Promise<void> {
    this.#now = request.now;
    this.#toldAt = systemClock.now();
    // Debt is in no lease: what was settled beyond its hold must be known before more is let through.
    while (this.#taker.bytes < request.settledUpTo && (await this.#taker.take(say))) void 0;
    const until = systemClock.now() + RECALL_MS;
    const fresh = request.asks.map((ask): Pending => ({ ask, until, recalledAt: undefined }));
    await this.#decide(fresh, request, say);
  }

  /** Decides again what waits. */
  async retry(say: Say): Promise<void> {
    const waiting = this.#pending;
    this.#pending = [];
    try {
      await this.#decide(waiting, undefined, say);
    } catch (error) {
      this.#pending = waiting;
      throw error;
    }
  }

  /** Drops what waits: the process was told that it failed. */
  drop(): void {
    this.#pending = [];
  }

  /** What we lease and somebody else needs. */
  async recalled(): Promise<readonly Recall[]> {
    const leases = await leasesOf(this.#store.db, this.#settings.writer);
    this.#hasLeases = leases.length > 0;
    return leases.flatMap(({ scopeKey, recall }) => (recall > 0 ? [{ scopeKey, recall }] : []));
  }

  async #decide(asks: readonly Pending[], request: LeaseRequest | undefined, say: Say): Promise<void> {
    const { writer, limits } = this.#settings;
    const now = this.#now;
    const { set, outcomes, snapshots } = await this.#store.transaction(async (trx) => {
      const set = await loadLimitSet(trx, limits);
      if (request !== undefined) {
        await changeLeases(trx, writer, request.changes, now);
        await answerRecall(trx, writer, request.answers);
      }
      const outcomes: Outcome[] = [];
      for (const pending of asks) {
        const isPlain = request?.isPlain === true;
        outcomes.push(
          await (isPlain ? this.#decidePlain(trx, set, pending, now) : this.#decideOne(trx, set, pending, now)),
        );
      }
      // Blocks for calls to come are leased last, and not of what somebody here still waits for.
      for (const scopeKeys of this.#wanted(outcomes, request)) await this.#topUp(trx, set, scopeKeys, now);
      return { set, outcomes, snapshots: await this.#snapshots(trx, set, outcomes, request, now) };
    }, BOOKS);
    // Whether or not: the next look for recalls tells.
    this.#hasLeases = true;
    const again = outcomes.flatMap((outcome) => outcome.again ?? []);
    this.#pending = [...this.#pending, ...again];
    const answers = outcomes.flatMap(({ pending, admission, again }) =>
      again === undefined ? [{ id: pending.ask.id, admission }] : [],
    );
    if (request !== undefined || answers.length > 0) {
      say({ kind: "leased", now, set, answers, snapshots, isLater: request === undefined });
    }
    // What this process does not use itself comes back before anybody is refused.
    if (again.length > 0) {
      const own = new Set(again.flatMap(({ ask }) => ask.scopeKeys));
      say({ kind: "recalled", recalls: [...own].map((scopeKey) => ({ scopeKey, recall: 0 })) });
    }
  }

  /** The lists of scope keys of which more is to be leased than was asked for. */
  #wanted(outcomes: readonly Outcome[], request: LeaseRequest | undefined): readonly (readonly string[])[] {
    const waiting = [...this.#pending, ...outcomes.flatMap(({ again }) => again ?? [])];
    const kept = new Set(waiting.flatMap(({ ask }) => ask.scopeKeys));
    const admitted = outcomes.flatMap(({ pending, admission }) =>
      admission.kind === "admitted" ? [pending.ask.scopeKeys] : [],
    );
    const lists = [...admitted, ...(request?.topUps ?? [])].filter((keys) => !keys.some((key) => kept.has(key)));
    return [...new Map(lists.map((keys) => [keys.join("\n"), keys])).values()];
  }

  #snapshots(
    trx: Transaction<Schema>,
    set: LimitSet,
    outcomes: readonly Outcome[],
    request: LeaseRequest | undefined,
    now: number,
  ): Promise<readonly Snapshot[]> {
    const keys = [
      ...outcomes.flatMap(({ pending }) => pending.ask.scopeKeys),
      ...(request?.topUps.flat() ?? []),
      ...(request?.changes.map(({ scopeKey }) => scopeKey) ?? []),
    ];
    return snapshotsOf(trx, this.#settings, keys, now, set);
  }

  /** Decides one ask beside what is leased already; what is not admitted at NONE comes again. */
  async #decidePlain(trx: Transaction<Schema>, set: LimitSet, pending: Pending, now: number): Promise<Outcome> {
    const { writer } = this.#settings;
    const { admission } = await grantLease(trx, set, { holder: writer, ask: pending.ask, block: NO_BLOCK }, now);
    return { pending, admission };
  }

  /** Decides one ask. One that only the leases of others stand in the way of is not refused before they were asked. */
  async #decideOne(trx: Transaction<Schema>, set: LimitSet, pending: Pending, now: number): Promise<Outcome> {
    const { ask, until, recalledAt } = pending;
    const { writer } = this.#settings;
    const { admission, states } = await grantLease(trx, set, { holder: writer, ask, block: NO_BLOCK }, now);
    const asker = askerOf(ask);
    if (admission.kind === "admitted") {
      if (admission.level !== "NONE") await noteWarnings(trx, states, set.thresholds, asker, now);
      return { pending, admission };
    }
    // What is journaled and not taken yet counts at its hold.
    const isBehind = recalledAt === undefined && this.#taker.hasMore;
    const others = await othersLeases(trx, writer, states, recalledAt);
    const wouldGo = decideUnpaced(others.freed, ask, set.thresholds).kind === "admitted";
    if (systemClock.now() < until && (isBehind || (others.mayGive && wouldGo))) {
      if (others.mayGive) await recallLeases(trx, ask.scopeKeys, writer, recalledAt);
      return { pending, admission, again: { ask, until, recalledAt: now } };
    }
    if (admission.kind === "queued") {
      await noteHeldUp(trx, "queued", admission.worst, admission.level, asker, now, "low priority waits at SOFT");
    } else if (!ask.clampable) {
      await noteHeldUp(trx, "blocked", admission.limit, admission.level, asker, now, refusalText(admission, now));
    }
    return { pending, admission };
  }

  /** A block for asks to come, and nothing else: an ask for nothing. */
  async #topUp(trx: Transaction<Schema>, set: LimitSet, scopeKeys: readonly string[], now: number): Promise<void> {
    const ask: Ask = { id: "", scopeKeys, priority: "normal", worst: zero() };
    await grantLease(trx, set, { holder: this.#settings.writer, ask, block: this.#settings.block }, now);
  }
}

/** Who asks, as an event names it. */
function askerOf({ id, scopeKeys, priority }: PostedAsk): Asker {
  const named = (scope: string): string | undefined =>
    scopeKeys.map(parseScopeKey).find((parsed) => parsed?.scope === scope)?.name;
  return { id, session: named("session") ?? "", runId: named("run") ?? null, priority };
}
