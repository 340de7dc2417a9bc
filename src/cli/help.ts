import { describeOptions } from "../config/describe-options.ts";
import { alignRows } from "../foundation/table.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** `allot --help`: what it is, the commands, where to begin; or one command's help. */
export function programHelp(command?: Command): string {
  if (command !== undefined) return commandHelp(command);
  const rows = COMMANDS.map(({ name, positionals, summary }) => [`  allot ${[name, positionals].filter((part) => part !== "").join(" ")}`, summary]);
  return [
    "allot gives each piece of work to the cheapest model that can do it, and proves the result with checks of its own.",
    "",
    "Commands",
    ...alignRows(rows),
    "",
    "Begin with",
    "  allot demo                                        the whole way on a bundled sample, no key needed",
    '  allot run "Split src/big.js into modules" --repo . on your own repository',
    "",
    "`allot COMMAND --help` shows options and examples. Exit codes: 0 done and accepted, 1 refused by a check, 3 needs you,",
    "others as docs/errors.md lists them.",
    "",
  ].join("\n");
}

/** One command's help: usage, options, examples. */
export function commandHelp(command: Command): string {
  const options = describeOptions(command.options).map(({ flag, text }) => [`  ${flag}`, text]);
  return [
    `allot ${[command.name, command.positionals, "[options]"].filter((part) => part !== "").join(" ")}`,
    "",
    `  ${command.summary}`,
    "",
    "Options",
    ...alignRows(options),
    "",
    "Examples",
    ...command.examples.flatMap(({ command: line, shows }) => [`  ${line}`, `      ${shows}`]),
    "",
  ].join("\n");
}
