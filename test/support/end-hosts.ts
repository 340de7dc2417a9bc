import { setTimeout as sleep } from "node:timers/promises";
import { parseIdentity, probe } from "../../src/foundation/process-identity.ts";
import type { Store } from "../../src/storage/storage.ts";

/** Ends the call hosts of a store before its database goes: they would ask for it again for ten minutes. */
export async function endHosts(store: Store): Promise<void> {
  const seats = await store.db.selectFrom("hosts").select("identity").execute();
  const alive = seats.map(({ identity }) => parseIdentity(identity)).filter((host) => probe(host) === "alive");
  for (const host of alive) process.kill(host.pid, "SIGKILL");
  while (alive.some((host) => probe(host) === "alive")) await sleep(20);
}
