import { AllotError, isAllotError } from "../../foundation/errors.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import type { Store } from "../../storage/storage.ts";
import type { Ask, WorkPlan, WorkProgress, WorkResult } from "../work.ts";
import type { BatchItem, BatchProgress, BatchStop } from "./batch.ts";
import { inOrder, progressOf, type RunningItem } from "./batch-progress.ts";
import { itemsOf, setBatch, setItem } from "./batch-store.ts";

/** How an item is planned and carried out. */
export interface ItemWork {
  plan(target: string): Promise<WorkPlan>;
  /** `through` stands between the work and whoever answers. Throws `interrupted`. */
  carryOut(
    plan: WorkPlan,
    options: {
      readonly through: (ask: Ask) => Ask;
      readonly signal: AbortSignal;
      readonly onProgress: (progress: WorkProgress) => void;
    },
  ): Promise<WorkResult>;
}

export interface CarryBatchOptions {
  readonly store: Store;
  /** Items at the same time. */
  readonly concurrency: number;
  readonly limit: NanoUsd | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BatchProgress) => void;
  /** Told when an item has ended, with its result where it has one. */
  readonly onItem?: (item: BatchItem) => Promise<void> | void;
  /** How each item asks; absent: directly. */
  readonly askOf?: (item: BatchItem) => (ask: Ask) => Ask;
  /** What an item is when the signal stops it: "sent" where its questions are at a provider. */
  readonly whenStopped?: "waiting" | "sent";
}

export interface BatchEnd {
  readonly state: "done" | "incomplete" | "open";
  readonly stop: BatchStop;
}

/** No further item would fare better: the batch stops, and is gone on with once that is put right. */
const STOPPING = ["limit-reached", "provider-auth", "provider-not-configured", "unknown-model", "offline-cannot"];

/**
 * Carries out what waits of a batch that this process has claimed. Each step is written before the next: killed anywhere, the
 * next life goes on with what is not done.
 *
 * Throws `interrupted` when `signal` aborts, after what was under way is put back. A fault of one item is its problem, and the
 * batch goes on; a reached limit or a refused key stops it, and what was under way waits again.
 */
export async function carryBatch(id: string, work: ItemWork, options: CarryBatchOptions): Promise<BatchEnd> {
  const batch = new Carrying(id, work, options);
  return batch.run();
}

class Carrying {
  readonly #id: string;
  readonly #work: ItemWork;
  readonly #options: CarryBatchOptions;
  readonly #running = new Map<number, RunningItem>();
  #items: readonly BatchItem[] = [];
  #stop: BatchStop = null;

  constructor(id: string, work: ItemWork, options: CarryBatchOptions) {
    this.#id = id;
    this.#work = work;
    this.#options = options;
  }

