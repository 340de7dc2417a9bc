import type { Flow } from "./engine/engine.ts";
import { executePlan } from "./execute-flow.ts";
import type { Execution } from "./run.ts";
import { freezePlan } from "./planning/freeze-plan.ts";
import type { RunReport } from "./report/run-report.ts";
import type { RunContext } from "./run-context.ts";
import { writeReport } from "./write-report.ts";

/** The second half of a run: carries out the plan, hands over the branch, writes the report. */
export async function executeRun(flow: Flow, context: RunContext): Promise<RunReport> {
  const frozen = await flow.step("freeze-plan", () => freezePlan(context));
  const execution = await executePlan(flow, context, frozen);
  await flow.step("publish", () => publish(context, execution));
  return flow.step("report", () => writeReport(context, frozen.plan, execution));
}

/** Leaves what was integrated on the run's branch; nothing else of the user's repository is touched. */
async function publish(context: RunContext, execution: Execution): Promise<boolean> {
  if (execution.headRev === context.spec.baseRev) return false;
  await context.repository.publish(context.spec.branch, execution.headRev);
  return true;
}
