import { formatIdentity, parseIdentity, probe, processIdentity } from "../foundation/process-identity.ts";
import type { Store } from "../storage/storage.ts";

/*
 * The one seat a host key has. A host sits down by compare-and-set and gets up only in a transaction that sees no
 * waiting call, so an intent either finds a host or an empty seat.
 */

/** How often a host says that it lives, and after how long without a word one on another machine counts as gone. */
export const HEARTBEAT_MS = 10_000;
const SILENT_ELSEWHERE_MS = 120_000;

/** "gone" also where nobody ever was. A host on this machine is judged by its process, elsewhere by its heartbeat. */
export async function hostState(store: Store, hostKey: string): Promise<"alive" | "gone"> {
  const seat = await store.db.selectFrom("hosts").selectAll().where("host_key", "=", hostKey).executeTakeFirst();
  return seat !== undefined && isAlive(seat.identity, seat.seen_at, store.clock.now()) ? "alive" : "gone";
}

/** Whether the process of that identity may still be at work. */
export function isAlive(identity: string, seenAt: number, now: number): boolean {
  const state = probe(parseIdentity(identity));
  return state === "elsewhere" ? now - seenAt < SILENT_ELSEWHERE_MS : state === "alive";
}

/** A host that wants to sit down. */
export interface Candidate {
  readonly hostKey: string;
  /** Process identity lines of the host and of the worker that spawned it. */
  readonly identity: string;
  readonly spawner: string;
  readonly settings: string;
}

/** Takes the seat unless a living host has it. */
export async function takeSeat(store: Store, candidate: Candidate): Promise<boolean> {
  const { hostKey, identity, spawner, settings } = candidate;
  const now = store.clock.now();
  return store.transaction(async (trx) => {
    const seat = await trx.selectFrom("hosts").selectAll().where("host_key", "=", hostKey).executeTakeFirst();
    if (seat !== undefined && seat.identity !== identity && isAlive(seat.identity, seat.seen_at, now)) return false;
    const columns = { identity, spawner, settings, started_at: now, seen_at: now };
    await trx
      .insertInto("hosts")
      .values({ host_key: hostKey, ...columns })
      .onConflict((c) => c.column("host_key").doUpdateSet(columns))
      .execute();
    return true;
  });
}

/**
 * Takes the seat from a host that was started with other keys or addresses than are wanted now. It ends after its
 * running calls; the next call gets a host of its own.
 */
export async function clearSeatOfOthers(store: Store, hostKey: string, settings: string): Promise<void> {
  await store.db.deleteFrom("hosts").where("host_key", "=", hostKey).where("settings", "!=", settings).execute();
}

/** Says that the host lives; false when the seat is another's by now. */
export async function keepSeat(store: Store, hostKey: string, identity: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable("hosts")
    .set({ seen_at: store.clock.now() })
    .where("host_key", "=", hostKey)
    .where("identity", "=", identity)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Gets up; false, and stays, when a call is waiting. With `evenIfAwaited` the next host takes those. */
export async function leaveSeat(
  store: Store,
  hostKey: string,
  identity: string,
  evenIfAwaited: boolean,
): Promise<boolean> {
  return store.transaction(async (trx) => {
    const waiting = await trx
      .selectFrom("calls")
      .select("key")
      .where("run_id", "=", hostKey)
      .where("state", "=", "intent")
      .limit(1)
      .execute();
    if (waiting.length > 0 && !evenIfAwaited) return false;
    await trx.deleteFrom("hosts").where("host_key", "=", hostKey).where("identity", "=", identity).execute();
    return true;
  });
}

/** Whether somebody who wants calls made still lives: the worker that spawned the host, or one that took it over. */
export async function isWanted(store: Store, hostKey: string): Promise<boolean> {
  const seat = await store.db.selectFrom("hosts").select("spawner").where("host_key", "=", hostKey).executeTakeFirst();
  return seat !== undefined && seat.spawner !== "" && probe(parseIdentity(seat.spawner)) !== "gone";
}

/** Makes this process the one that wants the host. */
export async function wantHost(store: Store, hostKey: string): Promise<void> {
  const spawner = formatIdentity(processIdentity());
  await store.db
    .updateTable("hosts")
    .set({ spawner })
    .where("host_key", "=", hostKey)
    .where("spawner", "!=", spawner)
    .execute();
}

/** This process wants no more calls; the host ends as soon as its running ones have. */
export async function releaseHost(store: Store, hostKey: string): Promise<void> {
  const spawner = formatIdentity(processIdentity());
  await store.db
    .updateTable("hosts")
    .set({ spawner: "" })
    .where("host_key", "=", hostKey)
    .where("spawner", "=", spawner)
    .execute();
}
