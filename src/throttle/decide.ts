import { actionOf, levelOf, mostToGo, usedMore, worseLevel } from "./levels.ts";
import type { Admitted, Amounts, Ask, Level, LimitState, Queued, Refused, Thresholds } from "./throttle.ts";

/** One limit that stands in a call's way. */
export interface Block {
  readonly state: LimitState;
  /** What is missing in the limit's measure; 0 where only its level blocks. */
  readonly shortBy: number;
  /** As much may be settled and held for the call to go; below 0: it never can. */
  readonly most: number;
}

/** A refusal before anybody has looked up when there is room again; `withTimes` completes it. */
export interface RefusedNow extends Omit<Refused, "retryAfterMs" | "freeAt"> {
  /** Every limit in the way; `limit` is one of them. */
  readonly blocks: readonly Block[];
}

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
 * Levels are those of the limits that refill (`isPaced`); the bound is that of all. A limit applies where the call uses any of it: a free local model goes on when only money is short. Low priority is
 * queued only for what it can get: a call larger than a limit is refused at once.
 *
 * Pure: the caller reads the states and books the hold in one step. Never throws.
 */
export function decide(states: readonly LimitState[], ask: Ask, thresholds: Thresholds): Decision {
  const applying = states.filter(({ limit }) => ask.worst[limit.measure] > 0);
  const { level, most } = levelOfAll(applying.filter(isPaced), thresholds);
  const warned = level === "NONE" || most === undefined ? {} : { warning: most };
  if (ask.priority === "critical") return { kind: "admitted", level, held: ask.worst, ...warned };
  const action = actionOf(level, ask.priority);
  if (action === "block" && most !== undefined) {
    return refusedBy("level", level, most, blocksOf(applying, ask, thresholds));
  }
  if (action === "queue" && most !== undefined) {
    const tooLarge = blocksOf(applying, ask, thresholds).filter((block) => block.most < 0);
    const [first] = tooLarge;
    return first === undefined
      ? { kind: "queued", level, worst: most }
      : refusedBy("room", level, first.state, tooLarge);
  }
  if (fits(applying, ask.worst)) return { kind: "admitted", level, held: ask.worst, ...warned };
  const clamped = clampToRoom(applying, ask);
  if (clamped !== undefined) {
    return { kind: "admitted", level, held: clamped.held, clampedTo: clamped.maxTokens, ...warned };
  }
  const blocks = blocksOf(applying, ask, thresholds);
  return refusedBy("room", level, blocks.reduce(tighter).state, blocks);
}

/**
 * Do levels slow calls down under this limit? What a run or a budget may use up in all never refills: its last tenth is
 * there to be used, so it only bounds. Pure.
 */
export function isPaced({ limit }: LimitState): boolean {
  return limit.window !== "ever" || (limit.scope !== "run" && limit.scope !== "budget");
}

/**
 * A refusal with the time at which it no longer holds, if nothing else is spent. It names the limit that decides: the one
 * with room again last. `freeAt` answers for one block, in epoch ms, null for never (`freeAtOf` of windows.ts). Pure.
 */
export function withTimes(refused: RefusedNow, now: number, freeAt: (block: Block) => number | null): Refused {
  const { blocks, ...rest } = refused;
  let last: { block: Block; at: number | null } | undefined;
  for (const block of blocks) {
    const at = freeAt(block);
    if (last === undefined || (last.at !== null && (at === null || at > last.at))) last = { block, at };
  }
  if (last === undefined) return { ...rest, retryAfterMs: null, freeAt: null };
  const named = { limit: last.block.state, shortBy: rest.why === "room" ? last.block.shortBy : 0 };
  return { ...rest, ...named, retryAfterMs: last.at === null ? null : Math.max(0, last.at - now), freeAt: last.at };
}

/** What is left of a limit; negative where there is debt. */
export function roomOf(state: LimitState): number {
  return state.limit.amount - state.settled - state.held;
}

function refusedBy(why: "level" | "room", level: Level, limit: LimitState, blocks: readonly Block[]): RefusedNow {
  const shortBy = why === "room" ? (blocks.find(({ state }) => state === limit)?.shortBy ?? 0) : 0;
  return { kind: "refused", why, level, limit, shortBy, blocks };
}

/** The one that lacks the larger share of itself. */
function tighter(a: Block, b: Block): Block {
  const share = ({ state, shortBy }: Block): number => shortBy / Math.max(1, state.limit.amount);
  return share(b) > share(a) ? b : a;
}

function fits(states: readonly LimitState[], amounts: Amounts): boolean {
  return states.every((state) => amounts[state.limit.measure] <= roomOf(state));
}

/** The limits in the way of even the smallest form of the call, by their level or their room. */
function blocksOf(states: readonly LimitState[], ask: Ask, thresholds: Thresholds): readonly Block[] {
  const { clamp } = ask;
  const clamps = clamp !== undefined && clamp.leastTokens < clamp.maxTokens;
  const least = clamps ? clamp.worstOf(clamp.leastTokens) : ask.worst;
  return states.flatMap((state): readonly Block[] => {
    const { amount, measure } = state.limit;
    const mostByLevel = isPaced(state) ? mostToGo(ask.priority, amount, thresholds) : amount;
    const most = Math.min(mostByLevel, amount - least[measure]);
    if (state.settled + state.held <= most) return [];
    return [{ state, shortBy: Math.max(0, least[measure] - roomOf(state)), most }];
  });
}

/** The largest max_tokens that fits under every limit, by halving; undefined where even the least does not. */
function clampToRoom(states: readonly LimitState[], ask: Ask): { maxTokens: number; held: Amounts } | undefined {
  const { clamp } = ask;
  if (clamp === undefined || clamp.leastTokens > clamp.maxTokens) return undefined;
  if (!fits(states, clamp.worstOf(clamp.leastTokens))) return undefined;
  let most = clamp.leastTokens;
  let above = clamp.maxTokens;
  while (above - most > 1) {
    const middle = Math.floor((most + above) / 2);
    if (fits(states, clamp.worstOf(middle))) most = middle;
    else above = middle;
  }
  return { maxTokens: most, held: clamp.worstOf(most) };
}
