import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import type { Plan } from "../plan/plan.ts";
import type { PaidCall } from "./spend.ts";

/**
 * What the same work would have cost otherwise: an estimate, so it always comes with its method and its range, and
 * "saved" is said only of an accepted result.
 */
export interface Comparison {
  readonly actual: NanoUsd;
  readonly allBig: Estimate;
  readonly bestSingle: Estimate;
  /** Against all-big; undefined for a result that was not accepted. Negative when delegating cost more. */
  readonly saved: { readonly amount: NanoUsd; readonly percent: number } | undefined;
}

export interface Estimate {
  readonly model: string;
  readonly cost: NanoUsd;
  readonly low: NanoUsd;
  readonly high: NanoUsd;
  readonly method: string;
}

export interface ComparisonFacts {
  readonly bigLabel: string;
  /** True where the run itself had no big model and a catalogue default stands in for it. */
  readonly standIn: boolean;
  readonly priceBig: (usage: TokenUsage) => NanoUsd;
  /** Tokens of all files the plan reads or writes, counted once. */
  readonly touchedTokens: number;
  /** Tokens of the lines the result adds. */
  readonly addedTokens: number;
  /** Candidates for one model doing all of it: the run's models, each with the share of tasks it gets right at once. */
  readonly singles: readonly {
    readonly label: string;
    readonly price: (usage: TokenUsage) => NanoUsd;
    readonly successRate: number | undefined;
  }[];
}

/** Another tokenizer, another style: repriced calls are within a tenth or so. */
const REPRICED_RANGE = 0.1;
/** How many tokens a model would have used for what took none here is known to about half. */
const GUESSED_RANGE = 0.5;
/** A single session reads what it touches once to understand and, turn by turn, about twice more (its own history). */
const SINGLE_SESSION_READS = 3;
/** Outcomes of a model below which its success rate is not used. */
export const ENOUGH_OUTCOMES = 20;

/** Pure. */
export function compare(facts: ComparisonFacts, plan: Plan, calls: readonly PaidCall[], accepted: boolean): Comparison {
  const actual = nanoUsd(calls.reduce((sum, { cost }) => sum + cost, 0));
  const repriced = calls.reduce((sum, { usage }) => sum + facts.priceBig(usage), 0);
  const exact = plan.tasks
    .filter(({ tier }) => tier === "exact")
    .reduce((sum, { estimate }) => sum + facts.priceBig(plainUsage(estimate.inputTokens, estimate.outputTokens)), 0);
  const planned = calls.length === 0 ? facts.priceBig(plainUsage(facts.touchedTokens, facts.addedTokens / 10)) : 0;
  const guessed = exact + planned;
  const allBig: Estimate = {
    model: facts.bigLabel,
    cost: nanoUsd(Math.round(repriced + guessed)),
    low: nanoUsd(Math.round(repriced * (1 - REPRICED_RANGE) + guessed * (1 - GUESSED_RANGE))),
    high: nanoUsd(Math.round(repriced * (1 + REPRICED_RANGE) + guessed * (1 + GUESSED_RANGE))),
    method: [
      calls.length > 0 ? "every call of this run at the big model's list price (±10%)" : "",
      exact > 0 ? "what took no tokens here at the tokens its file names as an estimate (±50%)" : "",
      planned > 0 ? "one reading of the files touched for planning (±50%)" : "",
      facts.standIn ? `no big model is configured: ${facts.bigLabel} stands in` : "",
    ]
      .filter((part) => part !== "")
      .join("; "),
  };
  const saved = nanoUsd(allBig.cost - actual);
  return {
    actual,
    allBig,
    bestSingle: bestSingle(facts),
    saved:
      accepted && allBig.cost > 0 ? { amount: saved, percent: Math.round((100 * saved) / allBig.cost) } : undefined,
  };
}

function bestSingle(facts: ComparisonFacts): Estimate {
  const usage = plainUsage(SINGLE_SESSION_READS * facts.touchedTokens, facts.addedTokens);
  const candidates = facts.singles.map(({ label, price, successRate }) => ({
    label,
    // A model that fails is billed the redo: cost per accepted result.
    cost: Math.round(price(usage) / (successRate ?? 1)),
    successRate,
  }));
  const best = candidates.toSorted((a, b) => a.cost - b.cost)[0] ?? { label: "none", cost: 0, successRate: undefined };
  return {
    model: best.label,
    cost: nanoUsd(best.cost),
    low: nanoUsd(Math.round(best.cost * (1 - GUESSED_RANGE))),
    high: nanoUsd(Math.round(best.cost * (1 + GUESSED_RANGE))),
    method:
      `one session without a plan: the files touched read ${SINGLE_SESSION_READS} times, the added lines written once (±50%)` +
      (best.successRate === undefined
        ? `; assumed to succeed at once, since fewer than ${ENOUGH_OUTCOMES} outcomes are known`
        : `; ${Math.round(best.successRate * 100)}% of its tasks were accepted at once, the rest is billed again`),
  };
}

function plainUsage(inputTokens: number, outputTokens: number): TokenUsage {
  return {
    inputTokens: Math.round(inputTokens),
    outputTokens: Math.round(outputTokens),
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  };
}
