/**
 * What is measured of allot: a codebase read into facts and cut into chunks of 6,000 tokens whose texts go nowhere. Plain
 * JavaScript, so that nothing is loaded but what is measured.
 *
 * Arguments: repository, folder of the cache, folder of the program, ".js" or ".ts". Prints one line of JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [repository = "", cacheFolder = "", program = "", extension = ""] = process.argv.slice(2);
/** @param {string} name */
const load = (name) => import(pathToFileURL(join(program, "codebase", name + extension)).href);
const began = performance.now();
const { readCodebase } = await load("facts/read-codebase");
const { chunkCodebase } = await load("chunks/chunk-codebase");
const { familyFactor } = await load("tokens/families");
const loadedAt = performance.now();
const codebase = await readCodebase(repository, { cacheFolder });
const readAt = performance.now();
const options = { maxTokens: 6000, factor: familyFactor("gpt-5.5"), cacheFolder };
const { chunks, fill } = await chunkCodebase(codebase, options);
let tokens = 0;
for (const file of codebase.files) tokens += file.tokens;
const once = {
  files: codebase.files.length,
  leftOut: codebase.leftOut.length,
  tokens,
  chunks: chunks.length,
  fill,
  loadMs: loadedAt - began,
  readMs: readAt - loadedAt,
  chunkMs: performance.now() - readAt,
};
process.stdout.write(`${JSON.stringify(once)}\n`);
