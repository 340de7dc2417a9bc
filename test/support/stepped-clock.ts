import type { Clock } from "../../src/foundation/clock.ts";

/** A clock that stands still until it is moved: from one sleeper's end to the next, each woken at its own instant. */
export class SteppedClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const leave = (end: () => void) => (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", abort);
        end();
      };
      const sleeper = { at: this.#now + ms, wake: leave(resolve) };
      const abort = leave(() => reject(signal?.reason as Error));
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Moves on by `ms`; everything that wakes on the way has done what it can before the next is woken. */
  async move(ms: number): Promise<void> {
    const until = this.#now + ms;
    await allSettled();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await allSettled();
    }
    this.#now = until;
  }

  #next(until: number): { readonly at: number; readonly wake: () => void } | undefined {
    let first: { readonly at: number; readonly wake: () => void } | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at <= until && (first === undefined || sleeper.at < first.at)) first = sleeper;
    }
    return first;
  }
}

/** Queries of SQLite end within a turn of the event loop, transactions within a few. */
async function allSettled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
