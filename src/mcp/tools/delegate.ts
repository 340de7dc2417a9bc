import { z } from "zod";
import { AllotError } from "../../foundation/errors.ts";
import { GOAL_INPUT, newRun } from "../new-run.ts";
import { hasEnded, type RunStatus, runStatus } from "../run-status.ts";
import { defineTool, type McpParts, within } from "../tool.ts";

/** A program is there within a second; a loaded machine takes longer. */
const BEGINS_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 100;

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
  async run(parts, { goal, run, repo, limit_usd }, signal) {
    if ((goal === undefined) === (run === undefined)) {
      throw new AllotError("usage", "delegate takes a goal, or the run that was planned for one: give one of the two");
    }
    if (run !== undefined && (repo !== undefined || limit_usd !== undefined)) {
      throw new AllotError(
        "usage",
        "a planned run has its repository and its limit; repo and limit_usd go with a goal",
      );
    }
    const id =
      run === undefined ? (await newRun(parts, { goal: goal ?? "", repo, limit_usd })).id : await known(parts, run);
    const status = await begun(parts, id, signal);
    return {
      ...status,
      next: `run_status with run "${id}" and wait_seconds 45 tells how it goes`,
    };
  },
});

/** Starts the run; answers once its process works on it, or it is over. Throws `run-state` with its words where it ended before. */
async function begun(parts: McpParts, id: string, signal: AbortSignal): Promise<RunStatus> {
  const ended = await parts.startRun(id);
  const until = parts.app.clock.now() + BEGINS_WITHIN_MS;
  for (;;) {
    const why = ended();
    const status = await runStatus(parts, id);
    if (status.working || hasEnded(status) || parts.app.clock.now() >= until) return status;
    if (why !== undefined) throw new AllotError("run-state", `run ${id} was made and could not be begun: ${why}`);
    await parts.app.clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** A run of a repository that this server may touch, which can go on. Throws `run-not-found`, `path-escapes`, `run-state`. */
async function known(parts: McpParts, id: string): Promise<string> {
  const { spec, state } = await parts.app.runs.get(id);
  within(parts.folder, spec.repo);
  if (state === "accepted" || state === "cancelled") {
    throw new AllotError("run-state", `run ${id} is ${state}; there is nothing left to carry out`);
  }
  return id;
}
