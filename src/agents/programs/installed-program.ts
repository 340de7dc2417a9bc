import { type Found, findProgram, needed, type ProgramOptions } from "./find-program.ts";
import { throwIfInterrupted } from "./interrupted.ts";
import type { AgentEnd, AgentProgram } from "./program.ts";

/** What one of the user's own programs is, and how it is run once it was found. */
export interface InstalledProgram {
  readonly name: string;
  /** Arguments that print the help texts whose flags are used. */
  readonly helps: readonly (readonly string[])[];
  /** For who has it not: "install Codex: npm install ...". */
  readonly howToInstall: string;
  readonly run: (
    program: Found,
    options: ProgramOptions,
    ...work: Parameters<AgentProgram["work"]>
  ) => Promise<AgentEnd>;
}

/** An agent that the user has installed: looked for once, and only when it is asked for. */
export function openInstalled(installed: InstalledProgram, options: ProgramOptions): AgentProgram {
  const { name, helps, howToInstall, run } = installed;
  let found: Promise<Found | null> | undefined;
  const find = (): Promise<Found | null> => (found ??= findProgram(name, helps, options));
  return {
    name,
    async detect() {
      const program = await find();
      return program === null ? null : { path: program.path, version: program.version };
    },
    async work(task, signal, onEvent) {
      throwIfInterrupted(signal);
      return run(needed(await find(), name, howToInstall), options, task, signal, onEvent);
    },
  };
}
