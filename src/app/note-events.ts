import type { DirectEvent } from "../dispatch/direct/direct-events.ts";
import type { Store } from "../storage/storage.ts";
import { limitName } from "../throttle/limits.ts";
import { type Asker, noteHeldUp, noteUnpriced, noteWarnings } from "../throttle/store/events.ts";
import type { Thresholds } from "../throttle/throttle.ts";

/** What the throttle did, on its way into `throttle_events`. */
export interface EventNotes {
  /** Takes an event; it is written when the program has a moment. Never throws. */
  note(event: DirectEvent): void;
  /** Resolves once all that was taken is written. */
  written(): Promise<void>;
}

/** Warnings are looked up in the store so often at most, each; it keeps one a window. */
const WARNED_AGAIN_MS = 60_000;

/**
 * Writes events beside the calls, not in their way. A store that refuses one loses it: the ledger is what counts, and no
 * call may fail for its sake. `alarm` is told of models whose price is not known.
 */
export function openEventNotes(store: Store, thresholds: Thresholds, alarm: (message: string) => void): EventNotes {
  const warned = new Map<string, number>();
  let tail: Promise<void> = Promise.resolve();
  return {
    note(event) {
      const now = store.clock.now();
      if (event.kind === "warned" && !isNew(warned, event, now)) return;
      tail = tail.then(() => write(store, thresholds, event, now, alarm)).catch(() => {});
    },
    written: () => tail,
  };
}

function isNew(warned: Map<string, number>, event: Extract<DirectEvent, { kind: "warned" }>, now: number): boolean {
  const { level, warning } = event.admitted;
  const key = warning === undefined ? level : `${level} ${warning.scopeKey} ${limitName(warning.limit)}`;
  if (now - (warned.get(key) ?? Number.NEGATIVE_INFINITY) < WARNED_AGAIN_MS) return false;
  warned.set(key, now);
  return true;
}

async function write(
  { db }: Store,
  thresholds: Thresholds,
  event: DirectEvent,
  now: number,
  alarm: (message: string) => void,
): Promise<void> {
  const { id, session, run, priority, provider, request } = event.ask;
  const asker: Asker = { id, session, runId: run ?? null, priority };
  switch (event.kind) {
    case "warned": {
      const { warning } = event.admitted;
      return warning === undefined ? undefined : noteWarnings(db, [warning], thresholds, asker, now);
    }
    case "queued": {
      const { worst, level } = event.queued;
      return noteHeldUp(db, "queued", worst, level, asker, now, "low priority waits at SOFT");
    }
    case "blocked":
      return noteHeldUp(db, "blocked", event.refused.limit, event.refused.level, asker, now, event.message);
    case "price-unknown": {
      const isFirst = await noteUnpriced(db, { provider, model: request.model }, asker, now);
      const what = event.policy === "deny" ? "calls to it are refused" : "it is counted at the dearest rates there are";
      if (isFirst)
        alarm(`no price is known for ${provider}/${request.model}; ${what} (--unknown-price ${event.policy})`);
    }
  }
}
