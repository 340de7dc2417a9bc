import type { Service } from "../../ledger/cost.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import type { ProviderName, TokenUsage } from "../../providers/provider.ts";
import type { WireFormat } from "../../providers/wires.ts";
import type { Admitted, Priority, Refused } from "../../throttle/throttle.ts";
import type { Filing } from "../direct/direct.ts";
import type { Fault, Headers } from "../survival/survival.ts";
import type { Framing } from "./events.ts";

/*
 * Paid calls whose bytes pass through as they are: the gateway's, where client and provider speak the same protocol. The same
 * door as every other paid call (hold the worst case, make it, settle it exactly once), without taking the request apart:
 * its input is bounded by its bytes, its usage read out of the answer on the side. `openPassing` stands in open-passing.ts.
 *
 * Invariants: as `direct/`; and bytes go through unchanged, but for members that the caller names; nothing is shown to
 * the reader before the answer has begun well, so that it may be tried elsewhere.
 *
 * Rejected: global fetch (a third of the throughput), counting tokens before the call (ten times its price), parsing each
 * event of a stream. Figures: notes on performance; docs/bench-gateway.md.
 */
export interface Passing extends AsyncDisposable {
  /** One attempt. Never throws for what a provider, the throttle or the reader does. */
  pass(ask: PassAsk, reader: PassReader, signal: AbortSignal): Promise<PassEnd>;
}

export interface PassAsk {
  /** Unique for ever; the ledger's key. */
  readonly id: string;
  readonly provider: ProviderName;
  /** As the provider is asked for it. */
  readonly model: string;
  readonly wire: WireFormat;
  readonly framing: Framing;
  /** In full: "http://127.0.0.1:9000", "/v1/messages?beta=true". */
  readonly origin: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** The same, read; asked for only where its bytes alone do not decide. */
  readonly read: () => unknown;
  readonly stream: boolean;
  /** As the request states it; undefined: whatever the model can write. */
  readonly maxOutputTokens: number | undefined;
  /** Smaller than this max_tokens may not be made. */
  readonly leastOutputTokens: number;
  /** The body with another max_tokens; absent: it may not be changed. */
  readonly withMaxTokens?: (maxTokens: number) => Buffer;
  readonly cachesForAnHour: boolean;
  /** This call may cost no more; max_tokens is made smaller until it fits. */
  readonly capNanoUsd?: NanoUsd;
  readonly service?: Service;
  readonly priority: Priority;
  readonly session: string;
  readonly key?: string;
  /** Where the ledger files it, if it belongs to a run. */
  readonly filing?: Filing;
  readonly project?: string;
  readonly budget?: string;
  readonly agent?: string;
  readonly taskType?: string;
  readonly requestedModel?: string;
  /** For the ledger: why this model and not the one that was asked for. */
  readonly note?: string;
  /** Whether the session may run away: the guard is asked. */
  readonly guarded: boolean;
  readonly deadlineAt?: number;
  readonly holdPreamble: boolean;
  readonly continuing: boolean;
  readonly hideUsage: boolean;
  readonly times: PassTimes;
  readonly onLeave: LeavePolicy;
}

export interface PassTimes {
  /** Until the answer's headers. */
  readonly firstByteMs: number;
  /** Longest silence after them. */
  readonly idleMs: number;
}

/** What becomes of the call when its reader has gone: stop it, read on to its end, or until so many more tokens were written. */
export type LeavePolicy = "abort" | "drain" | { readonly mostTokens: number };

/** Who reads the answer. */
export interface PassReader {
  /** Once, before the first bytes of an attempt that answers; not again where an attempt continues another. */
  head(status: number, headers: Headers, admitted: Admitted): void;
  /** An answer that is no stream, once and in one piece. */
  whole(status: number, headers: Headers, body: Buffer, admitted: Admitted): void;
  /** False: `drained` of it is waited for. */
  write(bytes: Buffer): boolean;
  drained(resume: () => void): void;
}

export type PassEnd =
  /** All of it was given to the reader. */
  | { readonly kind: "answered"; readonly status: number; readonly spent: Spent; readonly admitted: Admitted }
  | {
      readonly kind: "failed";
      readonly fault: Fault;
      /** Something of the answer was shown. */
      readonly shown: boolean;
      /** The provider told the reader itself, within the stream. */
      readonly told: boolean;
      /** The provider's own refusal, as it came. */
      readonly answer?: { readonly status: number; readonly headers: Headers; readonly body: Buffer };
      readonly spent?: Spent;
    }
  | { readonly kind: "refused"; readonly refused: Refused; readonly message: string }
  /** The reader went away; what was used until then, or until the end, is settled. */
  | { readonly kind: "left"; readonly spent?: Spent };

export interface Spent {
  readonly usage: TokenUsage;
  readonly cost: NanoUsd;
  readonly firstByteMs?: number;
  readonly status: number;
  /** The rate-limit headers and others of the answer. */
  readonly headers: Headers;
}
