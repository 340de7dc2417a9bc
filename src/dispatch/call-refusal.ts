import type { Transaction } from "kysely";
import { formatUsd, nanoUsd } from "../foundation/units.ts";
import type { Schema } from "../storage/schema.ts";
import { mostToGo } from "../throttle/levels.ts";
import { refusalText } from "../throttle/refusal.ts";
import type { StoreAsk } from "../throttle/store/admission.ts";
import { limitTitle } from "../throttle/store/events.ts";
import type { LimitSet, LimitState, Queued, Refused } from "../throttle/throttle.ts";
import type { CallOutcome } from "./dispatch.ts";

export type RefusedCall = Extract<CallOutcome, { kind: "refused" }>;

const RUN_BUDGET = "run budget";

/** What a run learns of a call that was refused: which limit, by how much, and whether running calls hold that much. */
export async function refusalOf(
  trx: Transaction<Schema>,
  refused: Refused,
  ask: StoreAsk,
  set: LimitSet,
  now: number,
): Promise<RefusedCall> {
  const { limit, settled, held } = refused.limit;
  const limitOf = limitTitle(limit);
  const own = limitOf === RUN_BUDGET;
  const overLevel = settled + held - mostToGo(ask.priority, limit.amount, set.thresholds);
  const shortBy = Math.max(refused.shortBy, own ? 0 : overLevel);
  return {
    kind: "refused",
    limit: limitOf,
    level: refused.level,
    shortBy,
    held: own ? held : await heldByCalls(trx, refused.limit),
    freeAt: refused.freeAt,
    ownBudget: own,
    message: own ? budgetText(refused.limit, ask) : refusalText(refused, now),
  };
}

/** What a run learns when the runaway guard has stopped its session. */
export function stoppedByGuard(refused: Refused, now: number): RefusedCall {
  return {
    kind: "refused",
    limit: "runaway guard",
    level: refused.level,
    shortBy: 1,
    held: 0,
    freeAt: null,
    ownBudget: false,
    message: refusalText(refused, now),
  };
}

/** What became of a call that waited until it could wait no longer. */
export function gaveUpWaiting({ level, worst }: Queued): RefusedCall {
  return {
    kind: "refused",
    limit: limitTitle(worst.limit),
    level,
    shortBy: 1,
    held: 0,
    freeAt: null,
    ownBudget: false,
    message: `Request throttled: ${level}. It waited for ${limitTitle(worst.limit)} (${worst.scopeKey}) as long as a call may; a higher priority goes at once.`,
  };
}

function budgetText({ limit, settled, held }: LimitState, ask: StoreAsk): string {
  return (
    `the run's budget of ${formatUsd(nanoUsd(limit.amount))} has ${formatUsd(nanoUsd(limit.amount - settled - held))} left, ` +
    `and this call may cost up to ${formatUsd(nanoUsd(ask.worst.nanoUsd))}`
  );
}

/** What calls under way hold of a limit; reservations are there to stay. */
async function heldByCalls(trx: Transaction<Schema>, { limit, scopeKey }: LimitState): Promise<number> {
  const column = ({ tokens: "tokens", nanoUsd: "nano_usd", requests: "requests" } as const)[limit.measure];
  const row = await trx
    .selectFrom("hold_scopes")
    .select((e) => e.fn.sum<number | null>(column).as("sum"))
    .where("scope_key", "=", scopeKey)
    .where("hold_id", "not like", "reservation:%")
    .executeTakeFirstOrThrow();
  return Number(row.sum ?? 0);
}
