/**
 * The escalation ladder of one mini-task, as a pure function of what has happened so far.
 *
 * A failure goes back once with its output, a second time only if the failure changed; then advice of the big model,
 * then the big model itself, then the user. A retry without new evidence never happens (invariant 7), and one thing is
 * never tried the same way twice.
 */
export type WorkerTier = "exact" | "small" | "big";

/** What one attempt came to. */
export interface Attempt {
  readonly tier: WorkerTier;
  /** True when the big model's advice was part of what the worker was told. */
  readonly advised: boolean;
  readonly outcome:
    | { readonly kind: "accepted" }
    /** Gates refused it; equal fingerprints are the same failure. */
    | { readonly kind: "refused"; readonly fingerprint: string }
    | { readonly kind: "gave-up"; readonly reason: string }
    /** The worker could not be run to its end: provider fault, turns used up, budget, a lost call. */
    | { readonly kind: "broken"; readonly code: string; readonly reason: string };
}

export type Rung =
  | { readonly kind: "accepted" }
  | {
      readonly kind: "attempt";
      readonly tier: WorkerTier;
      readonly evidence: "none" | "failure" | "advice" | "handover";
    }
  | { readonly kind: "user"; readonly reason: string };

/** Most attempts by one tier before it must hand over: the first, and two retries with new evidence. */
const ATTEMPTS_PER_TIER = 3;

/** Codes after which no other model helps either: what is missing is the user's decision. */
const USER_DECIDES: ReadonlySet<string> = new Set([
  "limit-reached",
  "provider-auth",
  "provider-not-configured",
  "call-unknown",
]);

/**
 * Says what happens next. `tiers` are those that may be used in this run, in rising order of price; offline runs have
 * only "exact". Pure; never throws.
 */
export function nextRung(start: WorkerTier, history: readonly Attempt[], tiers: readonly WorkerTier[]): Rung {
  const last = history.at(-1);
  if (last === undefined) {
    const tier = tiers.includes(start) ? start : tiers.find((candidate) => rank(candidate) > rank(start));
    return tier === undefined
      ? { kind: "user", reason: `the task needs a ${start} model and this run has none` }
      : { kind: "attempt", tier, evidence: "none" };
  }
  switch (last.outcome.kind) {
    case "accepted":
      return { kind: "accepted" };
    case "gave-up":
      return handOver(last, tiers, `gave up: ${last.outcome.reason}`);
    case "broken":
      if (USER_DECIDES.has(last.outcome.code)) return { kind: "user", reason: last.outcome.reason };
      return handOver(last, tiers, last.outcome.reason);
    case "refused":
      return afterRefusal(last, last.outcome.fingerprint, history, tiers);
  }
}

/** Rounds in which a refused result goes back to the agent that made it. Source: the seeds. */
export const AGENT_FIX_ROUNDS = 2;

/**
 * The ladder of a mini-task that an agent program carries out: what the checks say goes back to its session, twice at
 * most, then to the user. Each round's evidence is new: what the checks say now, and where that is what they said before,
 * what the round changed. An agent that came to no end is not asked again. Pure; never throws.
 */
export function nextAgentRung(history: readonly Attempt[]): Rung {
  const last = history.at(-1);
  if (last === undefined) return { kind: "attempt", tier: "small", evidence: "none" };
  switch (last.outcome.kind) {
    case "accepted":
      return { kind: "accepted" };
    case "gave-up":
    case "broken":
      return { kind: "user", reason: last.outcome.reason };
    case "refused":
      return history.length <= AGENT_FIX_ROUNDS
        ? { kind: "attempt", tier: "small", evidence: "failure" }
        : { kind: "user", reason: `still refused after ${AGENT_FIX_ROUNDS} fix rounds` };
  }
}

function afterRefusal(
  last: Attempt,
  fingerprint: string,
  history: readonly Attempt[],
  tiers: readonly WorkerTier[],
): Rung {
  if (last.tier === "exact") return handOver(last, tiers, "did not pass the gates");
  const tries = history.filter((attempt) => attempt.tier === last.tier);
  const seenBefore = tries
    .slice(0, -1)
    .some(({ outcome }) => outcome.kind === "refused" && outcome.fingerprint === fingerprint);
  if (!last.advised && !seenBefore && tries.length < ATTEMPTS_PER_TIER) {
    return { kind: "attempt", tier: last.tier, evidence: "failure" };
  }
  if (last.tier === "small" && !last.advised && tiers.includes("big")) {
    return { kind: "attempt", tier: "small", evidence: "advice" };
  }
  return handOver(last, tiers, seenBefore ? "failed the same way again" : "used up its retries");
}

function handOver(last: Attempt, tiers: readonly WorkerTier[], why: string): Rung {
  const next = tiers.find((tier) => rank(tier) > rank(last.tier));
  return next === undefined
    ? { kind: "user", reason: `the ${last.tier} tier ${why}, and no dearer tier is left` }
    : { kind: "attempt", tier: next, evidence: "handover" };
}

function rank(tier: WorkerTier): number {
  return tier === "exact" ? 0 : tier === "small" ? 1 : 2;
}
