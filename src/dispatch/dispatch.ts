import type { NanoUsd } from "../foundation/units.ts";
import type { ModelAnswer, ModelRequest, ProviderName } from "../providers/provider.ts";
import type { Level, Priority } from "../throttle/throttle.ts";

/**
 * THE one way of a paid call: hold its worst case, make it, settle it exactly once. Nothing else in allot talks to a
 * provider. (Contract file: the implementation stands beside it.)
 */
export interface Dispatch {
  /**
   * Makes the call of that key, or answers with what an earlier life of this process got for it.
   *
   * - a key that is done: the stored answer, nothing is paid
   * - a key whose call is running in a live call host: waits for it
   * - a key whose host is gone: `unknown`, counted at its hold, never silently repeated
   * - the same key with another request: throws `call-key-reused`
   *
   * Never throws for what a provider does: that is `failed` with its code. Throws `interrupted` when `signal` aborts;
   * the call itself goes on in its host and its answer is found on the next try.
   */
  call(ask: CallAsk, signal: AbortSignal): Promise<CallOutcome>;
}

export interface CallAsk {
  readonly key: CallKey;
  readonly provider: ProviderName;
  readonly request: ModelRequest;
  readonly session: string;
  readonly priority: Priority;
  /** "planning", "execution", "verification" ...: where the report counts it. */
  readonly phase: string;
  readonly tier: "small" | "big";
  /** For a whole answer, or for the first sign of a streamed one. */
  readonly timeoutMs: number;
  /** The longest silence inside a stream; as `timeoutMs` where it is not given. */
  readonly idleMs?: number;
  /** PROVIDER/MODEL that was asked for, where another one stands in for it. */
  readonly requestedModel?: string;
}

/** Unique for every paid call; its parts joined by "/" are the primary key. */
export interface CallKey {
  readonly run: string;
  /** Mini-task number as text, or "plan", "verify". */
  readonly task: string;
  readonly round: number;
  /** What the call is for, with the turn of a tool loop: "work-3", "advice-1", "verdict-1". */
  readonly purpose: string;
  readonly attempt: number;
}

export type CallOutcome =
  | { readonly kind: "answered"; readonly answer: ModelAnswer; readonly cost: NanoUsd; readonly replayed: boolean }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      readonly cost: NanoUsd;
      readonly retryable: boolean;
      readonly retryAfterMs?: number;
      /** It failed in an earlier life of this process. */
      readonly replayed?: boolean;
    }
  | {
      readonly kind: "refused";
      /** "run budget", "session tokens/hour" */
      readonly limit: string;
      readonly level: Level;
      /** What must become free, in the limit's measure: whole tokens, nano-dollars or requests. */
      readonly shortBy: number;
      /** What running calls hold of that limit; where it is at least `shortBy`, the call may fit once they are over. */
      readonly held: number;
      /** Epoch ms at which there is room again if nothing else is spent; null: not by waiting. */
      readonly freeAt: number | null;
      /** The run has used up what it was given; more time makes no room. */
      readonly ownBudget: boolean;
      readonly message: string;
    }
  | { readonly kind: "unknown"; readonly held: NanoUsd; readonly message: string };
