import type { AllotError } from "../../foundation/errors.ts";
import type { ModelAnswer, ModelRequest, ProviderName } from "../provider.ts";

/**
 * Providers' batch interfaces: many requests handed in together, answered within a day, at about half the price.
 *
 * Invariants: every request carries an id of ours and comes back under it; what is handed in carries a token, by which it is
 * found again when nobody heard the answer; nothing is repeated here (that is `dispatch/batch/`).
 *
 * Anthropic: Message Batches. OpenAI: the Batch API on responses. xAI, Google, Ollama and OpenAI-compatible servers have none that
 * allot speaks.
 */
export interface BatchProvider {
  readonly name: ProviderName;
  /** What one hand-in may hold. */
  readonly most: { readonly requests: number; readonly bytes: number };
  /**
   * Hands requests in and answers the provider's id of the batch. Rejects with a `ProviderFault`; `details.unsent` and a
   * status from 400 on mean that nothing was taken, any other fault leaves it open.
   */
  submit(token: string, requests: readonly BatchRequest[], signal: AbortSignal): Promise<string>;
  state(id: string, signal: AbortSignal): Promise<BatchState>;
  /** Of a batch that has ended; a request that is missing among them was not answered, nor billed. */
  results(id: string, signal: AbortSignal): Promise<readonly BatchResult[]>;
  /**
   * The batch that was handed in with this token: its id; "none" where the provider has none; "later" where that cannot be said
   * before others have ended.
   */
  find(wanted: LostBatch, signal: AbortSignal): Promise<FoundBatch>;
  /** Asks the provider to stop it; what was answered by then can be fetched and is billed. */
  cancel(id: string, signal: AbortSignal): Promise<void>;
}

export interface BatchRequest {
  /** Letters, digits, "_" and "-", at most 64. */
  readonly id: string;
  readonly request: ModelRequest;
}

export type BatchState =
  | { readonly kind: "working"; readonly done: number; readonly of: number }
  /** Results can be fetched. */
  | { readonly kind: "ended" }
  /** The provider took it and could not read it: nothing was answered, nothing is billed. */
  | { readonly kind: "rejected"; readonly fault: AllotError };

export type BatchResult =
  | { readonly id: string; readonly kind: "answered"; readonly answer: ModelAnswer }
  /** Not billed. */
  | { readonly id: string; readonly kind: "failed"; readonly fault: AllotError };

export interface LostBatch {
  readonly token: string;
  /** Ids of all its requests. */
  readonly requests: readonly string[];
  /** Epoch ms: not handed in before. */
  readonly sentAt: number;
  /** The provider's ids that are known to be others. */
  readonly known: readonly string[];
}

export type FoundBatch =
  | { readonly kind: "found"; readonly id: string }
  | { readonly kind: "none" }
  | { readonly kind: "later" };

/** Where the interface is reached. */
export interface BatchAccess {
  readonly apiKey?: string;
  /** "" or absent: the provider's own address. */
  readonly baseUrl?: string;
  /** Epoch ms, for Retry-After given as a date. */
  readonly now: () => number;
}
