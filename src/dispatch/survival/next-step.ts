import { isAnothersTurn, mayPass } from "./fault-kind.ts";
import type { Fault, SurvivalPlan } from "./survival.ts";

/** An attempt that ended in a fault and showed nothing. */
export interface PastAttempt {
  /** Index in the plan's targets. */
  readonly target: number;
  readonly fault: Fault;
}

/** What decides where a request goes. */
export interface StepFacts {
  readonly plan: SurvivalPlan;
  /** In their order; those passed over are not among them. */
  readonly past: readonly PastAttempt[];
  /** All waits so far. */
  readonly waitedMs: number;
  /** May it be asked now? Not where its breaker is open, or its rate limit used up for longer than may be waited. */
  readonly isFree: (target: number) => boolean;
  /** A target that is not free has been asked for want of another. */
  readonly resorted: boolean;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export type NextStep =
  | { readonly kind: "retry"; readonly target: number; readonly waitMs: number }
  /** `resort`: it is not free, and asked all the same because nobody else is left. */
  | { readonly kind: "next"; readonly target: number; readonly resort: boolean }
  /** For want of attempts, because no other attempt could better the fault, or for want of targets. */
  | { readonly kind: "give-up"; readonly want: "attempts" | "hope" | "targets" };

/** With another target at hand, one is asked so often. */
const ATTEMPTS_BESIDE_ANOTHER = 2;

/** So much of a time that was named, at most, comes on top: not all who wait are to come back at once. */
const SPREAD = 0.1;
const MOST_SPREAD_MS = 1_000;

/**
 * What comes after the attempts so far, or first of all.
 *
 * - rate limit: another target at once where one is free; else the same after the time that was named, or the policy's
 * - overload, time-out, network, malformed: once more on the same after a pause, then another; on the same up to the
 *   policy's number where there is no other. A named time that is longer than the longest pause sends it to another at once
 * - window overflow: another, unless its window is known to be no larger
 * - refused content: another only where the policy lets it; credentials: another; rejected: nothing
 *
 * A wait that does not fit into what is left of `totalWaitMs` is not begun. Each target that is free gets its turn
 * before attempts run out. Where none is free, one that is not is asked, once in a request. Pure but for `random`.
 */
export function nextStep(facts: StepFacts): NextStep {
  const { plan, past } = facts;
  const { policy, targets } = plan;
  const last = past.at(-1);
  if (last !== undefined && !isAnothersTurn(last.fault, policy)) return { kind: "give-up", want: "hope" };
  if (last !== undefined && past.length >= policy.attemptsInAll) return { kind: "give-up", want: "attempts" };
  const unasked = targets.map((_, index) => index).filter((index) => isUnasked(facts, index));
  const free = unasked.filter((index) => facts.isFree(index));
  const again = last === undefined ? undefined : retryOf(facts, last, free.length);
  if (again !== undefined) return again;
  const [first] = free;
  if (first !== undefined) return { kind: "next", target: first, resort: false };
  const [resort] = unasked;
  if (resort !== undefined && !facts.resorted) return { kind: "next", target: resort, resort: true };
  return { kind: "give-up", want: "targets" };
}

/** Not asked yet, and with a window that may be large enough. */
function isUnasked({ plan, past }: StepFacts, index: number): boolean {
  return !past.some(({ target }) => target === index) && !isTooSmall(plan, past, index);
}

/** True where a target's window is known not to be larger than one that was too small. Pure. */
export function isTooSmall({ targets, windowOf }: SurvivalPlan, past: readonly PastAttempt[], index: number): boolean {
  if (windowOf === undefined) return false;
  const known = (of: number): number | null => {
    const target = targets[of];
    return target === undefined ? null : windowOf(target);
  };
  return past.some(({ target, fault }) => {
    if (fault.kind !== "window-overflow") return false;
    const [overflowed, window] = [known(target), known(index)];
    return overflowed !== null && window !== null && window <= overflowed;
  });
}

function retryOf(facts: StepFacts, { target, fault }: PastAttempt, others: number): NextStep | undefined {
  const { past, waitedMs, plan } = facts;
  const { policy } = plan;
  if (!mayPass(fault.kind)) return undefined;
  const tries = past.filter((attempt) => attempt.target === target).length;
  if (tries >= policy.attemptsEach) return undefined;
  if (others > 0) {
    const leftAfterwards = policy.attemptsInAll - past.length - 1;
    const isLate = (fault.retryAfterMs ?? 0) > policy.mostMs;
    const isEnough = tries >= ATTEMPTS_BESIDE_ANOTHER || leftAfterwards < others;
    if (fault.kind === "rate-limit" || isLate || isEnough || !facts.isFree(target)) return undefined;
  }
  const waitMs = pauseAfter(facts, fault, tries);
  return waitedMs + waitMs > policy.totalWaitMs ? undefined : { kind: "retry", target, waitMs };
}

/** The pause after a target's attempt number `tries`; never shorter than the time that the provider named. */
function pauseAfter({ plan: { policy }, random }: StepFacts, fault: Fault, tries: number): number {
  const doubled = 2 ** (tries - 1);
  if (fault.kind === "rate-limit") {
    const named = fault.retryAfterMs ?? policy.rateLimitBaseMs * doubled;
    return named + spread(named, random);
  }
  const backoff = Math.min(policy.baseMs * doubled, policy.mostMs);
  const pause = Math.ceil(backoff * (0.5 + random() / 2));
  const named = fault.retryAfterMs ?? 0;
  return pause >= named ? pause : named + spread(named, random);
}

function spread(ms: number, random: () => number): number {
  return Math.floor(Math.min(ms * SPREAD, MOST_SPREAD_MS) * random());
}
