import { openApp } from "../../app/app.ts";
import { AllotError } from "../../foundation/errors.ts";
import { closeCommandBudget, openCommandBudget } from "./spend/command-budget.ts";
import type { Command, CommandInput } from "../command.ts";
import { driveRun } from "../drive-run.ts";
import { loadCommandConfig } from "../load-command-config.ts";

/** `allot resume ID`: goes on where a run stopped; nothing that was paid for is paid again. */
export const resumeCommand: Command = {
  name: "resume",
  summary: "goes on with a run that was stopped, killed, or waits for your approval",
  positionals: "ID",
  options: ["yes", "limitUsd", "budget", "upstream", "db", "json"],
  optionTexts: {
    yes: "carry out the plan without asking; resuming says so already, --no-yes asks again",
    limitUsd: "most that this command may spend, whatever is left of the run's own limit",
  },
  examples: [
    { command: "allot resume 20261121-143002-7kq2", shows: "the same final state as if it had never stopped" },
    { command: "allot resume 20261121-143002-7kq2 --limit-usd 1", shows: "spends at most $1 more now" },
  ],
  async run(input, io) {
    const config = loadCommandConfig({ ...input, flags: { yes: true, ...input.flags } }, io);
    await using app = await openApp(config, io.env);
    const { spec } = await app.runs.get(idOf(input, "resume"));
    // Stated here it bounds this command; what a file or the environment says was asked when the run was made.
    if (config.origins.limitUsd.kind !== "flag") return await driveRun(app, spec, "report", io);
    const budget = await openCommandBudget(app.store, config, "resume", `resume ${spec.id}`);
    try {
      await using bounded = await openApp({ ...config, settings: { ...config.settings, budget } }, io.env);
      return await driveRun(bounded, spec, "report", io);
    } finally {
      await closeCommandBudget(app.store, budget);
    }
  },
};

/** The run's id among the positionals. Throws `usage` where it is missing. */
export function idOf(input: CommandInput, command: string): string {
  const [id] = input.positionals;
  if (id === undefined || input.positionals.length > 1) {
    throw new AllotError("usage", `allot ${command} takes the id of one run; allot runs lists them`);
  }
  return id;
}
