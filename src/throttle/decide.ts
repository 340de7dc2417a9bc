import { actionOf, levelOf, usedMore, worseLevel } from "./levels.ts";
import type { Admission, Admitted, Amounts, Ask, Level, LimitState, Queued, Refused, Thresholds } from "./throttle.ts";

/** A refusal before anybody has looked up when there is room again. */
export type RefusedNow = Omit<Refused, "retryAfterMs" | "freeAt">;
export type Decision = Admitted | Queued | RefusedNow;

/** The level of all limits together: the worst; and the limit that is used most. No limit at all is NONE. */
export function levelOfAll(
  states: readonly LimitState[],
  thresholds: Thresholds,
): { level: Level; most: LimitState | undefined } {
  let level: Level = "NONE";
  let most: LimitState | undefined;
  for (const state of states) {
    level = worseLevel(level, levelOf(state.settled + state.held, state.limit.amount, thresholds));
    if (most === undefined || usedMore(state, most)) most = state;
  }
  return { level, most };
}

/**
 * Says whether a call may go, for all limits that apply at once: first by level and priority, then by whether its worst
 * case fits into what is left of every limit (filling one exactly is allowed). `max_tokens` is made smaller where the ask
 * allows it and enough is left. Critical calls always go, and may leave debt.
 *
 * Pure: the caller reads the states and books the hold in one step. Never throws.
 */
export function decide(states: readonly LimitState[], ask: Ask, thresholds: Thresholds): Decision {
  const { level, most } = levelOfAll(states, thresholds);
  const warned = level === "NONE" || most === undefined ? {} : { warning: most };
  if (ask.priority === "critical" || most === undefined) return { kind: "admitted", level, held: ask.worst, ...warned };
  const action = actionOf(level, ask.priority);
  if (action === "queue") return { kind: "queued", level, worst: most };
  if (action === "block") return { kind: "refused", why: "level", level, limit: most, shortBy: 0 };
  const tight = tightest(states, ask.worst);
  if (tight === undefined) return { kind: "admitted", level, held: ask.worst, ...warned };
  const clamped = clampToRoom(states, ask);
  if (clamped !== undefined) {
    return { kind: "admitted", level, held: clamped.held, clampedTo: clamped.maxTokens, ...warned };
  }
  return { kind: "refused", why: "room", level, limit: tight.state, shortBy: tight.shortBy };
}

/** Did the throttle let it go? */
export function isAdmitted(admission: Admission | Decision): admission is Admitted {
  return admission.kind === "admitted";
}

/** What is left of a limit; negative where there is debt. */
export function roomOf(state: LimitState): number {
  return state.limit.amount - state.settled - state.held;
}

/** The limit that lacks the largest share of itself for these amounts; undefined where they fit under all. */
function tightest(states: readonly LimitState[], amounts: Amounts): { state: LimitState; shortBy: number } | undefined {
  let found: { state: LimitState; shortBy: number } | undefined;
  for (const state of states) {
    const shortBy = amounts[state.limit.measure] - roomOf(state);
    if (shortBy <= 0) continue;
    const share = shortBy / Math.max(1, state.limit.amount);
    if (found === undefined || share > found.shortBy / Math.max(1, found.state.limit.amount))
      found = { state, shortBy };
  }
  return found;
}

/** The largest max_tokens that fits under every limit, by halving; undefined where even the least does not. */
function clampToRoom(states: readonly LimitState[], ask: Ask): { maxTokens: number; held: Amounts } | undefined {
  const { clamp } = ask;
  if (clamp === undefined || clamp.leastTokens > clamp.maxTokens) return undefined;
  const fits = (maxTokens: number): boolean => tightest(states, clamp.worstOf(maxTokens)) === undefined;
  if (!fits(clamp.leastTokens)) return undefined;
  let most = clamp.leastTokens;
  let above = clamp.maxTokens;
  while (above - most > 1) {
    const middle = Math.floor((most + above) / 2);
    if (fits(middle)) most = middle;
    else above = middle;
  }
  return { maxTokens: most, held: clamp.worstOf(most) };
}
