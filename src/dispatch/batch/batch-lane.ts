import type { Catalog } from "../../catalog/catalog.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import type { BatchProvider } from "../../providers/batch/batch-provider.ts";
import type { ModelAnswer, ModelRequest, ProviderName } from "../../providers/provider.ts";
import type { Store } from "../../storage/storage.ts";
import type { LimitSet, Priority } from "../../throttle/throttle.ts";
import type { AllotError } from "../../foundation/errors.ts";
import type { UnknownPrice } from "../direct/call-terms.ts";

/**
 * Paid calls through a provider's batch interface, at its price: the same journal and the same holds as a run's calls, in the
 * database, because the answer may come to another process a day later. `openBatchLane` stands in open-batch-lane.ts.
 *
 * Invariants: a question of a batch is written down and held before it is handed in, and stays held until it is collected; a
 * question that was handed in is never handed in again while nobody knows what became of it: it is looked up at the provider
 * by what it was sent with; each is settled once, at the batch price.
 */
export interface BatchLane {
  /** What is known of a question of this batch; where nothing is, it is held and written down. */
  ask(ask: BatchAsk): Promise<BatchCall>;
  /** Hands in what is written down and was not handed in yet. Throws `interrupted`. */
  submit(signal: AbortSignal): Promise<Submission>;
  /** Looks after all that was handed in, and settles what has ended. Throws `interrupted`; a provider's faults are told. */
  collect(signal: AbortSignal): Promise<Collection>;
  /** Asks the provider to stop, and gives back what was not handed in. */
  cancel(signal: AbortSignal): Promise<void>;
}

export interface BatchAsk {
  /** Hash of what is asked; the same question has the same. */
  readonly name: string;
  /** Which try of the item it belongs to: a question that failed is asked again by the next. */
  readonly round: number;
  readonly request: ModelRequest;
}

export type BatchCall =
  | { readonly kind: "answered"; readonly answer: ModelAnswer; readonly cost: NanoUsd; readonly finishedAt: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly cost: NanoUsd }
  /** Written down, or at the provider. */
  | { readonly kind: "waiting" }
  /** No limit has room for it. */
  | { readonly kind: "refused"; readonly message: string };

export interface Submission {
  readonly requests: number;
  /** The provider's ids. */
  readonly batches: readonly string[];
  /** Why some were not taken: they are given back, and may be asked again. */
  readonly fault: AllotError | null;
  /** Of whom nobody knows whether they arrived; `collect` finds out. */
  readonly unsure: number;
}

export interface Collection {
  /** Calls that ended now. */
  readonly ended: number;
  /** Calls whose answers are still to come. */
  readonly open: number;
  /** Why the provider could not be asked. */
  readonly fault: AllotError | null;
}

/** What the lane works with, for one batch of ours. */
export interface BatchLaneParts {
  readonly store: Store;
  readonly catalog: Pick<Catalog, "find" | "dearest">;
  /** Id of our batch. */
  readonly batch: string;
  readonly provider: BatchProvider;
  readonly providerName: ProviderName;
  readonly session: string;
  readonly priority: Priority;
  readonly budget: string | null;
  readonly project: string;
  readonly unknownPrice: UnknownPrice;
  /** Limits as of each call. */
  readonly limits: () => Promise<LimitSet>;
}
