import { openCodebaseFacts } from "../../../app/work/codebase-facts.ts";
import type { Command } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { listScreen, modulesByWeight, moduleJson } from "../../view/work/list-screen.ts";

/** `allot list`: the modules of a codebase; plain names for a shell's loop, a table for people. */
export const listCommand: Command = {
  name: "list",
  summary: "the modules of a codebase, the most critical first; plain names where no terminal reads them",
  positionals: "",
  options: ["modules", "critical", "repo", "json"],
  examples: [
    { command: "allot list --modules", shows: "modules, tokens, criticality and what made it" },
    {
      command: "for module in $(allot list --modules --critical); do echo $module; done",
      shows: "one name a line, for a shell",
    },
    { command: "allot list --modules --json", shows: "for programs: files, imports and every part of each score" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { critical, json } = config.settings;
    const codebase = await openCodebaseFacts(config, { signal: io.signal });
    const shown = modulesByWeight(codebase, critical);
    if (json) {
      const { root, commit, leftOut } = codebase;
      io.stdout.write(`${JSON.stringify({ root, commit, modules: shown.map(moduleJson), leftOut })}\n`);
    } else if (io.stdout.isTTY === true) {
      const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
      io.stdout.write(listScreen(codebase, shown, form));
    } else {
      io.stdout.write(shown.map(({ name }) => `${name}\n`).join(""));
    }
    return 0;
  },
};
