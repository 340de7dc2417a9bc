import type { Clock } from "../../foundation/clock.ts";
import type { Store } from "../../storage/storage.ts";
import { addTo, type DelegationMinutes, isDelegation, rowOf, storableRows } from "./delegation-minutes.ts";
import { addRows, addWithoutWaiting, foldOldDelegations } from "./delegation-rows.ts";
import type { RequestTrace } from "./trace.ts";

/**
 * What became of requests, summed up by minute, task type, provider and model, and added to `delegation_minutes` every few
 * seconds. Rows are only ever added to, so any number of processes write beside each other.
 *
 * Invariant: `note` never waits and never throws; while the store refuses, sums wait in memory, and above their bound they
 * are summed up more coarsely rather than lost.
 */
export interface Delegations extends AsyncDisposable {
  note(trace: RequestTrace): void;
  /** Resolves once all that was noted is in the store, or the store has refused it; then it is tried again later. */
  flush(): Promise<void>;
}

const EVERY_MS = 5_000;
const ROWS_AT_ONCE = 200;

/**
 * Opens the sums of this process. Disposing adds what is left to the store, and folds old minutes there into days. A request
 * that was rejected before anybody was asked is no delegation, and is not counted.
 */
export function openDelegations({ store, clock }: { readonly store: Store; readonly clock: Clock }): Delegations {
  const leaving = new AbortController();
  let sums: DelegationMinutes = new Map();
  let waiting: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();

  async function write(add: typeof addRows): Promise<void> {
    const rows = storableRows(sums.values());
    sums = new Map();
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      try {
        await add(store, rows.slice(from, from + ROWS_AT_ONCE));
      } catch {
        for (const row of rows.slice(from)) addTo(sums, row);
        return;
      }
    }
  }

  /** One write after the other: else what one has taken and could not write would be missing from the next. */
  function inTurn(add: typeof addRows): Promise<void> {
    last = last.then(() => write(add));
    return last;
  }

  async function writeLater(): Promise<void> {
    await clock.sleep(EVERY_MS, leaving.signal).catch(() => undefined);
    await inTurn(addWithoutWaiting);
    waiting = undefined;
    if (sums.size > 0 && !leaving.signal.aborted) waiting = writeLater();
  }

  return {
    note(trace) {
      if (leaving.signal.aborted || !isDelegation(trace)) return;
      addTo(sums, rowOf(trace));
      waiting ??= writeLater();
    },
    flush: () => inTurn(addRows),
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await waiting;
      await inTurn(addRows);
      await foldOldDelegations(store, clock.now()).catch(() => undefined);
    },
  };
}
