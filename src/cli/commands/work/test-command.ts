import { openCodebaseFacts } from "../../../app/work/codebase-facts.ts";
import { filesOfTarget, runGround } from "../../../app/work/through-run.ts";
import { testsRun } from "../../../tasks/through-run/tests-run.ts";
import type { Command, CommandInput, Io } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { driveThroughRun } from "./drive/drive-through-run.ts";
import { driveWork } from "./drive/drive-work.ts";
import { targetOf } from "./drive/target-of.ts";
import { RUN_OPTIONS } from "../run.ts";
import { WORK_OPTIONS, WORK_POSITIONALS, WORK_TEXTS } from "./drive/work-options.ts";
import { orderOf } from "./drive/work-order.ts";

/** `allot test`: says which tests are missing; with --generate writes them through a run, which proves them. */
export const testCommand: Command = {
  name: "test",
  summary: "says which tests are missing; --generate writes them through a run, which proves that they catch breaks",
  positionals: WORK_POSITIONALS,
  options: ["generate", "coverage", ...new Set([...WORK_OPTIONS, ...RUN_OPTIONS])],
  optionTexts: { ...WORK_TEXTS, generate: "write them: each new test file has to run, pass, and fail on broken code" },
  examples: [
    {
      command: "allot test --generate --coverage=unit",
      shows: "unit tests for what the most depends on, on a branch of their own",
    },
    { command: "allot test --generate --file=src/pay.py", shows: "tests of one file" },
    { command: "allot test --coverage=unit", shows: "the cases that are missing, in words" },
  ],
  run: async (input, io) => (input.flags["generate"] === true ? generate(input, io) : suggest(input, io)),
};

function suggest(input: CommandInput, io: Io): Promise<number> {
  return driveWork(orderOf("test", input, io), input, io);
}

async function generate(input: CommandInput, io: Io): Promise<number> {
  const config = loadCommandConfig(input, io);
  const codebase = await openCodebaseFacts(config, { signal: io.signal });
  const order = orderOf("test", input, io);
  const { target, notes } = await targetOf(order, config, codebase, input.positionals, io.cwd);
  for (const note of notes) io.stderr.write(`allot: ${note}\n`);
  if (target === null) return 0;
  const files = await filesOfTarget({ kind: "test", target, context: "full" }, codebase);
  const ground = await runGround(codebase);
  const run = testsRun({ files, codebase, ...ground, coverage: order.variant ?? "unit" });
  return driveThroughRun("test", run, config, io);
}
