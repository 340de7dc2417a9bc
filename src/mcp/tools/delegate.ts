import { z } from "zod";
import { AllotError } from "../../foundation/errors.ts";
import { GOAL_INPUT, newRun } from "../new-run.ts";
import { runStatus } from "../run-status.ts";
import { defineTool, type McpParts, within } from "../tool.ts";

export const delegateTool = defineTool({
  name: "delegate",
  title: "Delegate work",
  description:
    "Hands work over: plans it (or takes a run that was planned), lets the cheapest tier do each mini-task, checks the results by gates " +
    "that allot runs itself, and puts what passes on branch allot/RUN of the repository; its work tree is not touched. Runs in the " +
    "background and answers at once: ask `run_status` for how far it is. Spends within the configured limits.",
  input: z.object({
    goal: GOAL_INPUT.goal.optional(),
    run: z.string().optional().describe("a planned or stopped run to carry out, instead of a goal"),
    repo: GOAL_INPUT.repo,
    limit_usd: GOAL_INPUT.limit_usd,
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  async run(parts, { goal, run, repo, limit_usd }) {
    if ((goal === undefined) === (run === undefined)) {
      throw new AllotError("usage", "delegate takes a goal, or the run that was planned for one: give one of the two");
    }
    const id =
      run === undefined ? (await newRun(parts, { goal: goal ?? "", repo, limit_usd })).id : await known(parts, run);
    await parts.startRun(id);
    return {
      ...(await runStatus(parts, id)),
      next: `run_status with run "${id}" and wait_seconds 45 tells how it goes`,
    };
  },
});

/** A run of a repository that this server may touch, which can go on. Throws `run-not-found`, `path-escapes`, `run-state`. */
async function known(parts: McpParts, id: string): Promise<string> {
  const { spec, state } = await parts.app.runs.get(id);
  within(parts.folder, spec.repo);
  if (state === "accepted" || state === "cancelled") {
    throw new AllotError("run-state", `run ${id} is ${state}; there is nothing left to carry out`);
  }
  return id;
}
