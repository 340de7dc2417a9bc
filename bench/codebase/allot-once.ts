/**
 * What is measured of allot: a codebase read into facts and cut into chunks of 6,000 tokens whose texts go nowhere.
 * Arguments: repository, folder of the cache, folder of the program, ".js" or ".ts". Prints one line of JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What `allot-once` prints. */
export interface Once {
  readonly files: number;
  readonly leftOut: number;
  readonly tokens: number;
  readonly chunks: number;
  readonly fill: number;
  readonly loadMs: number;
  readonly readMs: number;
  readonly chunkMs: number;
}

const [repository = "", cacheFolder = "", program = "", extension = ""] = process.argv.slice(2);
const load = (name: string): Promise<unknown> =>
  import(pathToFileURL(join(program, "codebase", name + extension)).href);
const began = performance.now();
type Reading = typeof import("../../src/codebase/facts/read-codebase.ts");
type Chunking = typeof import("../../src/codebase/chunks/chunk-codebase.ts");
type Families = typeof import("../../src/codebase/tokens/families.ts");
const { readCodebase } = (await load("facts/read-codebase")) as Reading;
const { chunkCodebase } = (await load("chunks/chunk-codebase")) as Chunking;
const { familyFactor } = (await load("tokens/families")) as Families;
const loadedAt = performance.now();
const codebase = await readCodebase(repository, { cacheFolder });
const readAt = performance.now();
const options = { maxTokens: 6000, factor: familyFactor("gpt-5.5"), cacheFolder };
const { chunks, fill } = await chunkCodebase(codebase, options);
const once: Once = {
  files: codebase.files.length,
  leftOut: codebase.leftOut.length,
  tokens: codebase.files.reduce((sum, { tokens }) => sum + tokens, 0),
  chunks: chunks.length,
  fill,
  loadMs: loadedAt - began,
  readMs: readAt - loadedAt,
  chunkMs: performance.now() - readAt,
};
process.stdout.write(`${JSON.stringify(once)}\n`);
