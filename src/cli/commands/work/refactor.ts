import { runGround } from "../../../app/work/through-run.ts";
import { refactorRun } from "../../../tasks/through-run/refactor-run.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { RUN_OPTIONS } from "../run.ts";
import { driveThroughRun } from "./drive/drive-through-run.ts";
import { driveWork } from "./drive/drive-work.ts";
import { WORK_OPTIONS, WORK_POSITIONALS, WORK_TEXTS } from "./drive/work-options.ts";
import { orderOf } from "./drive/work-order.ts";

/** `allot refactor`: suggests; with --apply carries the suggestions out through a run. */
export const refactorCommand: Command = {
  name: "refactor",
  summary: "suggests refactorings with files and lines; --apply carries them out through a run, which proves them",
  positionals: WORK_POSITIONALS,
  options: ["suggestions", "apply", "style", ...new Set([...WORK_OPTIONS, ...RUN_OPTIONS])],
  optionTexts: {
    ...WORK_TEXTS,
    apply: "carry the suggestions out, on a branch; tests and exported names stay as they are",
  },
  examples: [
    { command: "allot refactor --suggestions --file=target.py", shows: "what to change in one file, and why" },
    { command: "allot refactor --apply --file=target.py", shows: "the same, carried out and proven on a branch" },
  ],
  run: async (input, io) => {
    const order = orderOf("refactor", input, io);
    if (input.flags["apply"] !== true) return driveWork(order, input, io);
    const config = loadCommandConfig(input, io);
    return driveWork(
      {
        ...order,
        async then(results, codebase) {
          const suggestions = results.flatMap(({ findings }) => findings);
          const run = refactorRun({ codebase, suggestions, ...(await runGround(codebase)) });
          return driveThroughRun("refactor", run, config, io);
        },
      },
      input,
      io,
    );
  },
};
