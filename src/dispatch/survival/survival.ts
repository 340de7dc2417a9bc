import type { NanoUsd } from "../../foundation/units.ts";
import type { ProviderName, TokenUsage } from "../../providers/provider.ts";

/*
 * How a request outlives the faults of providers: retries, fallbacks, breakers, pacing. One loop for all who call models
 * (client, runs, gateway); what an attempt is, the caller says. (Contract file: types only; `openSurvival` stands in
 * open-survival.ts, what comes next in next-step.ts (pure), breakers in breakers.ts, pacing in pacing.ts.)
 *
 * Invariants: attempts and waits are bounded; nothing is tried again once its reader has been shown a part of it;
 * another model than was asked for is never given silently (the record says what served and why), and never where
 * nobody allowed it; after the caller has left nothing more is tried.
 */
export interface Survival extends AsyncDisposable {
  /**
   * Tries the targets in order, each as often as the policy says, until one attempt is done. Resolves with the last
   * attempt's value and the record of all; never throws for what a provider does. Throws `interrupted` when `signal` aborts
   * while it waits.
   */
  run<Value>(
    plan: SurvivalPlan,
    attempt: (step: AttemptStep) => Promise<Attempted<Value>>,
    signal: AbortSignal,
  ): Promise<Survived<Value>>;
  /** Takes note of the rate-limit headers of an answer, for pacing. Never throws; costs nothing where there are none. */
  learn(target: Target, headers: Headers): void;
  /** The breakers that are not closed, for screens and metrics. */
  breakers(): readonly BreakerView[];
}

/** Response headers by lower-case name. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One place a request may go. */
export interface Target {
  readonly provider: ProviderName;
  readonly model: string;
}

export interface SurvivalPlan {
  /** First the one that was asked for; the others are those that somebody allowed, in their order. At least one. */
  readonly targets: readonly Target[];
  readonly policy: SurvivalPolicy;
  /** Tokens a target's window must take: one that is known to be smaller is passed over after a window overflow. */
  readonly windowOf?: (target: Target) => number | null;
}

/** All of it data; the defaults stand in policies.ts: OWN_WORK and GATEWAY. */
export interface SurvivalPolicy {
  /** Attempts on one target, the first included. */
  readonly attemptsEach: number;
  /** Attempts in all. */
  readonly attemptsInAll: number;
  /** First wait, doubled each time up to `mostMs`, each a random part of it between half and all. */
  readonly baseMs: number;
  readonly mostMs: number;
  /** First wait after a rate limit whose answer names no time. Source: the seeds, 30 s. */
  readonly rateLimitBaseMs: number;
  /** All waits together; a longer one is not begun. */
  readonly totalWaitMs: number;
  /** Whether content that one model refuses may go to the next. */
  readonly refusalFallsBack: boolean;
}

/** What a fault means for what comes next. */
export type FaultKind =
  | "rate-limit"
  | "overload"
  | "time-out"
  | "network"
  | "malformed"
  | "window-overflow"
  | "content-refusal"
  | "credentials"
  | "rejected";

export interface Fault {
  /** Of the table in foundation/errors.ts. */
  readonly code: string;
  readonly kind: FaultKind;
  /** For people; no secret. */
  readonly message: string;
  /** As the provider answered, where it did. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

/** Which attempt this is. */
export interface AttemptStep {
  readonly target: Target;
  /** 1-based, over all targets. */
  readonly number: number;
  /** Set from the second target on: who was asked before, and why not. */
  readonly insteadOf?: { readonly target: Target; readonly fault: Fault };
}

/** How an attempt ended. */
export type Attempted<Value> =
  /** Answered, or an end that no other attempt can better: our own limits refused it. */
  | { readonly kind: "done"; readonly value: Value; readonly facts?: AttemptFacts }
  /** `open`: nothing was shown to the reader, so that it may be tried again. */
  | {
      readonly kind: "fault";
      readonly value: Value;
      readonly fault: Fault;
      readonly open: boolean;
      readonly facts?: AttemptFacts;
    };

/** What an attempt says of itself, for the trace. */
export interface AttemptFacts {
  /** The ledger's key of it; absent where nothing was held. */
  readonly call?: string;
  readonly status?: number;
  readonly firstByteMs?: number;
  readonly usage?: TokenUsage;
  readonly cost?: NanoUsd;
}

export interface AttemptRecord extends AttemptFacts {
  readonly number: number;
  readonly target: Target;
  /** Waited before it: a retry's pause, pacing. */
  readonly waitedMs: number;
  readonly startedAt: number;
  readonly tookMs: number;
  /** "answered", or the kind of fault. */
  readonly outcome: "answered" | "skipped" | FaultKind;
  readonly code?: string;
  readonly message?: string;
}

export interface Survived<Value> {
  readonly value: Value;
  /** Who served, or was asked last. */
  readonly target: Target;
  readonly attempts: readonly AttemptRecord[];
  /** Set where another target than the first served: its fault, in a sentence. */
  readonly fellBackWhy?: string;
}

export interface BreakerView {
  readonly target: Target;
  readonly state: "open" | "half-open";
  /** Epoch ms from which a probe may go. */
  readonly probeAt: number;
  readonly failures: number;
}
