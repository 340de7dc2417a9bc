import type { ReduceStep, WorkSpec } from "../work.ts";

/**
 * Runs of neighbours, at most `fanIn` each and about equally long; a single one stays alone. Pure.
 */
export function runsOf<Item>(items: readonly Item[], fanIn: number): readonly (readonly Item[])[] {
  const runs = Math.ceil(items.length / fanIn);
  return Array.from({ length: runs }, (_, run) =>
    items.slice(Math.floor((run * items.length) / runs), Math.floor(((run + 1) * items.length) / runs)),
  );
}

/** The questions by which so many answers become one, level by level; empty for a single one. Pure. */
export function reduceTree(answers: number, fanIn: number): readonly ReduceStep[] {
  const steps: ReduceStep[] = [];
  let left = answers;
  for (let level = 1; left > 1; level += 1) {
    const runs = runsOf(
      Array.from({ length: left }, (_, index) => index),
      fanIn,
    );
    for (const run of runs) if (run.length > 1 || left === 1) steps.push({ level, inputs: run.length });
    left = runs.length;
  }
  return steps;
}

/** What a note on one part takes, about: a summary and the titles of findings. */
const NOTE_TOKENS = 600;
/** What does not fit is halved when it is known. */
const LEAST_NOTES = 4;
const MOST_NOTES = 10;

/** How many notes are put together at a time, so that they fit into the input of one part. Pure. */
export function fanInFor({ spec }: { readonly spec: Pick<WorkSpec, "strategy"> }): number {
  return Math.max(LEAST_NOTES, Math.min(MOST_NOTES, Math.floor(spec.strategy.maxTokens / NOTE_TOKENS) - 1));
}
