import { openApp } from "../../app/app.ts";
import { tellAbandonedRuns } from "../abandoned-runs.ts";
import type { Command } from "../command.ts";
import { driveRun } from "../drive-run.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { RUN_OPTIONS, goalOf } from "./run.ts";

/** `allot plan "GOAL"`: the first phase of a run; its files can be edited before `allot resume` carries them out. */
export const planCommand: Command = {
  name: "plan",
  summary: "decides and plans only: writes plan.md and one file a mini-task for you to read and edit",
  positionals: '"GOAL"',
  options: RUN_OPTIONS.filter((name) => name !== "yes"),
  examples: [
    {
      command: 'allot plan "Split src/big.py into focused modules" --offline',
      shows: "the plan, its forecast, and where its files are",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using app = await openApp(config, io.env);
    await tellAbandonedRuns(app, io);
    const spec = await app.newRun(goalOf(input.positionals, "plan"), config.settings.repo);
    return await driveRun(app, spec, "plan", io);
  },
};
