import type { Kysely } from "kysely";
import type { Schema } from "../../storage/schema.ts";
import { type Decision, withTimes } from "../decide.ts";
import type { Admission, LimitSet, LimitState, Measure } from "../throttle.ts";
import { type Bucket, freeAtOf, windowStart } from "../windows.ts";

const COLUMNS = { tokens: "tokens", nanoUsd: "nano_usd", requests: "requests" } as const satisfies Record<
  Measure,
  string
>;

/**
 * Completes a refusal with the moment at which there is room again, if nothing else is spent. The minutes of the limits
 * in the way are read for this alone, so an admission costs none of it.
 */
export async function answered(db: Kysely<Schema>, set: LimitSet, decision: Decision, now: number): Promise<Admission> {
  if (decision.kind !== "refused") return decision;
  const minutes = new Map<LimitState, readonly Bucket[]>();
  for (const { state } of decision.blocks) minutes.set(state, await minutesOf(db, set, state, now));
  return withTimes(decision, now, (block) => freeAtOf(block, minutes.get(block.state) ?? [], now, set.timeZone));
}

function minutesOf(
  db: Kysely<Schema>,
  set: LimitSet,
  { limit, scopeKey }: LimitState,
  now: number,
): Promise<readonly Bucket[]> {
  return db
    .selectFrom("use_minutes")
    .select(["minute", `${COLUMNS[limit.measure]} as amount`])
    .where("scope_key", "=", scopeKey)
    .where("minute", ">=", windowStart(limit.window, now, set.timeZone))
    .orderBy("minute")
    .execute();
}
