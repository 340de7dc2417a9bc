import { openApp } from "../../app/app.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { Command, CommandInput } from "../command.ts";
import { driveRun } from "../drive-run.ts";
import { loadCommandConfig } from "../load-command-config.ts";

/** `allot resume ID`: goes on where a run stopped; nothing that was paid for is paid again. */
export const resumeCommand: Command = {
  name: "resume",
  summary: "goes on with a run that was stopped, killed, or waits for your approval",
  positionals: "ID",
  options: ["yes", "upstream", "db", "json"],
  optionTexts: { yes: "carry out the plan without asking; resuming says so already, --no-yes asks again" },
  examples: [
    { command: "allot resume 20261121-143002-7kq2", shows: "the same final state as if it had never stopped" },
  ],
  async run(input, io) {
    const config = loadCommandConfig({ ...input, flags: { yes: true, ...input.flags } }, io);
    await using app = await openApp(config, io.env);
    const { spec } = await app.runs.get(idOf(input, "resume"));
    return await driveRun(app, spec, "report", io);
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
