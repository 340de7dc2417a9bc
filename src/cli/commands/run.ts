import { openApp } from "../../app/app.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { OptionName } from "../../config/options.ts";
import { tellAbandonedRuns } from "../abandoned-runs.ts";
import type { Command } from "../command.ts";
import { driveRun } from "../drive-run.ts";
import { loadCommandConfig } from "../load-command-config.ts";

/** What a run can be told; the same for `plan`. */
export const RUN_OPTIONS: readonly OptionName[] = [
  "repo",
  "offline",
  "big",
  "small",
  "provider",
  "yes",
  "decision",
  "planner",
  "template",
  "test",
  "maxLines",
  "limitUsd",
  "budget",
  "concurrency",
  "callTimeout",
  "idleTimeout",
  "executor",
  "agentModel",
  "agentLogin",
  "agentTimeout",
  "agentTokens",
  "browser",
  "verifier",
  "fallback",
  "preferGrok",
  "commandTimeout",
  "network",
  "unknownCalls",
  "unknownPrice",
  "prices",
  "session",
  "priority",
  "upstream",
  "db",
  "json",
];

/** `allot run "GOAL"`: plan, execute, verify; the result on a branch. */
export const runCommandEntry: Command = {
  name: "run",
  summary: "plans a goal, carries it out on the cheapest tier, proves it, and leaves the result on a branch",
  positionals: '"GOAL"',
  options: RUN_OPTIONS,
  examples: [
    {
      command: 'allot run "Split src/big.py into focused modules" --repo . --offline',
      shows: "no model, no key: static analysis and exact steps",
    },
    {
      command: 'allot run "Add a --json flag to every command" --repo . --limit-usd 2',
      shows: "big model plans, small one works, big one verifies; at most $2",
    },
    { command: 'allot run "..." --yes --json', shows: "for programs: no questions, one JSON object a line" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using app = await openApp(config, io.env);
    await tellAbandonedRuns(app, io);
    const spec = await app.newRun(goalOf(input.positionals, "run"), config.settings.repo);
    return await driveRun(app, spec, "report", io);
  },
};

/** The one goal among the positionals. Throws `usage` where it is missing or was not quoted. */
export function goalOf(positionals: readonly string[], command: string): string {
  const [goal, ...rest] = positionals;
  if (goal === undefined || goal.trim() === "") {
    throw new AllotError(
      "usage",
      `allot ${command} needs a goal, in quotes: allot ${command} "Split src/big.py into modules"`,
    );
  }
  if (rest.length > 0) {
    throw new AllotError(
      "usage",
      `allot ${command} takes one goal and got ${positionals.length} words; put it in quotes: "${positionals.join(" ")}"`,
    );
  }
  return goal;
}
