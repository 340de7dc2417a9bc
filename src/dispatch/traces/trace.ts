import type { NanoUsd } from "../../foundation/units.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import type { AttemptRecord, Target } from "../survival/survival.ts";

/*
 * What became of each request, with all its attempts: for `allot trace`, metrics and spans. (Contract file: types only;
 * `openTraces` stands in open-traces.ts: JSON lines in the store's folder, written in batches beside the requests, kept a week.
 * `openDelegations` in delegations.ts sums them up by minute into `delegation_minutes`.)
 *
 * Invariant: never a prompt, an answer, a key or a header's value; messages of providers are scrubbed before.
 */
export interface RequestTrace {
  /** "req-..." */
  readonly id: string;
  /** Epoch ms of its arrival. */
  readonly at: number;
  /** Who asked: "gateway", "client", "run". */
  readonly origin: "gateway" | "client" | "run";
  /** Of the gateway: "anthropic-messages", "openai-chat" ... */
  readonly surface?: string;
  /** "claude-code", "codex", "gemini-cli", "opencode", or the first word of its user agent. */
  readonly agent?: string;
  readonly session: string;
  /** Id of the gateway key. */
  readonly key?: string;
  readonly project?: string;
  readonly taskType?: string;
  readonly requestedModel: string;
  /** Who served; absent where nobody was asked. */
  readonly served?: Target;
  readonly fellBackWhy?: string;
  /** left: the client went away. rejected: the request was wrong or not allowed. */
  readonly outcome: "answered" | "failed" | "refused" | "left" | "rejected";
  /** HTTP status that the client saw; 0 outside the gateway. */
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly stream: boolean;
  readonly cached: boolean;
  readonly level?: string;
  readonly firstByteMs?: number;
  readonly tookMs: number;
  /** Held up by our own limits or pacing. */
  readonly heldMs: number;
  /** Of the attempt that answered; `cost` of all attempts. */
  readonly usage?: TokenUsage;
  readonly cost: NanoUsd;
  readonly attempts: readonly AttemptRecord[];
}

export interface Traces extends AsyncDisposable {
  /** Takes a trace; written within a quarter of a second. Never throws, never waits. */
  note(trace: RequestTrace): void;
  /** The trace of a request id, or of a ledger key of one of its attempts; undefined where none is kept. */
  find(id: string): Promise<RequestTrace | undefined>;
  /** The newest, newest first. */
  newest(most: number): Promise<readonly RequestTrace[]>;
}
