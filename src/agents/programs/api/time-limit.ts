import { linkSignals } from "../../../dispatch/direct/linked-signal.ts";
import type { Clock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";

/** The time that a piece of work has. */
export interface TimeLimit extends Disposable {
  /** Aborts with the outer signal, or when the time is up. */
  readonly signal: AbortSignal;
  isUp(): boolean;
}

/** Begins to count now. Disposing ends the counting, and lets go of the outer signal. */
export function limitTime(clock: Clock, timeoutMs: number, outer: AbortSignal): TimeLimit {
  const over = new AbortController();
  const timeUp = new AbortController();
  const linked = linkSignals([outer, timeUp.signal]);
  const up = (): void => timeUp.abort(new AllotError("interrupted", "the time for this work is up"));
  // Rejects only when it is no longer waited for.
  clock.sleep(timeoutMs, over.signal).then(up, () => undefined);
  return {
    signal: linked.signal,
    isUp: () => timeUp.signal.aborted,
    [Symbol.dispose]() {
      over.abort();
      linked.unlink();
    },
  };
}
