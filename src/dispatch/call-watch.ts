import { AllotError, isAllotError } from "../foundation/errors.ts";
import type { Store } from "../storage/storage.ts";
import { type CallRow, isOver } from "./call-row.ts";
import type { HostProcess } from "./host-process.ts";
import { recoverCalls } from "./recover-calls.ts";

/** How often the worker looks after its calls: soon at first, for calls that are short, then less. */
const POLL_MS = 20;
const SLOW_POLL_MS = 60;
const SLOW_AFTER_MS = 3_000;

/** How often it asks whether a host still lives; a dead one is noticed within this. */
const PROBE_MS = 250;

/** Each refusal has waited ten seconds for the store's lock; the calls themselves go on meanwhile. */
const MOST_REFUSALS = 6;

interface Waiter {
  readonly resolve: (row: CallRow) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Waits for calls that a host makes: one loop for all of a worker's calls, running while there are any. It sees to it
 * that waiting intents have a host, and gives up calls whose host is gone.
 */
export class CallWatch {
  readonly #store: Store;
  readonly #hostKey: string;
  readonly #host: HostProcess;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #watching = false;
  #changedAt = 0;
  #probedAt = 0;

  constructor(store: Store, hostKey: string, host: HostProcess) {
    this.#store = store;
    this.#hostKey = hostKey;
    this.#host = host;
  }

  /** The row of a call once it is over. Rejects with `interrupted` when `signal` aborts; the call goes on. */
  over(key: string, signal: AbortSignal): Promise<CallRow> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        leave();
        reject(
          new AllotError("interrupted", `stopped waiting for call ${key}; it goes on in its host`, {
            cause: signal.reason,
          }),
        );
      };
      const waiter: Waiter = {
        resolve: (row) => (signal.removeEventListener("abort", stop), resolve(row)),
        reject: (reason) => (signal.removeEventListener("abort", stop), reject(reason)),
      };
      const leave = (): void => {
        const waiters = this.#waiters.get(key);
        waiters?.delete(waiter);
        if (waiters?.size === 0) this.#waiters.delete(key);
      };
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop, { once: true });
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters.add(waiter));
      this.#changedAt = this.#store.clock.now();
      if (!this.#watching) void this.#watch();
    });
  }

  /** Rejects everybody who still waits with `interrupted`. */
  close(): void {
    this.#rejectAll(new AllotError("interrupted", "the dispatch was closed; calls under way go on in their host"));
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    let refusals = 0;
    while (this.#waiters.size > 0) {
      try {
        await this.#look();
        refusals = 0;
      } catch (error) {
        refusals += 1;
        if (!isAllotError(error, "ledger-busy") || refusals >= MOST_REFUSALS) this.#rejectAll(asError(error));
      }
      const quiet = this.#store.clock.now() - this.#changedAt > SLOW_AFTER_MS;
      if (this.#waiters.size > 0) await this.#store.clock.sleep(quiet ? SLOW_POLL_MS : POLL_MS);
    }
    this.#watching = false;
  }

  async #look(): Promise<void> {
    const open = await this.#store.db
      .selectFrom("calls")
      .select(["key", "state"])
      .where("run_id", "=", this.#hostKey)
      .where("state", "in", ["intent", "launched"])
      .execute();
    const openKeys = new Set(open.map((row) => row.key));
    for (const key of [...this.#waiters.keys()].filter((waited) => !openKeys.has(waited))) await this.#tell(key);
    if (open.some((row) => row.state === "intent")) await this.#host.ensure();
    const now = this.#store.clock.now();
    if (now - this.#probedAt < PROBE_MS) return;
    this.#probedAt = now;
    await recoverCalls(this.#store, this.#hostKey);
  }

  async #tell(key: string): Promise<void> {
    const row = await this.#store.db.selectFrom("calls").selectAll().where("key", "=", key).executeTakeFirst();
    const waiters = this.#waiters.get(key);
    if (waiters === undefined || (row !== undefined && !isOver(row))) return;
    this.#waiters.delete(key);
    this.#host.hasProven();
    this.#changedAt = this.#store.clock.now();
    for (const waiter of waiters) {
      if (row === undefined) waiter.reject(new AllotError("internal", `call ${key} has vanished from the journal`));
      else waiter.resolve(row);
    }
  }

  #rejectAll(reason: Error): void {
    const waiters = [...this.#waiters.values()].flatMap((set) => [...set]);
    this.#waiters.clear();
    for (const waiter of waiters) waiter.reject(reason);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new AllotError("internal", String(thrown));
}
