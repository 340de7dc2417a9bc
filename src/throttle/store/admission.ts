import type { Transaction } from "kysely";
import { closeHold, growHold, openHold } from "../../ledger/holds.ts";
import type { Schema } from "../../storage/schema.ts";
import { decide, type Decision, isPaced } from "../decide.ts";
import { refusalText } from "../refusal.ts";
import type { Admission, Amounts, Ask, LimitSet, LimitState, Thresholds } from "../throttle.ts";
import { noteHeldUp, noteWarnings } from "./events.ts";
import { answered } from "./free-at.ts";
import { statesForDecision } from "./states.ts";

/** A call that is held in the database: a run's. */
export interface StoreAsk extends Ask {
  readonly session: string;
  readonly runId: string;
  /** What it counts as where nobody ever learns what became of it, if that is not what it holds. */
  readonly unknownCost?: Amounts;
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
  const admission = await tryHold(trx, set, ask, now);
  await noteOutcome(trx, admission, ask, now);
  return admission;
}

/** The same without the event of one that may not go: for whoever has another way to make room first. */
export async function tryHold(trx: Transaction<Schema>, set: LimitSet, ask: StoreAsk, now: number): Promise<Admission> {
  const states = await statesForDecision(trx, set, ask.scopeKeys, now);
  const admission = await answered(trx, set, decideUnpaced(states, ask, set.thresholds), now);
  if (admission.kind !== "admitted") return admission;
  if (admission.level !== "NONE") await noteWarnings(trx, states.filter(isPaced), set.thresholds, ask, now);
  await openHold(trx, {
    id: ask.id,
    runId: ask.runId,
    session: ask.session,
    scopeKeys: ask.scopeKeys,
    countedKeys: ask.countedKeys ?? [],
    ...(ask.unknownCost ?? admission.held),
    rooms: ask.scopeKeys.map((scopeKey) => ({ scopeKey, ...admission.held })),
    at: now,
  });
  return admission;
}

/**
 * Decides whether an open hold may be larger by the tokens of `ask`, whose id is the hold's, and makes it so. Of one that may not
 * grow no event is left: it holds what it held. In a transaction with `BOOKS`.
 */
export async function growInStore(
  trx: Transaction<Schema>,
  set: LimitSet,
  ask: StoreAsk,
  now: number,
): Promise<Admission> {
  const states = await statesForDecision(trx, set, ask.scopeKeys, now);
  const admission = await answered(trx, set, decideUnpaced(states, ask, set.thresholds), now);
  if (admission.kind === "admitted") await growHold(trx, ask.id, admission.held.tokens);
  return admission;
}

/** Writes the event of a call that waits or was refused, once a call. */
export async function noteOutcome(
  trx: Transaction<Schema>,
  admission: Admission,
  ask: StoreAsk,
  now: number,
): Promise<void> {
  if (admission.kind === "queued") {
    await noteHeldUp(trx, "queued", admission.worst, admission.level, ask, now, "low priority waits at SOFT");
  } else if (admission.kind === "refused") {
    await noteHeldUp(trx, "blocked", admission.limit, admission.level, ask, now, refusalText(admission, now));
  }
}

/** Ends a hold for which nothing was spent. Answers false when it was ended before. */
export async function releaseInStore(trx: Transaction<Schema>, id: string, now: number): Promise<boolean> {
  return (await closeHold(trx, id, "released", now)) !== undefined;
}

/**
 * As `decide`, but what a run or a budget may use up in all bounds a call without pacing it: it never refills, so its
 * last tenth is there to be used. Pure.
 */
export function decideUnpaced(states: readonly LimitState[], ask: Ask, thresholds: Thresholds): Decision {
  const paced = decide(states.filter(isPaced), ask, thresholds);
  const bound = decide(
    states.filter((state) => !isPaced(state)),
    ask,
    NO_LEVELS,
  );
  if (bound.kind !== "admitted") {
    const others = paced.kind === "refused" && bound.kind === "refused" ? paced.blocks : [];
    return bound.kind === "refused" ? { ...bound, level: paced.level, blocks: [...bound.blocks, ...others] } : bound;
  }
  if (paced.kind !== "admitted") return paced;
  return (bound.clampedTo ?? Infinity) < (paced.clampedTo ?? Infinity)
    ? { ...bound, level: paced.level, ...(paced.warning === undefined ? {} : { warning: paced.warning }) }
    : paced;
}

const NO_LEVELS: Thresholds = { warning: 10_000, soft: 10_000, hard: 10_000, critical: 10_000 };
