import type { Kysely } from "kysely";
import type { Schema } from "../../storage/schema.ts";
import { actionOf, levelOf } from "../levels.ts";
import type { Amounts, LimitSet, LimitState, Measure, Priority, Thresholds } from "../throttle.ts";
import { freeAt, windowStart } from "../windows.ts";

const COLUMNS = { tokens: "tokens", nanoUsd: "nano_usd", requests: "requests" } as const satisfies Record<
  Measure,
  string
>;

/**
 * The epoch ms at which a call that was refused could go, if nothing else is spent and what is held stays held; null
 * where waiting does not help. Reads the minutes of the limits that are in its way, so it is asked only for an answer.
 */
export async function freeAtInStore(
  db: Kysely<Schema>,
  set: LimitSet,
  states: readonly LimitState[],
  ask: { readonly priority: Priority; readonly worst: Amounts },
  now: number,
): Promise<number | null> {
  let latest: number | null = now;
  for (const state of states) {
    const { limit, held } = state;
    const needs = inTheWay(state, ask, set.thresholds);
    if (needs === undefined) continue;
    const column = COLUMNS[limit.measure];
    const rows = await db
      .selectFrom("use_minutes")
      .select(["minute", `${column} as amount`])
      .where("scope_key", "=", state.scopeKey)
      .where("minute", ">=", windowStart(limit.window, now, set.timeZone))
      .orderBy("minute")
      .execute();
    const free = freeAt({ window: limit.window, held, ...needs, buckets: rows }, now, set.timeZone);
    if (free === null) return null;
    latest = Math.max(latest, free);
  }
  return latest;
}

/** What must hold of a limit so that the ask can go; undefined where it does. */
function inTheWay(
  { limit, settled, held }: LimitState,
  ask: { readonly priority: Priority; readonly worst: Amounts },
  thresholds: Thresholds,
): { amount: number; wanted: number } | undefined {
  const used = settled + held;
  const wanted = ask.worst[limit.measure];
  const most = mostUsed(limit.amount, ask.priority, thresholds);
  const fits = used + wanted <= limit.amount;
  if (used <= most && fits) return undefined;
  // Whichever asks for more to leave: both are met when used + wanted <= amount and used <= most.
  return limit.amount - wanted < most ? { amount: limit.amount, wanted } : { amount: most, wanted: 0 };
}

/** The most that may be used of a limit while this priority still goes; found by the matrix, not beside it. */
function mostUsed(amount: number, priority: Priority, thresholds: Thresholds): number {
  const goes = (used: number): boolean => actionOf(levelOf(used, amount, thresholds), priority) === "go";
  if (goes(amount)) return amount;
  let least = 0;
  let above = amount;
  while (above - least > 1) {
    const middle = Math.floor((least + above) / 2);
    if (goes(middle)) least = middle;
    else above = middle;
  }
  return goes(least) ? least : 0;
}
