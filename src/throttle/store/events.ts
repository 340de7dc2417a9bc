import type { Kysely } from "kysely";
import { sqlTimestamp } from "../../ledger/ledger.ts";
import type { Schema, ThrottleEventsTable } from "../../storage/schema.ts";
import { actionOf, levelOf } from "../levels.ts";
import { limitName } from "../limits.ts";
import type { Level, Limit, LimitState, Priority, Thresholds, Window } from "../throttle.ts";
import { minuteOf } from "../windows.ts";

/** Who asked, as an event names it. */
export interface Asker {
  readonly id: string;
  readonly session: string;
  readonly runId: string | null;
  readonly priority: Priority;
}

const PERIOD_MINUTES: Readonly<Record<Window, number>> = {
  hour: 60,
  "5h": 300,
  day: 1440,
  week: 10_080,
  month: 44_640,
  ever: Number.MAX_SAFE_INTEGER,
};

/**
 * Notes that limits stand at WARNING or above: once for each limit, level and length of its window, however many calls
 * and processes see it.
 */
export async function noteWarnings(
  db: Kysely<Schema>,
  states: readonly LimitState[],
  thresholds: Thresholds,
  asker: Asker,
  now: number,
): Promise<void> {
  const rows = states.flatMap((state): ThrottleEventsTable[] => {
    const level = levelOf(state.settled + state.held, state.limit.amount, thresholds);
    if (level === "NONE" || actionOf(level, asker.priority) !== "go") return [];
    const period = Math.floor(minuteOf(now) / PERIOD_MINUTES[state.limit.window]);
    const id = `warned ${state.scopeKey} ${limitName(state.limit)} ${level} ${period}`;
    return [eventOf(id, "warned", state, level, asker, now, `${state.scopeKey} has reached ${level}`)];
  });
  await add(db, rows);
}

/** Notes that a call waits or was refused: once a call, however often it asks again. */
export async function noteHeldUp(
  db: Kysely<Schema>,
  action: "queued" | "blocked",
  state: LimitState,
  level: Level,
  asker: Asker,
  now: number,
  reason: string,
): Promise<void> {
  await add(db, [eventOf(`${action} ${asker.id}`, action, state, level, asker, now, reason)]);
}

/** Notes the first use of a model whose price is not known, and answers what to say of it; null when that was said before. */
export async function noteUnpriced(
  db: Kysely<Schema>,
  model: { readonly provider: string; readonly model: string },
  asker: Asker,
  now: number,
): Promise<string | null> {
  const reason = `no price is known for ${model.provider}/${model.model}: it is counted at the dearest rates; give its prices in the user's configuration under "models"`;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("throttle_events")
    .values({
      id: `alarm unpriced ${model.provider}/${model.model}`,
      timestamp: sqlTimestamp(now),
      at: now,
      session_id: asker.session,
      run_id: asker.runId,
      call_key: asker.id,
      level: "NONE",
      action: "alarm",
      priority: asker.priority,
      limit_name: "price",
      used: 0,
      limit_value: 0,
      reason,
    })
    .onConflict((c) => c.column("id").doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n ? reason : null;
}

/** A limit as events and answers name it; what one run may use up in all is its budget. */
export function limitTitle(limit: Limit): string {
  return limit.scope === "run" && limit.window === "ever" && limit.measure === "nanoUsd"
    ? "run budget"
    : limitName(limit);
}

async function add(db: Kysely<Schema>, rows: readonly ThrottleEventsTable[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("throttle_events")
    .values([...rows])
    .onConflict((c) => c.column("id").doNothing())
    .execute();
}

function eventOf(
  id: string,
  action: string,
  { limit, settled, held }: LimitState,
  level: Level,
  asker: Asker,
  now: number,
  reason: string,
): ThrottleEventsTable {
  return {
    id,
    timestamp: sqlTimestamp(now),
    at: now,
    session_id: asker.session,
    run_id: asker.runId,
    call_key: asker.id,
    level,
    action,
    priority: asker.priority,
    limit_name: limitTitle(limit),
    used: settled + held,
    limit_value: limit.amount,
    reason,
  };
}
