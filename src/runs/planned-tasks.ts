import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import { agentOf, modelFor } from "./components/components.ts";
import type { PlannedTask } from "./events.ts";
import { forecastSeconds } from "./plan/forecast-time.ts";
import type { MiniTask } from "./plan/mini-task.ts";
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
      cost: exact ? nanoUsd(0) : costOf(context, task),
      seconds: forecastSeconds(task),
    };
  });
}

/** What a subscription of the user's own covers costs nothing more. */
function costOf(context: RunContext, task: MiniTask): NanoUsd {
  const { inputTokens, outputTokens } = task.estimate;
  const agent = agentOf(context.spec, task);
  if (agent === undefined) return context.forecast(task.tier, inputTokens, outputTokens);
  if (context.agents?.terms(agent).gateway === "own-login") return nanoUsd(0);
  return context.forecast(task.tier, inputTokens, outputTokens, modelFor(context.spec, agent));
}
