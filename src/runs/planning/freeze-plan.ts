import { AllotError } from "../../foundation/errors.ts";
import { findingPlace, readPlan } from "../plan/plan-folder.ts";
import { lintPlan } from "../plan/lint.ts";
import { lintFacts } from "./lint-facts.ts";
import type { Plan } from "../plan/plan.ts";
import { plannedTasks } from "../planned-tasks.ts";
import type { RunContext } from "../run-context.ts";

/** The plan as it was when execution began; later edits of the files no longer count. */
export interface FrozenPlan {
  readonly plan: Plan;
  readonly hash: string;
}

/**
 * Reads the plan back from the files that a person may have edited, and lints it; from here on the run is `running`. Throws `task-file-invalid`,
 * `plan-stale`, or `plan-invalid` with every finding at its file and line. Tells the plan again, since it can be another one by now.
 */
export async function freezePlan(context: RunContext): Promise<FrozenPlan> {
  const { plan, hash } = await readPlan(context.publicDir);
  const findings = lintPlan(plan, await lintFacts(context.repository, context.spec.baseRev, plan));
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    const told = await Promise.all(
      errors.map(async (error) => `${await findingPlace(context.publicDir, error)}: ${error.message} (${error.code})`),
    );
    throw new AllotError("plan-invalid", told.join("\n"), {
      details: { codes: errors.map(({ code }) => code) },
    });
  }
  await context.runs.setState(context.spec.id, "running");
  const warnings = findings.map(({ code, place, message }) => `${code} (${place}): ${message}`);
  context.emit({
    kind: "plan-ready",
    planner: plan.planner,
    folder: context.publicDir,
    tasks: plannedTasks(context, plan),
    warnings,
  });
  return { plan, hash };
}
