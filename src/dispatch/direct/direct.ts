import type { NanoUsd } from "../../foundation/units.ts";
import type { Service } from "../../ledger/cost.ts";
import type { AnswerDelta, ModelAnswer, ModelRequest, ProviderName } from "../../providers/provider.ts";
import type { Admitted, Queued, Refused, Priority } from "../../throttle/throttle.ts";

/*
 * Paid calls of a process that waits for its answer itself: the unified client, the gateway. The same door as a run's
 * calls (hold the worst case, make it, settle it exactly once), without the journal of requests and answers: nothing of
 * what is said is stored. `openDirect` stands in open-direct.ts.
 *
 * Invariants: a call that was let in is settled or released exactly once, whatever becomes of it; what was under way is
 * never free: it costs what the provider had reported, or an estimate, flagged; what was refused moved nothing.
 *
 * Rejected: reading on after the caller has left (pays for what nobody reads), and counting the whole hold of a call
 * that was stopped (64,000 tokens for a second's work, and others are refused for them).
 */
export interface Direct extends AsyncDisposable {
  /**
   * Waits in the queue where it must, holds, calls, settles. One attempt; retries and fallbacks are further calls with
   * ids of their own, each charged.
   *
   * Never throws for what a provider or the throttle does. Throws `interrupted` when `signal` aborts, after settling
   * what was used until then.
   */
  call(ask: DirectAsk, options: DirectOptions): Promise<DirectOutcome>;
}

export interface DirectAsk {
  /** Unique for ever; made by `newCallId` where the caller has none. */
  readonly id: string;
  readonly provider: ProviderName;
  readonly request: ModelRequest;
  readonly service?: Service;
  readonly priority: Priority;
  readonly session: string;
  readonly run?: string;
  readonly key?: string;
  /** Where the ledger files it, if it belongs to a run. */
  readonly filing?: Filing;
  readonly project?: string;
  /** Id of the budget it draws on (`--limit-usd`, a batch's reservation). */
  readonly budget?: string;
  readonly agent?: string;
  readonly taskType?: string;
  /** As the user named the model, where that was another name. */
  readonly requestedModel?: string;
  /** For the ledger: why this model and not the one that was asked for. */
  readonly note?: string;
  /** Not the first attempt at one request: the same prompt once more is no loop then. */
  readonly isRetry?: boolean;
  /** Expected wall time; says which lane of the queue it takes. */
  readonly expectedMs?: number;
  /** This call may cost no more; max_tokens is made smaller until it fits. */
  readonly capNanoUsd?: NanoUsd;
  /** False: no agent that could run away, so that the guard is not asked. */
  readonly guarded?: boolean;
  /** Another time than the lane's for the whole answer, or for the first sign of a streamed one. */
  readonly timeoutMs?: number;
  /** Give up waiting in the queue at this epoch ms. */
  readonly deadlineAt?: number;
  /** May max_tokens be made smaller so that it fits? Default yes. */
  readonly clamp?: boolean;
}

/** The part of a run that a call is made for. */
export interface Filing {
  readonly run: string;
  readonly task: string;
  readonly phase: string;
  readonly tier: string;
}

export interface DirectOptions {
  readonly signal: AbortSignal;
  /** Told of everything that arrives, also of what adds neither text nor thinking. */
  readonly onDelta?: (delta: AnswerDelta) => void;
  /** Told once, before anything is sent. */
  readonly onAdmitted?: (admitted: Admitted) => void;
  /** Told once when the call is queued. */
  readonly onQueued?: (queued: Queued) => void;
}

export type DirectOutcome =
  | {
      readonly kind: "answered";
      readonly answer: ModelAnswer;
      readonly cost: NanoUsd;
      readonly admitted: Admitted;
      /** The model's price is not known; the cost was reckoned with the dearest rates there are. */
      readonly priceAssumed: boolean;
    }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      readonly cost: NanoUsd;
      readonly retryable: boolean;
      readonly retryAfterMs?: number;
      /** Of the provider's answer, where it gave one. */
      readonly status?: number;
      /** Absent where it failed before anything was held: a model without known price where those are denied. */
      readonly admitted?: Admitted;
    }
  | { readonly kind: "refused"; readonly refused: Refused; readonly message: string; readonly cheaper: Cheaper | null };

/** A way that costs less: a model that does the same kind of work under limits with room. */
export interface Cheaper {
  readonly provider: ProviderName;
  readonly model: string;
  readonly worst: NanoUsd;
}
