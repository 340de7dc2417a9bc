import { setMaxListeners } from "node:events";
import { isAllotError } from "../foundation/errors.ts";
import type { Log } from "../foundation/log.ts";
import type { Provider } from "../providers/provider.ts";
import type { Store } from "../storage/storage.ts";
import { type CallEnd, finishCall, launchIntents } from "./call-journal.ts";
import type { CallRow } from "./call-row.ts";
import { HEARTBEAT_MS, isWanted, keepSeat, leaveSeat, takeSeat } from "./host-seat.ts";
import { makeCall } from "./make-call.ts";

/*
 * How often a host looks for intents. A look is one indexed read of about 0.1 ms, so 25 ms cost under 1% of a core
 * and 12 ms on average of a call that takes seconds. Rejected: a socket or a file watcher to be woken by: a second
 * channel beside the database can fail apart from it, and a poll is needed behind it anyway.
 */
const POLL_MS = 25;
const QUIET_POLL_MS = 50;
const QUIET_AFTER_MS = 5_000;

/** A host without work stays so long while its worker lives, and so long without one. */
const IDLE_MS = 30_000;
const ORPHAN_IDLE_MS = 1_000;

/** How long an end of a call is kept and offered to a store that does not take it. */
const STORE_PATIENCE_MS = 600_000;

export interface CallHostOptions {
  readonly store: Store;
  readonly hostKey: string;
  /** Process identity line of this host. */
  readonly identity: string;
  readonly spawner: string;
  readonly openProvider: (name: string) => Promise<Provider>;
  readonly log: Log;
  /** Aborted: take no more calls, end after the running ones. */
  readonly stop: AbortSignal;
}

/**
 * Makes the calls of one host key, many at once, until there are none: takes intents, calls, stores answer and
 * settlement. Resolves with why it ended; "taken" when another host had the seat.
 */
export async function runCallHost(options: CallHostOptions): Promise<"taken" | "idle" | "stopped"> {
  const { store, hostKey, identity, log, stop } = options;
  const { clock } = store;
  setMaxListeners(0, stop);
  if (!(await takeSeat(store, hostKey, identity, options.spawner))) return "taken";
  const running = new Set<Promise<void>>();
  let busyAt = clock.now();
  let beatAt = clock.now();
  let deposed = false;
  for (;;) {
    if (!stop.aborted && !deposed) {
      for (const row of await launchIntents(store, hostKey, identity)) {
        const call = carryOut(row, options).finally(() => {
          running.delete(call);
          busyAt = clock.now();
        });
        running.add(call);
      }
    }
    const now = clock.now();
    if (now - beatAt >= HEARTBEAT_MS) {
      beatAt = now;
      deposed = !(await keepSeat(store, hostKey, identity));
      if (deposed) log.warn("seat-lost", { hostKey });
    }
    if (running.size === 0 && (stop.aborted || deposed || (await hasIdled(store, hostKey, now - busyAt)))) {
      if (await leaveSeat(store, hostKey, identity, stop.aborted || deposed)) return stop.aborted ? "stopped" : "idle";
    }
    await clock.sleep(now - busyAt > QUIET_AFTER_MS ? QUIET_POLL_MS : POLL_MS);
  }
}

async function hasIdled(store: Store, hostKey: string, idleMs: number): Promise<boolean> {
  if (idleMs < ORPHAN_IDLE_MS) return false;
  return idleMs >= IDLE_MS || !(await isWanted(store, hostKey));
}

async function carryOut(row: CallRow, options: CallHostOptions): Promise<void> {
  const end = await makeCall(row, options.openProvider, options.store.clock);
  await keepOffering(row, end, options);
}

/** Settle before anything else can happen to the answer: a store that is busy is asked again until it takes it. */
async function keepOffering(row: CallRow, end: CallEnd, options: CallHostOptions): Promise<void> {
  const { store, log, identity } = options;
  const since = store.clock.now();
  for (;;) {
    try {
      if (!(await finishCall(store, row, end, identity))) log.warn("call-not-ours", { key: row.key });
      return;
    } catch (error) {
      const waitedMs = store.clock.now() - since;
      log.warn("settlement-refused", { key: row.key, waitedMs, code: isAllotError(error) ? error.code : "internal", message: String(error) });
      if (waitedMs > STORE_PATIENCE_MS) return;
      await store.clock.sleep(200);
    }
  }
}
