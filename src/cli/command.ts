import type { Readable, Writable } from "node:stream";
import type { OptionName } from "../config/options.ts";

/** One command of the command line: its help is made from this, and its file holds nothing but the wiring. */
export interface Command {
  /** As typed: "run", "gates check". */
  readonly name: string;
  readonly summary: string;
  /** What stands between the name and the options: `"GOAL"`, `ID`. */
  readonly positionals: string;
  /** Names out of the option table. */
  readonly options: readonly OptionName[];
  /** Where an option means something of its own here. */
  readonly optionTexts?: Readonly<Partial<Record<OptionName, string>>>;
  /** What the value of an option is called here: `--report FORM`. */
  readonly optionValues?: Readonly<Partial<Record<OptionName, string>>>;
  readonly examples: readonly { readonly command: string; readonly shows: string }[];
  /** Answers the exit code; throws AllotError for faults, which the main program turns into text. */
  run(input: CommandInput, io: Io): Promise<number>;
}

export interface CommandInput {
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** What a command may touch of the outside world; tests pass their own. */
export interface Io {
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
