import type { Catalog } from "../catalog/catalog.ts";
import type { ChunkedCodebase, ChunkOptions } from "../codebase/chunks/chunks.ts";
import type { Codebase } from "../codebase/facts/facts.ts";
import type { TokenFactor } from "../codebase/tokens/tokens.ts";
import type { Clock } from "../foundation/clock.ts";
import type { Store } from "../storage/storage.ts";
import type { Ask } from "./work.ts";

/** What planning needs: the store with kept answers, the catalogue with prices, and how the model counts. */
export interface PlanParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly catalog: Catalog;
  /** Of the model that is to answer. */
  readonly factor: TokenFactor;
  /** Names of those who may stand in, for the estimate. */
  readonly fallback?: readonly string[];
  /** Questions at the same time; default 4. */
  readonly concurrency?: number;
  /** Cuts files into chunks; default `chunkCodebase`. */
  readonly chunk?: (codebase: Codebase, options: ChunkOptions) => Promise<ChunkedCodebase>;
  /** Bytes of a file below the codebase's root; default: from the disk. */
  readonly readBytes?: (path: string) => Promise<Buffer>;
  /** What each of these files changed since `base`, by path; default: from git. */
  readonly diffs?: (root: string, paths: readonly string[], base: string) => Promise<ReadonlyMap<string, string>>;
}

/** What carrying out needs beside it. */
export interface WorkParts extends PlanParts {
  readonly ask: Ask;
  /** As it was when the work was planned. */
  readonly codebase: Codebase;
}
