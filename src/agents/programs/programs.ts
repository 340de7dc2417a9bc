import { openClaude } from "./claude/claude.ts";
import { openCodex } from "./codex/codex.ts";
import type { ProgramOptions } from "./find-program.ts";
import type { AgentProgram } from "./program.ts";

/** Every agent that is a program, by name: a new one is a folder and a line here. */
const PROGRAMS: Readonly<Record<string, (options: ProgramOptions) => AgentProgram>> = {
  codex: openCodex,
  claude: openClaude,
};

export const AGENT_NAMES: readonly string[] = Object.keys(PROGRAMS);

/** The agent of that name; undefined where there is none. */
export function openProgram(name: string, options: ProgramOptions): AgentProgram | undefined {
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name]?.(options) : undefined;
}
