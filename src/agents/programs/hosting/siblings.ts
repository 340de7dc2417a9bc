import type { Kysely } from "kysely";
import { isAlive } from "../../../dispatch/host-seat.ts";
import type { Schema } from "../../../storage/schema.ts";
import type { HostedWork } from "./hosted-work.ts";

/** The holds of other works of the same run that agents are at work on: each is settled when its agent ends. Sorted. */
export async function siblingHolds(db: Kysely<Schema>, { key, terms }: HostedWork, now: number): Promise<string[]> {
  if (terms.run === undefined) return [];
  const rows = await db
    .selectFrom("agent_works")
    .innerJoin("holds", "holds.call_key", "agent_works.hold_key")
    .select(["agent_works.hold_key", "agent_works.host", "agent_works.seen_at"])
    .where("agent_works.run_id", "=", terms.run)
    .where("agent_works.state", "=", "launched")
    .where("agent_works.key", "!=", key)
    .where("holds.closed_at", "is", null)
    .execute();
  return rows
    .filter(({ host, seen_at: seenAt }) => isAlive(host ?? "", seenAt, now))
    .flatMap(({ hold_key: hold }) => (hold === null ? [] : [hold]))
    .sort();
}
