import type { Transaction } from "kysely";
import { closeHold, openHold } from "../../ledger/holds.ts";
import type { Schema } from "../../storage/schema.ts";
import { decide, type Decision } from "../decide.ts";
import { refusalText } from "../refusal.ts";
import type { Admission, Ask, LimitSet, LimitState, Refused, Thresholds } from "../throttle.ts";
import { noteHeldUp, noteWarnings } from "./events.ts";
import { freeAtInStore } from "./free-at.ts";
import { statesForDecision } from "./states.ts";

/** A call that is held in the database: a run's. */
export interface StoreAsk extends Ask {
  readonly session: string;
  readonly runId: string;
}

/**
 * Decides for all limits at once whether a call may go, and sets its worst case aside where it may. A refused or queued
 * one leaves an event (one a call) and moves nothing. In a transaction with `BOOKS`.
 */
export async function holdInStore(
  trx: Transaction<Schema>,
  set: LimitSet,
  ask: StoreAsk,
  now: number,
): Promise<Admission> {
  const states = await statesForDecision(trx, set, ask.scopeKeys, now);
  const admission = await answered(trx, set, states, ask, decideUnpaced(states, ask, set.thresholds), now);
  switch (admission.kind) {
    case "admitted":
      if (admission.level !== "NONE") await noteWarnings(trx, states.filter(isPaced), set.thresholds, ask, now);
      await openHold(trx, {
        id: ask.id,
        runId: ask.runId,
        session: ask.session,
        scopeKeys: ask.scopeKeys,
        countedKeys: ask.countedKeys ?? [],
        ...admission.held,
        at: now,
      });
      return admission;
    case "queued":
      await noteHeldUp(trx, "queued", admission.worst, admission.level, ask, now, "low priority waits at SOFT");
      return admission;
    case "refused":
      await noteHeldUp(trx, "blocked", admission.limit, admission.level, ask, now, refusalText(admission, now));
      return admission;
  }
}

/** Ends a hold for which nothing was spent. Answers false when it was ended before. */
export async function releaseInStore(trx: Transaction<Schema>, id: string, now: number): Promise<boolean> {
  return (await closeHold(trx, id, "released", now)) !== undefined;
}

/**
 * As `decide`, but what a run or a budget may use up in all bounds a call without pacing it: it never refills, so its
 * last tenth is there to be used.
 */
export function decideUnpaced(states: readonly LimitState[], ask: Ask, thresholds: Thresholds): Decision {
  const byLevel = decide(states.filter(isPaced), ask, thresholds);
  if (byLevel.kind === "queued" || (byLevel.kind === "refused" && byLevel.why === "level")) return byLevel;
  const byRoom = decide(states, ask, NO_LEVELS);
  if (byRoom.kind === "admitted") {
    const { warning: _, ...held } = byRoom;
    const warned = byLevel.kind === "admitted" && byLevel.warning !== undefined ? { warning: byLevel.warning } : {};
    return { ...held, level: byLevel.level, ...warned };
  }
  return { ...byRoom, level: byLevel.level };
}

const NO_LEVELS: Thresholds = {
  warning: Number.MAX_SAFE_INTEGER,
  soft: Number.MAX_SAFE_INTEGER,
  hard: Number.MAX_SAFE_INTEGER,
  critical: Number.MAX_SAFE_INTEGER,
};

function isPaced({ limit }: LimitState): boolean {
  return limit.window !== "ever" || (limit.scope !== "run" && limit.scope !== "budget");
}

/** A decision with the moment at which there is room again, which only a refusal is worth looking up for. */
export async function answered(
  trx: Transaction<Schema>,
  set: LimitSet,
  states: readonly LimitState[],
  ask: Ask,
  decision: Decision,
  now: number,
): Promise<Admission> {
  if (decision.kind !== "refused") return decision;
  const freeAt = await freeAtInStore(trx, set, states, ask, now);
  const refused: Refused = { ...decision, freeAt, retryAfterMs: freeAt === null ? null : Math.max(0, freeAt - now) };
  return refused;
}
