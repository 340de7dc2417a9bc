import { nanoUsd } from "../foundation/units.ts";
import type { PlannedTask } from "./events.ts";
import { forecastSeconds } from "./plan/forecast-time.ts";
import type { Plan } from "./plan/plan.ts";
import { labelOf, type RunContext } from "./run-context.ts";

/** The mini-tasks of a plan as screens show them: who does each, after what, at which forecast. Exact steps cost nothing. */
export function plannedTasks(context: RunContext, plan: Plan): PlannedTask[] {
  return plan.tasks.map((task) => {
    const exact = task.tier === "exact";
    const { inputTokens, outputTokens } = task.estimate;
    return {
      number: task.number,
      title: task.title,
      tier: task.tier,
      model: labelOf(context.spec, task),
      dependsOn: task.dependsOn,
      inputTokens: exact ? 0 : inputTokens,
      outputTokens: exact ? 0 : outputTokens,
      cost: exact ? nanoUsd(0) : context.forecast(task.tier, inputTokens, outputTokens),
      seconds: forecastSeconds(task),
    };
  });
}
