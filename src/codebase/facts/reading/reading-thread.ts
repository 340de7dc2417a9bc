import { parentPort } from "node:worker_threads";
import { openContentsReader } from "./file-contents.ts";
import { type Batch, readBatch } from "./read-batch.ts";

/** A thread that reads files: batches come in, packs go out, in the same order. */
const opening = openContentsReader();
let last: Promise<unknown> = opening;

parentPort?.on("message", (batch: Batch) => {
  last = last.then(async () => {
    const pack = await readBatch(await opening, batch);
    parentPort?.postMessage(pack.buffer, [pack.buffer]);
  });
});
