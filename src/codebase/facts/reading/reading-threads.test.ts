import { expect, test } from "vitest";
import type { Batch } from "./read-batch.ts";
import { readInThreads } from "./reading-threads.ts";

/** A thread that ends where it meets one of `fatal`, and answers nothing worth reading for the rest. */
function threadThatDiesOf(...fatal: readonly string[]): URL {
  const code = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", ({ paths }) => {
      if (paths.some((path) => ${JSON.stringify(fatal)}.includes(path))) throw new Error("out of memory");
      parentPort.postMessage(new ArrayBuffer(0));
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

function batchOf(from: number, ...paths: readonly string[]): Batch {
  return { root: "/nowhere", from, paths, known: paths.map(() => ""), kept: paths.map(() => false) };
}

async function detailsBy(entry: URL, batches: readonly Batch[]): Promise<readonly string[]> {
  const details: string[] = [];
  const take = (batch: Batch, files: readonly unknown[]): void => {
    for (const [index, file] of (files as readonly { verdict: { detail: string } }[]).entries()) {
      details[batch.from + index] = `${batch.paths[index]}: ${file.verdict.detail}`;
    }
  };
  await readInThreads(batches, take, undefined, entry);
  return details;
}

test("the file that ends its thread is found, and the others are read by another thread", async () => {
  const batches = [
    batchOf(0, "a", "b"),
    batchOf(2, "c", "fatal", "d"),
    batchOf(5, "e"),
    batchOf(6, "f"),
    batchOf(7, "g"),
  ];
  expect(await detailsBy(threadThatDiesOf("fatal"), batches)).toEqual([
    "a: its facts were lost",
    "b: its facts were lost",
    "c: its facts were lost",
    "fatal: reading it ends the reader: out of memory",
    "d: its facts were lost",
    "e: its facts were lost",
    "f: its facts were lost",
    "g: its facts were lost",
  ]);
});

test("threads that die of everything are a fault, not thousands of unreadable files", async () => {
  const paths = Array.from({ length: 40 }, (_, index) => `p${index}`);
  const batches = paths.map((path, index) => batchOf(index, path));
  await expect(detailsBy(threadThatDiesOf(...paths), batches)).rejects.toMatchObject({
    code: "internal",
    message: "threads that read files die again and again: out of memory",
  });
});
