import { AllotError } from "../../foundation/errors.ts";
import type { Admission, Admitted, Priority, Queued, Refused } from "../throttle.ts";
import { openEntries } from "./entries.ts";
import { laneOf } from "./lanes.ts";
import { type Place, type QueuedCall, type QueueParts, TablePlace } from "./place.ts";
import { isInTheWay, type LineCall, lookAt } from "./queue-view.ts";
import { QUEUE_SETTINGS } from "./settings.ts";

/*
 * Calls that wait for room, of all processes that share the store: low priority at SOFT, and long calls for one of the
 * few places of their lane. Each waits by itself, in its own process; the table says who is next.
 *
 * Invariant: a call is tried only when nobody before it waits for a limit that is also its own; so what one session
 * waits for holds up no other, and what all wait for goes in order. Rows of the dead are cancelled by whoever sees them.
 *
 * Rejected: one process that serves the queue (who serves when it dies?), a queue in memory (blind to the others),
 * waking each other up by sockets (polling a few rows costs less than a thousandth of the wait).
 */
export interface Queue {
  /**
   * Must a new call go to its place before it asks the throttle? One of a lane with places, always; a low one where others
   * wait for a limit that is also its own, so that it does not slip past them the moment there is room.
   */
  mustWait(call: Pick<QueuedCall, "priority" | "scopeKeys" | "expectedMs">): Promise<boolean>;
  /** Puts a call at its place. `queued` is the throttle's answer; without it only the lane is waited for. */
  enter(call: QueuedCall, queued?: Queued): Promise<Place>;
  /**
   * Waits until `tryAdmit` admits the call, which it asks each time it is the call's turn, with the priority as which it may
   * go by now. A call that waits is not refused because the level rose meanwhile; it is where waiting cannot help.
   * Its place in the lane stays taken until the answer is disposed.
   */
  wait(
    call: QueuedCall,
    tryAdmit: (priority: Priority) => Admission | Promise<Admission>,
    signal: AbortSignal,
    queued?: Queued,
  ): Promise<WaitEnd>;
  /** The calls that wait now, in the order in which they go. */
  waiting(): Promise<readonly LineCall[]>;
  /** Takes a waiting call out, of whatever process; it ends with `interrupted`. Answers false where it waits no more. */
  cancel(id: string): Promise<boolean>;
}

export type WaitEnd =
  | { readonly kind: "admitted"; readonly admitted: Admitted; readonly done: () => Promise<void> }
  | { readonly kind: "refused"; readonly refused: Refused }
  | { readonly kind: "expired" }
  | { readonly kind: "cancelled" };

/** Opens the queue of a store. It owns nothing that must be closed: each place ends with its call. */
export function openQueue(parts: QueueParts): Queue {
  const settings = { ...QUEUE_SETTINGS, ...parts.settings };
  const view = lookAt(parts.store, parts.clock, parts.identity, settings);
  const write = openEntries(parts.store);
  const enter = async (call: QueuedCall, queued?: Queued): Promise<Place> => {
    const place = new TablePlace(parts, { settings, view, write }, call);
    await place.enter(queued);
    return place;
  };
  return {
    async mustWait({ priority, scopeKeys, expectedMs }) {
      const lane = laneOf(expectedMs, settings.lanes);
      if (lane.atOnce !== null) return true;
      return priority === "low" && (await view.now()).order.some((other) => isInTheWay(other, scopeKeys, lane));
    },
    enter,
    async wait(call, tryAdmit, signal, queued) {
      const place = await enter(call, queued);
      try {
        return await untilDecided(place, tryAdmit, signal, queued);
      } catch (error) {
        await place.leave("cancelled");
        if (signal.aborted || (error instanceof AllotError && error.code === "interrupted"))
          return { kind: "cancelled" };
        throw error;
      }
    },
    waiting: async () => (await view.now()).order,
    async cancel(id) {
      const { numUpdatedRows } = await parts.store.db
        .updateTable("queue")
        .set({ state: "cancelled", left_at: parts.clock.now() })
        .where("id", "=", id)
        .where("state", "=", "waiting")
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
  };
}

async function untilDecided(
  place: Place,
  tryAdmit: (priority: Priority) => Admission | Promise<Admission>,
  signal: AbortSignal,
  queued: Queued | undefined,
): Promise<WaitEnd> {
  let still = queued;
  for (;;) {
    if ((await place.turn(signal, still)) === "expired") {
      await place.leave("expired");
      return { kind: "expired" };
    }
    const admission = await tryAdmit(place.priority);
    if (admission.kind === "admitted") {
      await place.leave("running");
      return { kind: "admitted", admitted: admission, done: () => place.leave("admitted") };
    }
    if (admission.kind === "refused" && (admission.why !== "level" || admission.retryAfterMs === null)) {
      await place.leave("cancelled");
      return { kind: "refused", refused: admission };
    }
    still =
      admission.kind === "queued" ? admission : { kind: "queued", level: admission.level, worst: admission.limit };
  }
}
