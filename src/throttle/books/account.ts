import { type Decision, isPaced } from "../decide.ts";
import { decideUnpaced } from "../store/admission.ts";
import type { Amounts, Ask, LimitSet, LimitState, Measure } from "../throttle.ts";
import { addTo, isZero, type MutableAmounts, zero } from "./amounts.ts";
import type { Snapshot, Taken } from "./messages.ts";

/**
 * One scope key as this process sees it: what the database said last, and what the process did since.
 *
 * settled + held there, without our own lease, plus our own holds and settlements: that is what is used. What the lease
 * does not cover is never held.
 */
export class Account {
  readonly scopeKey: string;
  /** Epoch ms of the last snapshot. */
  seenAt = Number.NEGATIVE_INFINITY;
  /** Epoch ms of the last ask. */
  usedAt = Number.NEGATIVE_INFINITY;
  #figures: Figure[] = [];
  #lease: Amounts = zero();
  /** Of the lease, what was given back by a message that is under way. */
  readonly returning: MutableAmounts = zero();
  readonly open: MutableAmounts = zero();
  /** Settled and journaled, not yet in the database: what the lease covers, and what it does not. */
  readonly covered: MutableAmounts = zero();
  readonly debt: MutableAmounts = zero();

  constructor(scopeKey: string) {
    this.scopeKey = scopeKey;
  }

  /** Takes the database's figures as of `now`. */
  see({ states, lease }: Snapshot, set: LimitSet, now: number): void {
    this.seenAt = now;
    this.#lease = lease;
    this.#figures = states.map((state) => ({
      state,
      measure: state.limit.measure,
      others: state.held - lease[state.limit.measure],
      warnedFrom: isPaced(state) ? firstWarned(state.limit.amount, set.thresholds.warning) : Number.POSITIVE_INFINITY,
    }));
  }

  /** What was told to be in the database counts there from now on. */
  forget({ covered, debt }: Taken): void {
    addTo(this.covered, covered, -1);
    addTo(this.debt, debt, -1);
  }

  /** Whether these amounts fit into the lease, and no limit they touch has reached its first level. The hot path. */
  takesQuietly(worst: Amounts): boolean {
    for (const { state, measure, others, warnedFrom } of this.#figures) {
      if (worst[measure] === 0) continue;
      const own = this.open[measure] + this.covered[measure];
      if (state.settled + others + own + this.debt[measure] >= warnedFrom) return false;
      if (this.#lease[measure] - this.returning[measure] - own < worst[measure]) return false;
    }
    return true;
  }

  /** Whether these amounts fit beside all that is leased, and no limit they touch is near its first level. */
  hasPlenty(worst: Amounts): boolean {
    return this.#figures.every(({ state, measure, others, warnedFrom }) => {
      const used = state.settled + others + this.#lease[measure] + this.debt[measure] + worst[measure];
      return worst[measure] === 0 || (used < warnedFrom && used <= state.limit.amount);
    });
  }

  /** Whether the lease covers these amounts besides what it covers already. */
  covers(amounts: Amounts): boolean {
    return this.#figures.every(({ measure }) => amounts[measure] === 0 || this.#unused(measure) >= amounts[measure]);
  }

  /** The limits with their figures, own use of the moment included. */
  states(): readonly LimitState[] {
    return this.#figures.map(({ state, measure, others }) => ({
      ...state,
      held: others + this.open[measure] + this.covered[measure] + this.debt[measure],
    }));
  }

  /** What of the lease nobody uses; below 0 where more is used than leased. Of a measure that no limit counts, all. */
  surplus(): Amounts {
    return { tokens: this.#surplus("tokens"), nanoUsd: this.#surplus("nanoUsd"), requests: this.#surplus("requests") };
  }

  /** Is less than a quarter of the lease left? Then more is fetched before it runs out. */
  get runsLow(): boolean {
    return this.#figures.some(({ measure }) => this.#unused(measure) * 4 < this.#lease[measure]);
  }

  get isEmpty(): boolean {
    return (
      isZero(this.#lease) && isZero(this.open) && isZero(this.covered) && isZero(this.debt) && isZero(this.returning)
    );
  }

  #unused(measure: Measure): number {
    return this.#lease[measure] - this.returning[measure] - this.open[measure] - this.covered[measure];
  }

  #surplus(measure: Measure): number {
    const counts = this.#figures.some((figure) => figure.measure === measure);
    return counts ? this.#unused(measure) : this.#lease[measure] - this.returning[measure];
  }
}

interface Figure {
  readonly state: LimitState;
  readonly measure: Measure;
  readonly others: number;
  readonly warnedFrom: number;
}

/** The least use of a limit at which its level is no longer NONE; exact. */
function firstWarned(amount: number, warning: number): number {
  return Number((BigInt(amount) * BigInt(warning) + 999n) / 1000n);
}

/** Decides in memory: "quiet" is admitted at NONE; "unsure" is for the database to decide, which knows what others use now. */
export function decideInMemory(accounts: readonly Account[], ask: Ask, set: LimitSet): Decision | "quiet" | "unsure" {
  if (accounts.every((account) => account.takesQuietly(ask.worst))) return "quiet";
  const decision = decideUnpaced(
    accounts.flatMap((account) => account.states()),
    ask,
    set.thresholds,
  );
  const goes = decision.kind === "admitted" && decision.clampedTo === undefined;
  return goes && accounts.every((account) => account.covers(decision.held)) ? decision : "unsure";
}
