import { formatUsd, nanoUsd } from "../../foundation/units.ts";
import type { RunawaySettings } from "./settings.ts";

/** What a session has done lately, at the moment of a call. */
export interface SessionFacts {
  readonly session: string;
  /** The latest calls with this very prompt, the present one last. */
  readonly samePrompt: readonly PromptCall[];
  /** When runs and processes of the session were started lately, as epoch ms. */
  readonly spawns: readonly number[];
  readonly spend: SpendFacts;
}

export interface PromptCall {
  readonly at: number;
  /** Its worst case. */
  readonly nanoUsd: number;
}

/** Nano-dollars. */
export interface SpendFacts {
  /** Settled in the last `slope.overMs`. */
  readonly recent: number;
  readonly lastHour: number;
  /** The busiest hour of its last week; null where too little is known. */
  readonly busiestHour: number | null;
  /** Its limit of an hour; null where it has none. */
  readonly hourLimit: number | null;
}

export interface Trip {
  readonly kind: "repetition" | "spawn-rate" | "spend-slope";
  /** One sentence with the figures. */
  readonly reason: string;
  /** What was met, and what is let through: times, starts, or nano-dollars an hour. */
  readonly met: number;
  readonly allowed: number;
}

/**
 * Says whether a session runs away: the same prompt again and again, starts by the hundreds, spend that would pass its
 * limit or its habit many times over. Pure; answers the first that applies.
 *
 * An agent at work does not trip the first: its prompt grows with every turn. A batch of many different prompts trips none:
 * what it may cost is what the limits are for.
 */
export function detectRunaway(facts: SessionFacts, now: number, settings: RunawaySettings): Trip | undefined {
  return repetition(facts, now, settings) ?? spawnRate(facts, now, settings) ?? spendSlope(facts, settings);
}

function repetition(facts: SessionFacts, now: number, settings: RunawaySettings): Trip | undefined {
  for (const rule of settings.repetition) {
    const lately = facts.samePrompt.filter(({ at }) => at > now - rule.withinMs);
    const worst = lately.reduce((sum, { nanoUsd: cost }) => sum + cost, 0);
    const [first] = lately;
    if (first === undefined || lately.length < rule.times || worst < rule.leastNanoUsd) continue;
    const seconds = Math.max(1, Math.ceil((now - first.at) / 1000));
    const reason = `The same prompt came ${lately.length} times in ${seconds} s from session ${facts.session}.`;
    return { kind: "repetition", reason, met: lately.length, allowed: rule.times - 1 };
  }
  return undefined;
}

function spawnRate(facts: SessionFacts, now: number, { spawns: rule }: RunawaySettings): Trip | undefined {
  const lately = facts.spawns.filter((at) => at > now - rule.withinMs).length;
  if (lately <= rule.most) return undefined;
  const minutes = minutesOf(rule.withinMs);
  const reason = `Session ${facts.session} was started ${lately} times in ${minutes} min; ${rule.most} are let through.`;
  return { kind: "spawn-rate", reason, met: lately, allowed: rule.most };
}

function spendSlope({ session, spend }: SessionFacts, { slope }: RunawaySettings): Trip | undefined {
  const { recent, lastHour, busiestHour, hourLimit } = spend;
  if (recent < slope.leastNanoUsd) return undefined;
  const anHour = Math.round((recent * 3_600_000) / slope.overMs);
  const pace = `Session ${session} spent ${usd(recent)} in ${minutesOf(slope.overMs)} min, ${usd(anHour)} an hour`;
  if (hourLimit !== null && anHour > hourLimit * slope.timesLimit) {
    const reason = `${pace}: more than ${slope.timesLimit} times its limit of ${usd(hourLimit)}.`;
    return { kind: "spend-slope", reason, met: anHour, allowed: hourLimit * slope.timesLimit };
  }
  // Only past what it ever spent in an hour: so it trips before twice that is gone, and a quick start alone never does.
  if (busiestHour === null || lastHour <= busiestHour || anHour <= busiestHour * slope.timesUsual) return undefined;
  const reason = `${pace}: more than ${slope.timesUsual} times the ${usd(busiestHour)} of its busiest hour, which are spent.`;
  return { kind: "spend-slope", reason, met: anHour, allowed: busiestHour * slope.timesUsual };
}

function minutesOf(ms: number): number {
  return Math.round(ms / 60_000);
}

function usd(amount: number): string {
  return formatUsd(nanoUsd(amount));
}
