import { z } from "zod";
import { hasEnded, runStatus } from "../run-status.ts";
import { defineTool, isWithin, within } from "../tool.ts";

/** Clients give a tool about a minute. */
const MOST_WAIT_S = 50;
const LOOK_EVERY_MS = 250;
const MOST_RUNS = 20;
/** Runs of other repositories stand among them. */
const MOST_LOOKED_AT = 500;

export const runStatusTool = defineTool({
  name: "run_status",
  title: "Run status",
  description:
    "How far a run is: state, mini-tasks, cost, branch, and once it is over the result with the reason where it needs the user. " +
    "`wait_seconds` waits for its end up to that long. Without a run: the newest ones.",
  input: z.object({
    run: z.string().optional().describe("the run's id"),
    wait_seconds: z.number().min(0).max(MOST_WAIT_S).default(0).describe(`at most ${MOST_WAIT_S}`),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async run(parts, { run, wait_seconds }, signal) {
    const { app, folder } = parts;
    if (run === undefined) {
      const rows = await app.runs.list({ limit: MOST_LOOKED_AT });
      const own = rows.filter(({ spec }) => isWithin(folder, spec.repo)).slice(0, MOST_RUNS);
      return { runs: await Promise.all(own.map(({ spec }) => runStatus(parts, spec.id))) };
    }
    within(folder, (await app.runs.get(run)).spec.repo);
    const until = app.clock.now() + wait_seconds * 1000;
    for (;;) {
      const status = await runStatus(parts, run);
      if (hasEnded(status) || app.clock.now() >= until) return status;
      await app.clock.sleep(Math.min(LOOK_EVERY_MS, until - app.clock.now()), signal);
    }
  },
});
