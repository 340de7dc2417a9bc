import { formatIdentity, processIdentity } from "../foundation/process-identity.ts";
import type { Store } from "../storage/storage.ts";
import { markUnknown, withdrawIntent } from "./call-journal.ts";
import { isAlive } from "./host-seat.ts";

/** Gives up the launched calls whose host is gone, of one host key or of all, and answers how many. */
export async function recoverCalls(store: Store, hostKey?: string): Promise<number> {
  let query = store.db
    .selectFrom("calls")
    .leftJoin("hosts", (join) =>
      join.onRef("hosts.host_key", "=", "calls.run_id").onRef("hosts.identity", "=", "calls.host"),
    )
    .select(["calls.key", "calls.host", "calls.launched_at", "calls.timeout_ms", "hosts.seen_at"])
    .where("calls.state", "=", "launched");
  if (hostKey !== undefined) query = query.where("calls.run_id", "=", hostKey);
  let given = 0;
  for (const row of await query.execute()) {
    const lastSign = row.seen_at ?? (row.launched_at ?? 0) + row.timeout_ms;
    if (isAlive(row.host ?? "", lastSign, store.clock.now())) continue;
    if (await markUnknown(store, row, formatIdentity(processIdentity()))) given += 1;
  }
  return given;
}

/**
 * Ends the holds of calls, of any run, that nobody has moved for `afterMs`: a launched one is counted as spent, one that
 * was never launched is given back, and its key may be asked again. Answers how many. Until then they stay counted.
 */
export async function expireCalls(store: Store, afterMs: number): Promise<number> {
  const before = store.clock.now() - afterMs;
  const rows = await store.db
    .selectFrom("calls")
    .select(["key", "host", "state"])
    .where("state", "in", ["intent", "launched"])
    .where((e) => e(e.fn.coalesce("launched_at", "intent_at"), "<", before))
    .where("timeout_ms", "<", afterMs)
    .execute();
  let ended = 0;
  for (const row of rows) {
    const moved =
      row.state === "intent"
        ? await withdrawIntent(store, row.key)
        : await markUnknown(store, row, formatIdentity(processIdentity()));
    if (moved) ended += 1;
  }
  return ended;
}
