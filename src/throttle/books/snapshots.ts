import type { Kysely } from "kysely";
import type { Schema } from "../../storage/schema.ts";
import { loadLimitSet } from "../store/stored-limits.ts";
import { leasesOf } from "../store/leases.ts";
import { statesInStore } from "../store/states.ts";
import type { LimitSet } from "../throttle.ts";
import { zero } from "./amounts.ts";
import type { Snapshot, ThreadSettings } from "./messages.ts";

/** The figures of some scope keys, and what this process leases of them, as of one transaction. */
export async function snapshotsOf(
  db: Kysely<Schema>,
  settings: Pick<ThreadSettings, "writer" | "limits">,
  scopeKeys: readonly string[],
  now: number,
  known?: LimitSet,
): Promise<readonly Snapshot[]> {
  const keys = [...new Set(scopeKeys)];
  if (keys.length === 0) return [];
  const set = known ?? (await loadLimitSet(db, settings.limits));
  const states = Map.groupBy(await statesInStore(db, set, keys, now), ({ scopeKey }) => scopeKey);
  const leases = new Map((await leasesOf(db, settings.writer)).map((lease) => [lease.scopeKey, lease]));
  return keys.map((scopeKey) => {
    const lease = leases.get(scopeKey);
    return {
      scopeKey,
      states: states.get(scopeKey) ?? [],
      lease: lease === undefined ? zero() : { tokens: lease.tokens, nanoUsd: lease.nanoUsd, requests: lease.requests },
    };
  });
}
