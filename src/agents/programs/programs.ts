import { type AgentName, isAgentName } from "../../foundation/agent-names.ts";
import { openApiAgent } from "./api/api.ts";
import { askOverGateway } from "./api/ask-over-gateway.ts";
import { openClaude } from "./claude/claude.ts";
import { openCodex } from "./codex/codex.ts";
import { openCometAgent } from "./comet/comet.ts";
import type { ProgramOptions } from "./find-program.ts";
import type { AgentProgram } from "./program.ts";

/** Every agent that is a program, by name: a new one is a folder and a line here. */
const PROGRAMS: Readonly<Record<AgentName, (options: ProgramOptions) => AgentProgram>> = {
  codex: openCodex,
  claude: openClaude,
  // Loops of ours: their calls go to the gateway that the task names.
  comet: ({ clock, browser }) =>
    openCometAgent({ ask: askOverGateway(), clock, ...(browser === undefined ? {} : { browser }) }),
  api: ({ clock }) => openApiAgent({ ask: askOverGateway(), clock }),
};

/** The agent of that name; undefined where there is none. */
export function openProgram(name: string, options: ProgramOptions): AgentProgram | undefined {
  return isAgentName(name) ? PROGRAMS[name](options) : undefined;
}
