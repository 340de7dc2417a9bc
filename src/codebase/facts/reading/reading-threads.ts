import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { AllotError } from "../../../foundation/errors.ts";
import { type Batch, type ReadFile, singleFiles, unpackBatch } from "./read-batch.ts";

const THREADS = 2;
/** Batches that a thread has at a time: while one is read, the next is there already. */
const AHEAD = 2;
/** So many files may kill a thread; more of them, and the threads themselves are at fault. */
const MOST_DEATHS = 16;

/**
 * A grammar's tables are functions of such a size that compiling them a second time, for speed, takes 100 to 200 MB each in a
 * thread, and more time than it saves: measured on 37 MB of code. Holds for what is compiled while threads read.
 */
const COMPILE_ONCE = ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"];
const COMPILE_AS_EVER = ["--wasm-tier-up", "--wasm-dynamic-tiering"];

type Take = (batch: Batch, files: readonly ReadFile[]) => void;

/**
 * Has threads of their own read the batches and hands on what each gave, in any order. A file that kills its thread (a
 * parser that runs out of memory) is found and told as unreadable, the others are read again. Throws the signal's reason,
 * or `internal` where threads die of everything; no thread outlives it.
 */
export async function readInThreads(
  batches: readonly Batch[],
  take: Take,
  signal?: AbortSignal,
  entry: URL = ownEntry(),
): Promise<void> {
  signal?.throwIfAborted();
  for (const flag of COMPILE_ONCE) setFlagsFromString(flag);
  const crew = new Crew(batches, take, entry);
  const stop = (): void => crew.fail(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await crew.ended;
  } finally {
    signal?.removeEventListener("abort", stop);
    await crew.close();
    for (const flag of COMPILE_AS_EVER) setFlagsFromString(flag);
  }
}

/** The threads, and what is left for them. */
class Crew {
  readonly #take: Take;
  readonly #entry: URL;
  readonly #waiting: Batch[];
  readonly #threads = new Set<Worker>();
  readonly #done = Promise.withResolvers<void>();
  #left: number;
  #deaths = 0;
  #isClosing = false;

  constructor(batches: readonly Batch[], take: Take, entry: URL) {
    this.#take = take;
    this.#entry = entry;
    this.#waiting = batches.toReversed();
    this.#left = batches.length;
    for (let thread = 0; thread < Math.min(THREADS, batches.length); thread++) this.#open();
  }

  get ended(): Promise<void> {
    return this.#done.promise;
  }

  fail(reason: unknown): void {
    this.#done.reject(reason);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(Array.from(this.#threads, (thread) => thread.terminate()));
  }

  #open(): void {
    const thread = new Worker(this.#entry, threadArguments());
    this.#threads.add(thread);
    const asked: Batch[] = [];
    const give = (): void => {
      const batch = this.#waiting.pop();
      if (batch === undefined) return;
      asked.push(batch);
      thread.postMessage(batch);
    };
    let cause: unknown;
    thread.on("message", (pack: ArrayBuffer) => {
      const batch = asked.shift();
      give();
      if (batch !== undefined) this.#finish(batch, unpackBatch(new Uint8Array(pack), batch.paths.length));
    });
    thread.on("error", (error) => (cause = error));
    // Answers that were under way arrive before the exit, though not before the error.
    thread.on("exit", () => {
      this.#threads.delete(thread);
      if (!this.#isClosing) this.#bury(asked, cause);
    });
    for (let ahead = 0; ahead < AHEAD; ahead++) give();
  }

  #finish(batch: Batch, files: readonly ReadFile[]): void {
    this.#take(batch, files);
    if (--this.#left === 0) this.#done.resolve();
  }

  /** What a dead thread had is given to another; what it was reading, file by file, so that the one that killed it is found. */
  #bury([fatal, ...others]: readonly Batch[], cause: unknown): void {
    const why = cause instanceof Error ? cause.message : "it ended";
    if (++this.#deaths > MOST_DEATHS) {
      this.fail(new AllotError("internal", `threads that read files die again and again: ${why}`, { cause }));
      return;
    }
    this.#waiting.push(...others.toReversed());
    if (fatal !== undefined && fatal.paths.length === 1) {
      const verdict = { reason: "unreadable", detail: `reading it ends the reader: ${why}` } as const;
      this.#finish(fatal, [{ kind: "failed", verdict }]);
    } else if (fatal !== undefined) {
      const singles = singleFiles(fatal);
      this.#left += singles.length - 1;
      this.#waiting.push(...singles.toReversed());
    }
    if (this.#waiting.length > 0) this.#open();
  }
}

function ownEntry(): URL {
  return new URL(`./reading-thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
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
