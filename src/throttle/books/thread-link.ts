import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { systemClock } from "../../foundation/clock.ts";
import { AllotError, type ErrorCode, ERRORS } from "../../foundation/errors.ts";
import type { FromThread, Place, ThreadSettings, ToThread } from "./messages.ts";

/** A thread that dies is started again after so long, then after twice as long ... */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;

type Listener = {
  /** Everything but `ready` and `unusable`. */
  readonly hear: (message: FromThread) => void;
  /** A new thread is there; what the one before had not answered was lost. */
  readonly begin: (message: Extract<FromThread, { kind: "ready" }>) => void;
  /** No thread for now: whoever waits for one is told. */
  readonly fail: (fault: AllotError) => void;
  /** Up to where the journal is known to be in the database. */
  readonly taken: () => Place;
};

/** The books thread, which is started again when it dies: what it has to do stands in the journal and in the store. */
export class ThreadLink {
  readonly #settings: ThreadSettings;
  readonly #listener: Listener;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #thread: Worker | undefined;
  #isReady = false;
  #wasReady = false;
  #isClosing = false;
  #isAwaited = true;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(settings: ThreadSettings, listener: Listener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#start();
  }

  /** Rejects with what the first thread could not begin for. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** False while there is no thread: `begin` tells when there is one again. */
  get isReady(): boolean {
    return this.#isReady;
  }

  post(message: ToThread): void {
    this.#thread?.postMessage(message);
  }

  /** Whether the process has to stay alive for an answer. */
  await(isAwaited: boolean): void {
    if (isAwaited === this.#isAwaited) return;
    this.#isAwaited = isAwaited;
    this.#hold();
  }

  /** Lets the thread finish as it was told, and ends it. */
  async close(last: ToThread): Promise<void> {
    this.#isClosing = true;
    this.await(true);
    if (this.#isReady) {
      this.post(last);
      await this.#ended.promise;
    }
    await this.#thread?.terminate();
  }

  #hold(): void {
    if (this.#isAwaited) this.#thread?.ref();
    else this.#thread?.unref();
  }

  #start(): void {
    const entry = `./books-thread${extname(fileURLToPath(import.meta.url))}`;
    const workerData: ThreadSettings = { ...this.#settings, taken: this.#listener.taken() };
    const thread = new Worker(new URL(entry, import.meta.url), { workerData, ...threadArguments() });
    this.#thread = thread;
    this.#hold();
    thread.on("message", (message: FromThread) => this.#hear(message));
    thread.on("error", (error) => this.#die(thread, error));
    thread.on("exit", () => this.#die(thread, new Error("it ended")));
  }

  #hear(message: FromThread): void {
    if (message.kind === "closed") this.#ended.resolve();
    else if (message.kind === "unusable") {
      if (!this.#wasReady) this.#ready.reject(new AllotError(codeOf(message.code), message.message));
    } else if (message.kind === "ready") {
      this.#isReady = true;
      this.#wasReady = true;
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#listener.begin(message);
      this.#ready.resolve();
    } else this.#listener.hear(message);
  }

  #die(thread: Worker, cause: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const wasReady = this.#isReady;
    this.#isReady = false;
    const why = cause instanceof Error ? cause.message : String(cause);
    const fault = new AllotError(
      "ledger-busy",
      `the thread that keeps the books is gone (${why}); it is started again`,
      {
        cause,
      },
    );
    this.#ready.reject(fault);
    this.#ended.resolve();
    if (this.#isClosing || !this.#wasReady) return;
    if (!wasReady) this.#listener.fail(fault);
    void this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, pause * 2);
    await systemClock.sleep(pause);
    if (!this.#isClosing) this.#start();
  }
}

function codeOf(code: string): ErrorCode {
  return code in ERRORS ? (code as ErrorCode) : "storage-unusable";
}

/**
 * A thread starts as its process did. Under a program that was given as text (`node --eval`) it would take its own file for
 * such a text, so there it gets no arguments but those about warnings; and none is stated otherwise, because arguments
 * of the whole process, which are inherited in silence, are refused when they are stated.
 */
function threadArguments(): { readonly execArgv?: string[] } {
  const own = process.execArgv;
  if (!own.some((argument) => /^(-[ep]|-pe|--eval|--print|--input-type)(=|$)/.test(argument))) return {};
  return { execArgv: own.filter((argument) => /^--(disable-warning=|no-warnings$)/.test(argument)) };
}
