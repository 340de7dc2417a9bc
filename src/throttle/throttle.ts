import type { EntryFacts } from "../ledger/chain.ts";

/*
 * The throttle says whether a call may go now, and how much it may use. It owns limits, levels, admission and the queue.
 * (Contract file: types only. Implementations stand beside it: the decider and its parts are pure; `books/` keeps the
 * figures, for all processes of a machine on SQLite and for many machines on Postgres.)
 *
 * Invariants: settled + held never passes a limit for any priority but critical, however many processes share the
 * store; all limits that apply are decided at once, all or nothing; a refused call moves no figure.
 *
 * Words: a *scope key* is one spender under a limit, "session:my_session", "global:"; a *hold* is what is set aside for
 * one call; a *lease* is what a process has set aside for calls to come; *debt* is what a call cost beyond its hold.
 */

export const LEVELS = ["NONE", "WARNING", "SOFT", "HARD", "CRITICAL"] as const;
export type Level = (typeof LEVELS)[number];

export const PRIORITIES = ["low", "normal", "high", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** budget: what one command, run or batch and all its children may use up, whenever. */
export const SCOPES = ["session", "run", "key", "project", "provider", "model", "budget", "global"] as const;
export type Scope = (typeof SCOPES)[number];

/** hour, 5h, day and week roll, as sums of minute buckets; month is a calendar month in the configured zone; ever never ends. */
export const WINDOWS = ["hour", "5h", "day", "week", "month", "ever"] as const;
export type Window = (typeof WINDOWS)[number];

export const MEASURES = ["tokens", "nanoUsd", "requests"] as const;
export type Measure = (typeof MEASURES)[number];

/** So many tokens, nano-dollars and requests; whole numbers. */
export type Amounts = Readonly<Record<Measure, number>>;

/** A cap, as data. */
export interface Limit {
  readonly scope: Scope;
  /** Whom of that scope it caps: "*" each one by itself, else the one of that name. A named one replaces "*" for its measure and window. */
  readonly of: string;
  readonly window: Window;
  readonly measure: Measure;
  /** Whole tokens, nano-dollars or requests; 0 lets nothing through but critical calls. */
  readonly amount: number;
}

/** Shares of a limit at which the levels begin, in thousandths: 700, 800, 900; CRITICAL begins above `critical` (950). */
export interface Thresholds {
  readonly warning: number;
  readonly soft: number;
  readonly hard: number;
  readonly critical: number;
}

/** What caps whom, resolved from defaults, configuration and what was stored by `allot limits`. */
export interface LimitSet {
  readonly limits: readonly Limit[];
  readonly thresholds: Thresholds;
  /** IANA name of the zone in which a month begins. */
  readonly timeZone: string;
}

/** One limit that applies to a call, with its figures now. */
export interface LimitState {
  readonly limit: Limit;
  /** "session:my_session" */
  readonly scopeKey: string;
  readonly settled: number;
  /** Open holds and leases. */
  readonly held: number;
}

/** What a call asks for. */
export interface Ask {
  /** Unique for ever, one an attempt: the call's key. */
  readonly id: string;
  /** Everybody under whose limits it falls: "global:", "session:a", "budget:x" ... */
  readonly scopeKeys: readonly string[];
  /** Scope keys whose limits are not asked, because a reservation holds the call's room there already; the cost is counted there. */
  readonly countedKeys?: readonly string[];
  readonly priority: Priority;
  /** The worst case, input and the whole of max_tokens. */
  readonly worst: Amounts;
  /** Present where max_tokens may be made smaller so that the call fits. */
  readonly clamp?: Clamp;
}

export interface Clamp {
  readonly maxTokens: number;
  /** Smaller than this is of no use; the call is refused instead. */
  readonly leastTokens: number;
  /** The worst case with so many output tokens; grows with them. */
  readonly worstOf: (maxTokens: number) => Amounts;
}

export type Admission = Admitted | Queued | Refused;

export interface Admitted {
  readonly kind: "admitted";
  readonly level: Level;
  readonly held: Amounts;
  /** Set where max_tokens was made smaller. */
  readonly clampedTo?: number;
  /** Set from WARNING on: the limit that is used most. */
  readonly warning?: LimitState;
}

/** Low priority at SOFT: not now, but nobody refuses it. */
export interface Queued {
  readonly kind: "queued";
  readonly level: Level;
  readonly worst: LimitState;
}

export interface Refused {
  readonly kind: "refused";
  /** level: the matrix blocks this priority. room: the worst case does not fit. stopped: the runaway guard. */
  readonly why: "level" | "room" | "stopped";
  /** For `stopped`: what the guard saw, in a sentence. */
  readonly reason?: string;
  readonly level: Level;
  readonly limit: LimitState;
  /** What is missing, in the limit's measure; 0 for `level`. */
  readonly shortBy: number;
  /** Until enough is free again, if nothing else is spent; null: never by waiting (ever; larger than the limit itself). */
  readonly retryAfterMs: number | null;
  /** Epoch ms of that moment. */
  readonly freeAt: number | null;
}

/** What became of a call that was admitted, and where the ledger files it. */
export interface Settlement {
  readonly id: string;
  readonly entry: Omit<EntryFacts, "at" | "entry_key">;
}

/**
 * The figures of this process, and its door to those of all others. One per process and store.
 *
 * `admit` answers at once (no promise) while the process has leased enough; else a promise, for one short transaction
 * off the main thread. A hold stands in the journal before `admit` answers; a settlement before `settle` returns: both
 * survive kill -9. The database follows in batches.
 */
export interface Books extends AsyncDisposable {
  admit(ask: Ask): Admission | Promise<Admission>;
  /** Exactly once an ask: a second one throws `internal`. Where the ask was never admitted likewise. */
  settle(settlement: Settlement): void;
  /** Ends a hold for which nothing was spent: the call was never made. */
  release(id: string): void;
  /** A further entry that puts an earlier one right; the figures follow. */
  correct(settlement: Settlement & { readonly correction: number }): void;
  /** The figures of some scope keys now, all their limits, own holds included. */
  states(scopeKeys: readonly string[]): Promise<readonly LimitState[]>;
  /** Resolves once all that was journaled so far is in the database. */
  flush(): Promise<void>;
}

/** What `getThrottler().getStats(session)` answers, field names as in the guide. */
export interface SessionStats {
  readonly session_id: string;
  readonly tokens_hour: number;
  readonly tokens_day: number;
  readonly cost_hour: number;
  readonly cost_day: number;
  readonly requests_hour: number;
  readonly requests_day: number;
  readonly tokens_held: number;
  readonly cost_held: number;
  readonly throttle_level: Level;
  readonly limits: readonly LimitFigure[];
}

/** `getStats()`: everybody, and each session with figures in the last day. */
export interface AllStats {
  readonly global: Omit<SessionStats, "session_id"> & { readonly tokens_month: number; readonly cost_month: number };
  readonly sessions: Readonly<Record<string, SessionStats>>;
}

/** One limit for people and programs: money in dollars. */
export interface LimitFigure {
  /** "tokens/hour" */
  readonly name: string;
  readonly scope: Scope;
  readonly of: string;
  readonly window: Window;
  readonly measure: "tokens" | "usd" | "requests";
  readonly limit: number;
  readonly used: number;
  readonly held: number;
  /** used + held over limit, 0 to 1 and beyond. */
  readonly share: number;
  readonly level: Level;
  /** ISO instant at which the oldest part leaves the window, or the month ends; null for `ever` and where nothing is used. */
  readonly resets_at: string | null;
}
