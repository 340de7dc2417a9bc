import { z } from "zod";
import { nanoUsd, toUsd } from "../../foundation/units.ts";
import { defineTool } from "../tool.ts";
import { GOAL_INPUT, newRun } from "../new-run.ts";

export const planTool = defineTool({
  name: "plan",
  title: "Plan a goal",
  description:
    "Decides whether a goal is worth handing over and plans it as mini-tasks: what each reads and writes, on which tier, tokens and " +
    "dollars forecast. Nothing is carried out and no file of the repository changes but the plan below .allot/runs. May cost one call " +
    "of the big model. Carry it out with `delegate` and the run's id.",
  input: z.object(GOAL_INPUT),
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  async run(parts, given, signal) {
    const { app } = parts;
    const spec = await newRun(parts, given);
    await using life = await app.openLife(spec, () => undefined, signal);
    const planned = await life.plan();
    if (planned.kind !== "planned") return { run: spec.id, ...planned };
    const cost = planned.tasks.reduce((sum, task) => sum + task.cost, 0);
    return {
      run: spec.id,
      ...planned,
      forecastUsd: toUsd(nanoUsd(cost)),
      next: `carry it out with delegate and run "${spec.id}"; the files in ${planned.folder} can be edited first`,
    };
  },
});
