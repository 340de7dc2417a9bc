import { toUsd } from "../../../foundation/units.ts";
import type { WorkPart, WorkPlan, WorkResult } from "../../../tasks/work.ts";
import { planSum } from "./work-plan-screen.ts";

/** Plans for programs; money in dollars, and exact in nano-dollars. Pure. */
export function workPlanJson(plans: readonly WorkPlan[], why: string): object {
  const { expected, worst, model, fallback, ...sum } = planSum(plans);
  return {
    kind: plans[0]?.spec.kind ?? null,
    model,
    fallback,
    why,
    estimate: {
      ...sum,
      expectedUsd: toUsd(expected),
      expectedNanoUsd: expected,
      worstUsd: toUsd(worst),
      worstNanoUsd: worst,
    },
    works: plans.map((plan) => ({
      id: plan.id,
      target: plan.spec.target,
      strategy: plan.spec.strategy,
      reduce: plan.reduce,
      chunks: plan.parts.map(partJson),
      leftOut: plan.leftOut,
    })),
  };
}

function partJson({ key, index, chunk, covers, modules, cached }: WorkPart): object {
  const { id, part, tokens, o200k } = chunk;
  return { key, index, id, part, tokens, o200k, files: covers, modules, cached };
}

/** Results for programs. One piece of work is told plainly, several (a file a module) as a list of such. Pure. */
export function workResultJson(
  plans: readonly WorkPlan[],
  results: readonly WorkResult[],
  files: readonly (string | null)[],
  why: string,
): object {
  const works = results.map((result, index) => ({ ...oneResult(result), output: files[index] ?? null }));
  const complete = results.every((result) => result.complete);
  const [only] = works;
  const plan = workPlanJson(plans, why);
  if (works.length === 1 && only !== undefined) return { ...only, complete, plan };
  const nano = results.reduce((sum, { cost }) => sum + cost, 0);
  return {
    kind: results[0]?.kind ?? null,
    complete,
    costUsd: nano / 1e9,
    costNanoUsd: nano,
    calls: results.reduce((sum, { calls }) => sum + calls, 0),
    works,
    plan,
  };
}

function oneResult({ cost, ...result }: WorkResult): object {
  return { ...result, costUsd: toUsd(cost), costNanoUsd: cost };
}
