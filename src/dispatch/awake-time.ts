import type { Clock } from "../foundation/clock.ts";

/** Waits are cut into slices of this length; a slice that took more than twice as long was slept through. */
export const SLICE_MS = 1000;

/**
 * Resolves after `ms` of being awake. A machine that sleeps (or a stopped process) does not use the time up: the answer
 * that arrived meanwhile is still read, instead of the call being timed out and paid for in vain.
 */
export async function awakeSleep(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  let left = ms;
  while (left > 0) {
    const slice = Math.min(left, SLICE_MS);
    const start = clock.now();
    await clock.sleep(slice, signal);
    const passed = clock.now() - start;
    left -= passed > 2 * SLICE_MS ? slice : Math.max(1, passed);
  }
}
