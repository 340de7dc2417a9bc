import { isOfAccount, mayPass } from "./fault-kind.ts";
import type { Fault, SurvivalPolicy } from "./survival.ts";

/** Where a request stands after an attempt failed. */
export interface StepFacts {
  readonly fault: Fault;
  /** Attempts on this target, and in all. */
  readonly onTarget: number;
  readonly inAll: number;
  readonly waitedMs: number;
  /** Whether there is another target that may be asked. */
  readonly hasNext: boolean;
}

export type NextStep =
  | { readonly kind: "retry"; readonly afterMs: number }
  | { readonly kind: "next" }
  | { readonly kind: "give-up" };

const GIVE_UP: NextStep = { kind: "give-up" };
const NEXT: NextStep = { kind: "next" };

/**
 * What to do after a fault. A rate limit goes to the next target at once, and is waited out only where there is none; what may
 * be over in a moment is tried once more before the next; what would be refused again is not repeated. A wait that does
 * not fit into what is left is not begun.
 *
 * Pure; `random` is 0 to 1.
 */
export function nextStep(policy: SurvivalPolicy, facts: StepFacts, random: number): NextStep {
  const { fault, onTarget, inAll, hasNext } = facts;
  if (inAll >= policy.attemptsInAll) return GIVE_UP;
  const otherwise = hasNext ? NEXT : GIVE_UP;
  if (fault.kind === "rate-limit") return hasNext ? NEXT : waited(policy, facts, random);
  if (mayPass(fault.kind)) {
    const step = onTarget < policy.attemptsEach ? waited(policy, facts, random) : GIVE_UP;
    return step.kind === "retry" ? step : otherwise;
  }
  if (fault.kind === "window-overflow" || isOfAccount(fault)) return otherwise;
  return fault.kind === "content-refusal" && policy.refusalFallsBack ? otherwise : GIVE_UP;
}

/** Exponential with jitter, half to all of it; never less than the provider asks for. */
function waited(policy: SurvivalPolicy, { fault, onTarget, waitedMs }: StepFacts, random: number): NextStep {
  if (onTarget >= policy.attemptsEach) return GIVE_UP;
  const base = fault.kind === "rate-limit" ? policy.rateLimitBaseMs : policy.baseMs;
  const most = Math.max(policy.mostMs, base);
  const grown = Math.min(most, base * 2 ** (onTarget - 1));
  const jittered = fault.kind === "rate-limit" ? grown * (1 + random / 4) : grown * (0.5 + random / 2);
  const afterMs = Math.round(fault.retryAfterMs === undefined ? jittered : fault.retryAfterMs + random * policy.baseMs);
  return waitedMs + afterMs > policy.totalWaitMs ? GIVE_UP : { kind: "retry", afterMs };
}
