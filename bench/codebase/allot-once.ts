/**
 * What is measured of allot: a codebase read into facts and cut into chunks of 6,000 tokens whose texts go nowhere.
 * Arguments: repository, folder of the cache. Prints one line of JSON.
 */
import { familyFactor } from "../../src/codebase/tokens/families.ts";
import { chunkCodebase } from "../../src/codebase/chunks/chunk-codebase.ts";
import { readCodebase } from "../../src/codebase/facts/read-codebase.ts";

/** What `allot-once` prints. */
export interface Once {
  readonly files: number;
  readonly leftOut: number;
  readonly tokens: number;
  readonly chunks: number;
  readonly fill: number;
  readonly readMs: number;
  readonly chunkMs: number;
}

const [repository = "", cacheFolder = ""] = process.argv.slice(2);
const began = performance.now();
const codebase = await readCodebase(repository, { cacheFolder });
const readAt = performance.now();
const { chunks, fill } = await chunkCodebase(codebase, {
  maxTokens: 6000,
  factor: familyFactor("gpt-5.5"),
  cacheFolder,
});
const once: Once = {
  files: codebase.files.length,
  leftOut: codebase.leftOut.length,
  tokens: codebase.files.reduce((sum, { tokens }) => sum + tokens, 0),
  chunks: chunks.length,
  fill,
  readMs: readAt - began,
  chunkMs: performance.now() - readAt,
};
process.stdout.write(`${JSON.stringify(once)}\n`);
