import type { Catalog } from "../../catalog/catalog.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { costOf } from "../../ledger/cost.ts";
import { textBound } from "../../ledger/token-bound.ts";
import { priceOfCall, worstCaseOf } from "../../ledger/worst-case.ts";
import type { PartAnswers } from "../answers/part-answers.ts";
import type { ReduceStep, WorkEstimate, WorkPart } from "../work.ts";
import { type Draft, partTokens } from "./draft-parts.ts";

/** What a part's answer is taken to be until some are known: models seldom write all that they may. */
const OUTPUT_SHARE = 0.25;
/** How fast a model writes, and how long it takes to begin, until answers are known. */
const TOKENS_A_SECOND = 50;
const BEGIN_MS = 2_000;
const CONCURRENCY = 4;
/** The ledger counts bytes, of which a token of prose covers four. */
const BOUND_OF_TOKEN = 3;
/** What a wire format puts around a request's texts, as the ledger counts it. */
const WIRE_TOKENS = 128;

/**
 * What the parts without a kept answer cost, and how long they take: expected, by what finished parts of this kind and model took;
 * at worst, by the ledger's own bound for each call. Answers that go back to be repaired, and parts that must be cut smaller, come
 * on top.
 */
export async function estimateWork(
  draft: Draft,
  parts: readonly WorkPart[],
  reduce: readonly ReduceStep[],
  { catalog, answers, fallback, concurrency = CONCURRENCY }: EstimateParts,
): Promise<WorkEstimate> {
  const { spec } = draft;
  const { model, strategy, kind } = spec;
  const name = `${model.provider}/${model.name}`;
  const { price } = priceOfCall(catalog, model.provider, model.name);
  const usual = await answers.usual(kind, name);
  const outputTokens = Math.min(
    strategy.maxOutputTokens,
    usual?.outputTokens ?? Math.ceil(strategy.maxOutputTokens * OUTPUT_SHARE),
  );
  const eachMs = usual?.durationMs ?? BEGIN_MS + (outputTokens * 1_000) / TOKENS_A_SECOND;
  const asked = parts.filter(({ cached }) => !cached);
  // Answers that are all kept are put together already.
  const joined = asked.length === 0 ? [] : reduce;
  const systemBound = textBound(draft.system) + WIRE_TOKENS;
  let [inputTokens, expected, worst] = [0, 0, 0];
  const add = (input: number, bound: number): void => {
    inputTokens += input;
    expected += costOf({ ...NO_TOKENS, inputTokens: input, outputTokens }, price);
    worst += worstCaseOf({ inputTokens: bound, maxOutputTokens: strategy.maxOutputTokens }, price).nanoUsd;
  };
  for (const part of asked) {
    add(partTokens(part, draft), systemBound + textBound(part.context) + textBound(part.chunk.text));
  }
  for (const { inputs } of joined) {
    const input = Math.min(strategy.maxTokens, 300 + inputs * outputTokens);
    add(input, BOUND_OF_TOKEN * strategy.maxTokens + WIRE_TOKENS);
  }
  const rounds = Math.ceil(asked.length / concurrency);
  const levels = new Map<number, number>();
  for (const { level } of joined) levels.set(level, (levels.get(level) ?? 0) + 1);
  const together = [...levels.values()].reduce((sum, calls) => sum + Math.ceil(calls / concurrency), 0);
  return {
    calls: asked.length + joined.length,
    cachedCalls: parts.length - asked.length + (reduce.length - joined.length),
    inputTokens,
    outputTokens: (asked.length + joined.length) * outputTokens,
    expected: nanoUsd(expected),
    worst: nanoUsd(worst),
    expectedMs: Math.round((rounds + together) * eachMs),
    model: name,
    fallback: fallback ?? [],
  };
}

export interface EstimateParts {
  readonly catalog: Pick<Catalog, "find" | "dearest">;
  readonly answers: Pick<PartAnswers, "usual">;
  readonly fallback?: readonly string[] | undefined;
  readonly concurrency?: number | undefined;
}

const NO_TOKENS = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: true,
};
