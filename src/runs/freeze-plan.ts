import { AllotError } from "../foundation/errors.ts";
import { readPlan } from "./plan/plan-folder.ts";
import { lintPlan } from "./plan/lint.ts";
import { lintFacts } from "./lint-facts.ts";
import type { Plan } from "./plan/plan.ts";
import type { RunContext } from "./run-context.ts";

/** The plan as it was when execution began; later edits of the files no longer count. */
export interface FrozenPlan {
  readonly plan: Plan;
  readonly hash: string;
}

/**
 * Reads the plan back from the files that a person may have edited, and lints it. Throws `task-file-invalid`,
 * `plan-stale`, or `plan-invalid` with every finding.
 */
export async function freezePlan(context: RunContext): Promise<FrozenPlan> {
  const { plan, hash } = await readPlan(context.publicDir);
  const findings = lintPlan(plan, await lintFacts(context.repository, context.spec.baseRev, plan));
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new AllotError("plan-invalid", errors.map(({ code, message }) => `${code}: ${message}`).join("\n"), {
      details: { codes: errors.map(({ code }) => code) },
    });
  }
  return { plan, hash };
}
