import type { NanoUsd } from "../../foundation/units.ts";
import type { BatchItemsTable } from "../../storage/work-schema.ts";
import type { WorkKind, WorkResult } from "../work.ts";

/**
 * Batches: one kind of work on each module or file of a folder, as a durable queue. Every item is a row; short ones go first
 * (the seeds' three classes); results are kept with their items.
 *
 * Invariants: one process carries a batch at a time; whatever is killed, an item that is done is not done again, and a part
 * that was paid is not paid again (parts are kept by their content, calls of a batch interface by their key); an item that
 * failed is told and can be tried again; nothing passes the batch's limit, whatever runs at the same time.
 *
 * Rejected: the throttle's queue (it orders calls of all processes for a moment; a batch outlives its process), and the
 * workflow engine (an item is one piece of work whose parts are kept already; a replay of steps would keep them twice).
 */
export interface Batch {
  readonly id: string;
  readonly operation: WorkKind;
  readonly repo: string;
  readonly spec: BatchSpec;
  readonly state: "open" | "done" | "incomplete" | "cancelled";
  readonly limit: NanoUsd | null;
  /** "direct", or the provider whose batch interface has it. */
  readonly way: string;
  readonly owner: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What was asked for; the same words mean the same batch. */
export interface BatchSpec {
  readonly directory: string;
  readonly model: { readonly provider: string; readonly name: string };
  readonly aspects: readonly string[];
  readonly style: string | null;
  readonly variant: string | null;
}

export type BatchLane = BatchItemsTable["lane"];

export interface BatchItem {
  readonly position: number;
  readonly target: string;
  readonly lane: BatchLane;
  readonly expectedMs: number;
  readonly state: BatchItemsTable["state"];
  readonly attempts: number;
  readonly remoteId: string | null;
  readonly result: WorkResult | null;
  readonly problem: string | null;
  readonly cost: NanoUsd;
  readonly durationMs: number | null;
  readonly updatedAt: number;
}

export interface NewItem {
  readonly target: string;
  readonly lane: BatchLane;
  readonly expectedMs: number;
}

/** Where a batch stands. */
export interface BatchProgress {
  readonly items: number;
  readonly done: number;
  /** Failed, or not read to the end. */
  readonly failed: number;
  readonly running: readonly string[];
  /** At a provider's batch interface. */
  readonly sent: number;
  readonly cost: NanoUsd;
  readonly limit: NanoUsd | null;
  /** null: nothing to go by. */
  readonly etaMs: number | null;
}

/** Why a batch stopped before its last item; null: it did not. */
export type BatchStop =
  | { readonly kind: "limit"; readonly message: string }
  | { readonly kind: "provider"; readonly code: string; readonly message: string }
  | null;
