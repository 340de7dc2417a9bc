import { AllotError } from "../foundation/errors.ts";
import { toUsd } from "../foundation/units.ts";
import { openPartAnswers } from "./answers/part-answers.ts";
import { assembleResult } from "./carry/assemble-result.ts";
import { mapParts } from "./carry/map-parts.ts";
import type { ReadingParts } from "./carry/reading.ts";
import { Tally } from "./carry/tally.ts";
import { openDraft } from "./plan/open-draft.ts";
import type { WorkParts } from "./work-parts.ts";
import type { WorkPlan, WorkProgress, WorkResult } from "./work.ts";

const CONCURRENCY = 4;

/**
 * Carries a plan out: asks about each part that has no kept answer, puts the answers together, and says what was read and what was
 * not. Whether all was read is reckoned from the files and the pieces of answered parts, not from the plan.
 *
 * Never throws for what a model or a provider does: the result is incomplete then, and everything that was paid for is kept, so that
 * the same work asks only for what is missing. Throws `interrupted` when `signal` aborts, with the same promise (details: done,
 * parts, cost), and as `planWork` where the targets are gone meanwhile.
 */
export async function carryOut(
  plan: WorkPlan,
  parts: WorkParts,
  signal: AbortSignal,
  onProgress: (progress: WorkProgress) => void = () => {},
): Promise<WorkResult> {
  const { clock, codebase, ask, concurrency = CONCURRENCY } = parts;
  const startedAt = clock.now();
  const { draft, targets } = await openDraft(plan.spec, codebase, parts);
  const { maxOutputTokens: outputTokens } = draft.spec.strategy;
  const learned = { ceiling: null, stop: null, outputTokens };
  const [answers, tally, asked] = [openPartAnswers(parts), new Tally(), new Map()];
  const reading: ReadingParts = { draft, ask, answers, tally, signal, learned, asked, underWay: new Set() };
  let done = 0;
  const note = (progress: WorkProgress): void => {
    ({ done } = progress);
    onProgress(progress);
  };
  try {
    const { expectedMs } = plan.estimate;
    const readings = await mapParts(reading, plan.parts, { clock, concurrency, expectedMs, onProgress: note });
    return await assembleResult(plan, reading, readings, targets, () => clock.now() - startedAt);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AllotError(
      "interrupted",
      `${plan.spec.kind} was stopped after ${done} of ${plan.parts.length} parts; what was paid is kept, the same command goes on`,
      { cause: error, details: { done, parts: plan.parts.length, cost: toUsd(tally.cost) } },
    );
  }
}
