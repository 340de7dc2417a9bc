import type { BatchLane } from "../../dispatch/batch/batch-lane.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { type BatchEnd, carryBatch, type CarryBatchOptions, type ItemWork } from "./carry-batch.ts";
import { GatheredQuestions } from "./gathered-questions.ts";

export interface CarryRemoteOptions extends Omit<CarryBatchOptions, "askOf" | "whenStopped" | "concurrency"> {
  readonly lane: BatchLane;
  /** Items of the batch: all of them ask together. */
  readonly items: number;
  /** Stay until everything is answered; else leave as soon as everything that can be asked is handed in. */
  readonly wait: boolean;
  /** Told of what was handed in, and of what is still open. */
  readonly onNote: (note: string) => void;
}

/** How it ended here: "sent" has answers still to come. */
export type RemoteEnd = BatchEnd | { readonly state: "sent"; readonly questions: number };

/** No new question for so long: those that can be asked now have been. */
const QUIET_MS = 300;
const LOOK_MS = 50;
/** Between looks at the provider: soon at first, then seldom. */
const FIRST_POLL_MS = 1_000;
const LONGEST_POLL_MS = 60_000;

/**
 * Carries a batch through a provider's batch interface: collects what is there, lets every item ask, hands the questions in
 * together, and leaves, or waits for the answers and goes on with what they lead to (answers are put together by further
 * questions). Killed anywhere, the next life collects and goes on. Throws `interrupted` when `signal` aborts.
 */
export async function carryRemote(id: string, work: ItemWork, options: CarryRemoteOptions): Promise<RemoteEnd> {
  const { store, lane, signal } = options;
  const questions = new GatheredQuestions(lane, store.clock.now());
  const state: CarryState = { over: false, running: 0 };
  const found = await lane.collect(signal);
  if (found.fault !== null) options.onNote(found.fault.message);
  if (found.ended > 0) options.onNote(`${found.ended} answers collected`);
  const leaving = new AbortController();
  const carried = carryBatch(id, work, {
    ...options,
    concurrency: Math.max(1, options.items),
    signal: AbortSignal.any([signal, leaving.signal]),
    askOf: (item) => questions.askOf(item),
    whenStopped: "sent",
    onProgress(progress) {
      state.running = progress.running.length;
      options.onProgress(progress);
    },
  });
  const settled = carried.then(
    () => (state.over = true),
    () => (state.over = true),
  );
  const running = new Running(options, questions, state);
  try {
    const sent = await running.run();
    if (sent) leaving.abort(new AllotError("interrupted", "what can be asked now is at the provider"));
    return await carried;
  } catch (error) {
    leaving.abort(new AllotError("interrupted", "the batch was stopped"));
    await settled;
    if (running.left > 0 && !signal.aborted && isAllotError(error, "interrupted")) {
      return { state: "sent", questions: running.left };
    }
    throw error;
  }
}

interface CarryState {
  over: boolean;
  /** Items under way. */
  running: number;
}

class Running {
  readonly #options: CarryRemoteOptions;
  readonly #questions: GatheredQuestions;
  readonly #state: Readonly<CarryState>;
  /** Questions whose answers were still to come when it left. */
  left = 0;

  constructor(options: CarryRemoteOptions, questions: GatheredQuestions, state: Readonly<CarryState>) {
    this.#options = options;
    this.#questions = questions;
    this.#state = state;
  }

  /** Hands in and waits, time after time; true where it is to leave with answers open. */
  async run(): Promise<boolean> {
    while (await this.#everythingIsAsked()) {
      await this.#handIn();
      if (this.#questions.waiting === 0) continue;
      if (!this.#options.wait) {
        this.left = this.#questions.waiting;
        return true;
      }
      await this.#answers();
    }
    return false;
  }

  /** False once the batch is over. */
  async #everythingIsAsked(): Promise<boolean> {
    const { store, signal } = this.#options;
    let asked = -1;
    let since = store.clock.now();
    while (!this.#state.over) {
      const isBlocked = this.#questions.items > 0 && this.#questions.items >= this.#state.running;
      if (this.#questions.asked !== asked || !isBlocked) {
        asked = this.#questions.asked;
        since = store.clock.now();
      } else if (store.clock.now() - since >= QUIET_MS) return true;
      await store.clock.sleep(LOOK_MS, signal);
    }
    return false;
  }

  async #handIn(): Promise<void> {
    const { lane, signal, onNote } = this.#options;
    const { requests, batches, fault, unsure } = await lane.submit(signal);
    if (requests > unsure) onNote(`${requests - unsure} questions handed in: ${batches.join(", ")}`);
    if (unsure > 0) onNote(`nobody knows yet whether ${unsure} questions arrived; they are looked up, not asked again`);
    if (fault !== null) this.#questions.fail(fault);
  }

  async #answers(): Promise<void> {
    const { lane, store, signal, onNote } = this.#options;
    const before = this.#questions.waiting;
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(LONGEST_POLL_MS, pause * 1.5)) {
      await store.clock.sleep(pause, signal);
      const { fault } = await lane.collect(signal);
      if (fault !== null) onNote(fault.message);
      await this.#questions.answerOpen();
      if (this.#questions.waiting < before) return;
      // What turned out never to have arrived is handed in again.
      await this.#handIn();
    }
  }
}
