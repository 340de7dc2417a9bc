import type { LeftOut } from "../facts/facts.ts";
import type { TokenFactor } from "../tokens/tokens.ts";

/**
 * A codebase cut into pieces that fit into a model's window: what it is and a table of contents first, then critical modules,
 * then supporting ones, neighbours together; a file that is too large is cut at its symbols, and each piece of it says where it
 * is from, what encloses it and what the file imports.
 *
 * Invariants: no chunk is above the limit by the true count times the model's factor; each byte of each included file stands
 * in exactly one chunk; the same contents give the same bytes; what is left out is named with its reason.
 *
 * `chunkCodebase` stands in chunk-codebase.ts, `packCodebase` (the best of a codebase within one budget) in pack-codebase.ts.
 */
export interface ChunkedCodebase {
  readonly chunks: readonly Chunk[];
  readonly leftOut: readonly LeftOut[];
  readonly maxTokens: number;
  readonly factor: TokenFactor;
  /** Mean fill of all chunks but the last, 0 to 1. */
  readonly fill: number;
}

export interface Chunk {
  /** Content hash of its text, 16 hex digits; stable over calls. */
  readonly id: string;
  /** From 0, in the order in which they are to be read. */
  readonly index: number;
  readonly part: "overview" | "critical" | "supporting";
  readonly pieces: readonly Piece[];
  /** The target model's tokens: the o200k count times the factor, rounded up. At most the limit. */
  readonly tokens: number;
  readonly o200k: number;
  /** What is sent, with headings and context lines; secrets redacted. */
  readonly text: string;
}

/** A range of a file that a chunk carries. */
export interface Piece {
  readonly path: string;
  readonly module: string | null;
  /** Bytes, half open. */
  readonly start: number;
  readonly end: number;
  /** Lines from 1, both included. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Where the piece ends: between symbols, inside one (too large by itself), or at the file's end. */
  readonly border: "file" | "symbol" | "line" | "character";
}

export interface ChunkOptions {
  /** In the target model's tokens, from 200. */
  readonly maxTokens: number;
  readonly factor: TokenFactor;
  /** Paths to include; absent: all. */
  readonly only?: readonly string[];
  /**
   * Tokens of the overview at most, as a share of the limit; 0 for none. Default 1/3. Where the bare names of all modules are
   * more than that, the table of contents goes on over as many chunks as it needs: every module is named.
   */
  readonly overview?: number;
  /** Where chunks are kept between calls, in private files, with their texts; absent, or with `readBytes`: nowhere. */
  readonly cacheFolder?: string;
  /** Reads the bytes of one file; absent: from the root. */
  readonly readBytes?: (path: string) => Promise<Buffer>;
}

/** One text within a budget: whole files, signatures of others, in the order of what matters to `near`. */
export interface PackOptions {
  readonly maxTokens: number;
  readonly factor: TokenFactor;
  /** Paths that the work is about; what they import and what imports them comes first. */
  readonly near?: readonly string[];
  /** Reads the bytes of one file; absent: from the root. */
  readonly readBytes?: (path: string) => Promise<Buffer>;
}

export interface PackedCodebase {
  readonly text: string;
  readonly tokens: number;
  /** names: path, size, and at most the names of what it declares; no signature is in the text. */
  readonly files: readonly { readonly path: string; readonly as: "whole" | "signatures" | "names" }[];
}
