import { describeOptions } from "../config/describe-options.ts";
import { alignRows } from "../foundation/table.ts";
import type { Command } from "./command.ts";
import { wrapText } from "./view/fit.ts";

/** Where the texts of options begin; flags that are longer stand on a line of their own. */
const TEXT_COLUMN = 26;
const WIDEST = 100;

/** `allot --help`: what it is, the commands, where to begin. */
export function programHelp(commands: readonly Command[], columns: number): string {
  const width = Math.min(columns, WIDEST);
  const entries = commands.flatMap((command) => entry(usageOf(command), command.summary, width));
  return [
    ...wrapText(
      "allot gives each piece of work to the cheapest model that can do it, and proves the result with checks of its own.",
      width,
    ),
    "",
    "Commands",
    ...entries,
    "",
    "Begin with",
    ...entry("demo", "the whole way on a bundled sample: no key, no model", width),
    ...entry(
      'run "Split src/big.py into modules" --repo DIR',
      "on your own repository; the result is left on a branch of it",
      width,
    ),
    "",
    ...wrapText(
      "allot COMMAND --help shows options and examples. Exit codes: 0 done and accepted, 1 refused by gates check, 3 needs you, 130 stopped by Ctrl-C, others as docs/errors.md lists them.",
      width,
    ),
    "",
  ].join("\n");
}

/** One command's help: usage, options, examples. */
export function commandHelp(command: Command, columns: number): string {
  const width = Math.min(columns, WIDEST);
  return [
    `allot ${usageOf(command)} [options]`,
    "",
    ...wrapText(command.summary, width, "  "),
    "",
    "Options",
    ...optionTexts(command).flatMap(({ flag, text }) => entry(flag, text, width)),
    "",
    "Examples",
    ...command.examples.flatMap(({ command: line, shows }) => [`  ${line}`, ...wrapText(shows, width, "      ")]),
    "",
  ].join("\n");
}

/** The options of a command with what they mean for it. */
export function optionTexts(command: Command): readonly { readonly flag: string; readonly text: string }[] {
  return describeOptions(command.options).map(({ name, flag, text }) => {
    const value = command.optionValues?.[name];
    return {
      flag: value === undefined ? flag : flag.replace(/ \S+$/, ` ${value}`),
      text: command.optionTexts?.[name] ?? text,
    };
  });
}

export function usageOf({ name, positionals }: Command): string {
  return [name, positionals].filter((part) => part !== "").join(" ");
}

/** A term and its text beside it, wrapped; below it where the term is long. */
function entry(term: string, text: string, width: number): string[] {
  const hanging = " ".repeat(TEXT_COLUMN);
  const lines = wrapText(text, width, hanging);
  const [first = "", ...rest] = lines;
  if (term.length + 4 > TEXT_COLUMN) return [`  ${term}`, ...lines];
  return [...alignRows([[`  ${term}`.padEnd(TEXT_COLUMN - 2), first.trimStart()]]), ...rest];
}
