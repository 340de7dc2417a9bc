import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { AllotError } from "../../../foundation/errors.ts";
import type { Batch } from "./read-batch.ts";

const THREADS = 2;
/** Batches that a thread has at a time: while one is read, the next is there already. */
const AHEAD = 2;

/**
 * Has threads of their own read the batches and hands on each pack with its batch's index, in any order. Throws the
 * signal's reason, or `internal` where a thread died; no thread outlives it.
 */
export async function readInThreads(
  batches: readonly Batch[],
  take: (index: number, pack: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  let next = 0;
  const threads = Array.from({ length: Math.min(THREADS, batches.length) }, () => openThread());
  const ended = Promise.withResolvers<void>();
  const stop = (): void => ended.reject(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  let left = batches.length;
  for (const thread of threads) {
    const asked: number[] = [];
    const give = (): void => {
      const batch = batches[next];
      if (batch === undefined) return;
      asked.push(next++);
      thread.postMessage(batch);
    };
    thread.on("message", (pack: ArrayBuffer) => {
      const index = asked.shift();
      give();
      if (index !== undefined) take(index, new Uint8Array(pack));
      if (--left === 0) ended.resolve();
    });
    thread.on("error", (cause) => ended.reject(died(cause)));
    thread.on("exit", () => ended.reject(died(undefined)));
    for (let ahead = 0; ahead < AHEAD; ahead++) give();
  }
  try {
    await ended.promise;
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function died(cause: unknown): AllotError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new AllotError("internal", `a thread that reads files ended before its work${why}`, { cause });
}

function openThread(): Worker {
  const entry = `./reading-thread${extname(fileURLToPath(import.meta.url))}`;
  return new Worker(new URL(entry, import.meta.url), threadArguments());
}

/**
 * A thread starts as its process did. Under a program that was given as text (`node --eval`) it would take its own file for
 * such a text, so there it gets no arguments but those about warnings.
 */
function threadArguments(): { readonly execArgv?: string[] } {
  const own = process.execArgv;
  if (!own.some((argument) => /^(-[ep]|-pe|--eval|--print|--input-type)(=|$)/.test(argument))) return {};
  return { execArgv: own.filter((argument) => /^--(disable-warning=|no-warnings$)/.test(argument)) };
}
