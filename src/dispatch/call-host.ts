import { isAllotError } from "../foundation/errors.ts";
import type { Log } from "../foundation/log.ts";
import type { Provider } from "../providers/provider.ts";
import type { Store } from "../storage/storage.ts";
import { finishCall, launchIntents } from "./call-journal.ts";
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

/** How long a store may refuse whatever the host asks of it, before the host ends in that fault. */
const STORE_PATIENCE_MS = 600_000;
const STORE_RETRY_MS = 200;

export interface CallHostOptions {
  readonly store: Store;
  readonly hostKey: string;
  /** Process identity line of this host. */
  readonly identity: string;
  readonly spawner: string;
  /** Fingerprint of the settings it was started with. */
  readonly settings: string;
  readonly openProvider: (name: string) => Promise<Provider>;
  readonly log: Log;
  /** Aborted: take no more calls, end after the running ones. */
  readonly stop: AbortSignal;
}

/**
 * Makes the calls of one host key, many at once, until there are none: takes intents, calls, stores answer and
 * settlement. Resolves with why it ended; "taken" when another host had the seat.
 *
 * A store that refuses (a lock that is held too long, a full disk) is asked again for ten minutes: a host that gave up
 * at once would make its running calls unknown. Then it throws.
 */
export async function runCallHost(options: CallHostOptions): Promise<"taken" | "idle" | "stopped"> {
  const { store, hostKey, identity, stop } = options;
  const { clock } = store;
  if (!(await takeSeat(store, options))) return "taken";
  const running = new Set<Promise<void>>();
  let busyAt = clock.now();
  let beatAt = clock.now();
  let deposed = false;
  for (;;) {
    const launched =
      stop.aborted || deposed ? [] : await patiently(options, () => launchIntents(store, hostKey, identity));
    if (launched === "unseated") deposed = true;
    for (const row of launched === "unseated" ? [] : launched) {
      const call = carryOut(row, options).finally(() => {
        running.delete(call);
        busyAt = clock.now();
      });
      running.add(call);
    }
    const now = clock.now();
    if (now - beatAt >= HEARTBEAT_MS) {
      beatAt = now;
      deposed ||= !(await patiently(options, () => keepSeat(store, hostKey, identity)));
    }
    const leaving = stop.aborted || deposed;
    if (running.size === 0 && (leaving || (await hasIdled(store, hostKey, now - busyAt)))) {
      const left = await patiently(options, () => leaveSeat(store, hostKey, identity, leaving));
      if (left) return stop.aborted ? "stopped" : "idle";
    }
    await clock.sleep(now - busyAt > QUIET_AFTER_MS ? QUIET_POLL_MS : POLL_MS);
  }
}

async function hasIdled(store: Store, hostKey: string, idleMs: number): Promise<boolean> {
  if (idleMs < ORPHAN_IDLE_MS) return false;
  return idleMs >= IDLE_MS || !(await isWanted(store, hostKey));
}

/** Settles before anything else can happen to the answer. */
async function carryOut(row: CallRow, options: CallHostOptions): Promise<void> {
  const end = await makeCall(row, options.openProvider, options.store.clock);
  const written = await patiently(options, () => finishCall(options.store, row, end, options.identity));
  if (!written) options.log.warn("call-not-ours", { key: row.key });
}

async function patiently<T>(options: CallHostOptions, work: () => Promise<T>): Promise<T> {
  const { clock } = options.store;
  const since = clock.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const waitedMs = clock.now() - since;
      const code = isAllotError(error) ? error.code : "internal";
      options.log.warn("store-refuses", { hostKey: options.hostKey, code, waitedMs, message: String(error) });
      if (waitedMs > STORE_PATIENCE_MS) throw error;
      await clock.sleep(STORE_RETRY_MS);
    }
  }
}
