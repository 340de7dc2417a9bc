import type { Clock } from "../../foundation/clock.ts";
import { formatIdentity, parseIdentity, probe, type ProcessIdentity } from "../../foundation/process-identity.ts";
import type { QueueTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { PRIORITIES } from "../throttle.ts";
import type { Lane } from "./lanes.ts";
import { orderOf, type Turns, type Waiting } from "./order.ts";
import type { QueueSettings } from "./settings.ts";

/** A waiting call as everybody sees it. */
export interface LineCall extends Waiting {
  readonly row: QueueTable;
}

export interface QueueState {
  /** Which read of this process it comes from; later ones are larger. */
  readonly read: number;
  readonly order: readonly LineCall[];
  /** By session. */
  readonly turns: ReadonlyMap<string, Turns>;
}

/**
 * The queue as it stood at most `pollMs` ago, read once for all calls of this process that look in that time: a read
 * for each of some hundred that come together would hold the event loop up for seconds.
 */
export interface QueueView {
  now(): Promise<QueueState>;
  /** Takes a call of this process out at once, and wakes the next one, so that many go one after the other without a pause. */
  left(id: string): void;
  /** Sleeps until the call's next look is due or it is woken. Rejects with the signal's reason. */
  pause(id: string, ms: number, signal: AbortSignal): Promise<void>;
  /** The last read that was begun: what was written before now shows in all later ones. */
  readonly lastRead: number;
}

/** Does one that waits before it keep a call under these limits from being tried? Pure. */
export function isInTheWay({ row }: LineCall, scopeKeys: readonly string[], lane: Lane): boolean {
  if (row.limit_name === "") return lane.atOnce !== null && row.lane === lane.name;
  // "session:a tokens/hour": the scope key may have spaces in it, what follows it has none.
  return scopeKeys.includes(row.limit_name.slice(0, row.limit_name.lastIndexOf(" ")));
}

/** Opens the view of a process; see `QueueView`. Takes out whom it finds dead. */
export function lookAt(store: Store, clock: Clock, identity: ProcessIdentity, settings: QueueSettings): QueueView {
  const owner = formatIdentity(identity);
  let last = {
    at: Number.NEGATIVE_INFINITY,
    state: Promise.resolve<QueueState>({ read: 0, order: [], turns: new Map() }),
  };
  let reads = 0;
  const sleepers = new Map<string, AbortController>();
  return {
    left(id) {
      const state = last.state.then((before) => ({ ...before, order: before.order.filter((call) => call.id !== id) }));
      last = { ...last, state };
      state.then(
        ({ order }) => sleepers.get(order.find((call) => sleepers.has(call.id))?.id ?? "")?.abort(),
        // Whoever looks next meets the fault.
        () => undefined,
      );
    },
    async pause(id, ms, signal) {
      const woken = new AbortController();
      sleepers.set(id, woken);
      try {
        await clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
      } catch (error) {
        if (signal.aborted || !woken.signal.aborted) throw error;
      } finally {
        sleepers.delete(id);
      }
    },
    now() {
      const at = clock.now();
      if (at - last.at >= settings.pollMs) {
        reads += 1;
        last = { at, state: readAs(reads, store, owner, at, settings) };
      }
      return last.state;
    },
    get lastRead() {
      return reads;
    },
  };
}

async function readAs(
  read: number,
  store: Store,
  owner: string,
  now: number,
  settings: QueueSettings,
): Promise<QueueState> {
  const rows = await store.db
    .selectFrom("queue")
    .selectAll()
    .where("state", "in", ["waiting", "admitted"])
    .where("left_at", "is", null)
    .execute();
  const isDead = deadOwners(now, settings);
  const dead = rows.filter((row) => row.owner !== owner && isDead(row));
  if (dead.length > 0) await takeOut(store, dead, now);
  if (rows.some((row) => row.owner === owner && now - row.seen_at >= settings.unseenMs / 3)) {
    await store.db
      .updateTable("queue")
      .set({ seen_at: now })
      .where("owner", "=", owner)
      .where("left_at", "is", null)
      .execute();
  }
  const calls = rows
    .filter((row) => row.state === "waiting" && !dead.includes(row))
    .map((row) => waitingCall(row, settings));
  const turns = await turnsOf(store, now, settings);
  return { read, order: orderOf(calls, turns, now, settings), turns };
}

function waitingCall(row: QueueTable, { lanes }: QueueSettings): LineCall {
  return {
    id: row.id,
    session: row.session_id,
    priority: PRIORITIES.find((priority) => priority === row.priority) ?? "low",
    lane: lanes.findIndex(({ name }) => name === row.lane),
    enteredAt: row.entered_at,
    row,
  };
}

/**
 * Is the owner gone? Of this machine's processes we know; of others' we only see that they stopped looking, and one that
 * runs does not look.
 */
function deadOwners(now: number, { unseenMs, longestWaitMs }: QueueSettings): (row: QueueTable) => boolean {
  const known = new Map<string, ReturnType<typeof probe>>();
  return (row) => {
    const state = known.get(row.owner) ?? probe(parseIdentity(row.owner));
    known.set(row.owner, state);
    const patienceMs = row.state === "waiting" ? unseenMs : longestWaitMs;
    return state === "gone" || (state === "elsewhere" && now - row.seen_at >= patienceMs);
  };
}

async function takeOut(store: Store, rows: readonly QueueTable[], now: number): Promise<void> {
  await store.db
    .updateTable("queue")
    .set({ state: "cancelled", left_at: now })
    .where(
      "id",
      "in",
      rows.map(({ id }) => id),
    )
    .where("left_at", "is", null)
    .execute();
}

/** Who had turns lately, and when last. */
async function turnsOf(
  store: Store,
  now: number,
  { fairMs, longestWaitMs }: QueueSettings,
): Promise<ReadonlyMap<string, Turns>> {
  const rows = await store.db
    .selectFrom("queue")
    .select((e) => ["session_id", e.fn.countAll<number>().as("count"), e.fn.max<number>("seen_at").as("last_at")])
    .where("state", "=", "admitted")
    .where("entered_at", ">=", now - fairMs - longestWaitMs)
    .where("seen_at", ">=", now - fairMs)
    .groupBy("session_id")
    .execute();
  return new Map(
    rows.map(({ session_id, count, last_at }) => [session_id, { count: Number(count), lastAt: Number(last_at) }]),
  );
}