  async run(): Promise<BatchEnd> {
    const { store, concurrency, signal } = this.#options;
    this.#items = await itemsOf(store.db, this.#id);
    const waiting = [...inOrder(this.#items.filter(({ state }) => state === "waiting" || state === "sent"))];
    this.#tell();
    const workers = Array.from({ length: Math.min(concurrency, waiting.length) }, async () => {
      for (;;) {
        if (signal.aborted || this.#stop !== null) return;
        const item = waiting.shift();
        if (item === undefined) return;
        await this.#one(item);
      }
    });
    const ends = await Promise.allSettled(workers);
    if (signal.aborted) throw interrupted();
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    const states = this.#items.map(({ state }) => state);
    const over = states.every((state) => state === "done" || state === "failed" || state === "incomplete");
    const state = !over ? "open" : states.every((each) => each === "done") ? "done" : "incomplete";
    await setBatch(store, this.#id, { state });
    return { state, stop: this.#stop };
  }

  async #one(item: BatchItem): Promise<void> {
    const { store, signal, whenStopped = "waiting" } = this.#options;
    const startedAt = store.clock.now();
    // Questions that are at a provider belong to the attempt that asked them.
    const attempts = item.state === "sent" ? item.attempts : item.attempts + 1;
    const attempt: BatchItem = { ...item, state: "running", attempts };
    await this.#note(attempt);
    this.#running.set(item.position, { target: item.target, expectedMs: item.expectedMs, startedAt, cost: 0 });
    this.#tell();
    let ended: BatchItem;
    try {
      const result = await this.#carryOut(attempt);
      ended = this.#endOf(attempt, result, store.clock.now() - startedAt);
    } catch (error) {
      const isStopped = signal.aborted || isAllotError(error, "interrupted");
      const message = itemFault(error);
      if (!isStopped && message === undefined) throw error;
      const problem = isStopped ? item.problem : (message ?? null);
      // What was paid by then is kept with its parts, and is not paid again.
      const cost = (item.cost + (this.#running.get(item.position)?.cost ?? 0)) as NanoUsd;
      ended = { ...attempt, cost, state: isStopped ? whenStopped : "failed", problem };
    } finally {
      this.#running.delete(item.position);
    }
    await this.#note(ended);
    this.#tell();
    await this.#options.onItem?.(ended);
  }

  async #carryOut(item: BatchItem): Promise<WorkResult> {
    const { signal, askOf } = this.#options;
    const plan = await this.#work.plan(item.target);
    const inner = askOf?.(item) ?? ((ask: Ask): Ask => ask);
    return this.#work.carryOut(plan, {
      through: (ask) => this.#watched(inner(ask)),
      signal,
      onProgress: ({ cost }) => {
        const running = this.#running.get(item.position);
        if (running !== undefined) this.#running.set(item.position, { ...running, cost });
        this.#tell();
      },
    });
  }

  /** Notices what stops the whole batch; from then on nobody is asked any more. */
  #watched(ask: Ask): Ask {
    return async (request, signal) => {
      if (this.#stop !== null) {
        const { message } = this.#stop;
        return { kind: "failed", code: "limit-reached", message, cost: 0 as NanoUsd };
      }
      const answer = await ask(request, signal);
      if (answer.kind === "failed" && STOPPING.includes(answer.code)) {
        const { code, message } = answer;
        this.#stop ??= code === "limit-reached" ? { kind: "limit", message } : { kind: "provider", code, message };
      }
      return answer;
    };
  }

  #endOf(item: BatchItem, result: WorkResult, durationMs: number): BatchItem {
    const cost = (item.cost + result.cost) as NanoUsd;
    const paid = { ...item, result, cost, durationMs };
    if (result.complete) return { ...paid, state: "done", problem: null };
    const problem = result.problems[0] ?? result.notRead[0]?.reason ?? "not everything was read";
    if (this.#stop !== null) return { ...paid, result: null, state: "waiting", problem };
    return { ...paid, state: result.read.length === 0 ? "failed" : "incomplete", problem };
  }

  async #note(item: BatchItem): Promise<void> {
    this.#items = this.#items.map((other) => (other.position === item.position ? item : other));
    await setItem(this.#options.store, this.#id, item.position, {
      state: item.state,
      attempts: item.attempts,
      result: item.result === null ? null : JSON.stringify(item.result),
      problem: item.problem,
      nano_usd: item.cost,
      duration_ms: item.durationMs,
    });
  }

  #tell(): void {
    const { store, concurrency, limit, onProgress } = this.#options;
    const facts = { concurrency, limit, now: store.clock.now() };
    onProgress(progressOf(this.#items, [...this.#running.values()], facts));
  }
}

/** What went wrong with one item: a fault of ours, or a file that is gone or may not be read. Undefined for a defect. Pure. */
export function itemFault(error: unknown): string | undefined {
  if (error instanceof AllotError) return error.message;
  const isSystems = error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
  return isSystems ? error.message : undefined;
}

function interrupted(): AllotError {
  return new AllotError("interrupted", "the batch was stopped; what is done is kept, and it goes on where it stopped");
}
