import { sha256 } from "../../foundation/ids.ts";
import type { Codebase } from "../facts/facts.ts";
import type { TokenFactor } from "../tokens/tokens.ts";
import type { Chunk, ChunkedCodebase, ChunkOptions, Piece } from "./chunks.ts";
import { openKeptChunks } from "./kept/kept-chunks.ts";
import { orderFiles } from "./order-files.ts";
import { overviewTexts } from "./overview.ts";
import { modelTokens, tokenBudget } from "./token-budget.ts";
import { readingBelow } from "./file-bytes.ts";
import { fillChunks, type FilledChunk } from "./fill-chunks.ts";

const OVERVIEW_SHARE = 1 / 3;

/**
 * Cuts a codebase into chunks of at most `maxTokens` of the model's tokens; see chunks.ts for what holds of them. The
 * overview comes first; where the table of contents is longer than its share, it goes on over several chunks.
 *
 * Deterministic. Reads each included file once, or none where these chunks are kept from before. Throws `config-invalid` for
 * a limit below 200 tokens or without room under the factor; `plan-stale` for a file that has changed since the codebase was
 * read.
 */
export async function chunkCodebase(codebase: Codebase, options: ChunkOptions): Promise<ChunkedCodebase> {
  const { maxTokens, factor } = options;
  const budget = tokenBudget(maxTokens, factor);
  const { cacheFolder } = options;
  const kept =
    cacheFolder === undefined || options.readBytes !== undefined
      ? undefined
      : openKeptChunks(cacheFolder, codebase, options);
  const before = kept?.read();
  const chunks = before ?? (await cut(codebase, options, budget));
  if (before === undefined) kept?.write(chunks);
  return { chunks, leftOut: codebase.leftOut, maxTokens, factor, fill: meanFill(chunks, maxTokens) };
}

async function cut(codebase: Codebase, options: ChunkOptions, budget: number): Promise<readonly Chunk[]> {
  const readBytes = options.readBytes ?? readingBelow(codebase.root);
  const overview = overviewTexts(codebase, budget, options.overview ?? OVERVIEW_SHARE);
  const filled = await fillChunks({ files: orderFiles(codebase, options.only), overview, budget, readBytes });
  return filled.map((chunk, index) => finished(chunk, index, options.factor));
}

function finished(chunk: FilledChunk, index: number, factor: TokenFactor): Chunk {
  const pieces: readonly Piece[] = chunk.pieces;
  return {
    id: sha256(chunk.text).slice(0, 16),
    index,
    part: chunk.part,
    pieces,
    tokens: modelTokens(chunk.tokens, factor),
    o200k: chunk.tokens,
    text: chunk.text,
  };
}

function meanFill(chunks: readonly Chunk[], maxTokens: number): number {
  const full = chunks.length > 1 ? chunks.slice(0, -1) : chunks;
  if (full.length === 0) return 1;
  return full.reduce((sum, { tokens }) => sum + tokens / maxTokens, 0) / full.length;
}
