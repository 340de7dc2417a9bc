import { openProgram } from "../../agents/programs/programs.ts";
import { isAgentName, type AgentName } from "../../foundation/agent-names.ts";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { RunSpec } from "../../runs/run.ts";

const GET: Readonly<Partial<Record<AgentName, string>>> = {
  codex: "npm install -g @openai/codex",
  claude: "npm install -g @anthropic-ai/claude-code",
};

/**
 * Looks whether every agent program that a run is made with is installed, before anything is begun.
 * Throws `command-not-found` with how to get the first one that is not.
 */
export async function requireAgents(
  spec: Pick<RunSpec, "executor" | "planner" | "verifier" | "plan">,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<void> {
  const named = [spec.planner, spec.executor, spec.verifier, ...(spec.plan?.tasks.map(({ agent }) => agent) ?? [])];
  const agents = new Set(named.filter((name) => name !== undefined && isAgentName(name)));
  for (const agent of agents) {
    const installed = await openProgram(agent, { searchPath: env["PATH"] ?? "", clock })?.detect();
    if (installed !== undefined && installed !== null) continue;
    const get = GET[agent];
    throw new AllotError(
      "command-not-found",
      `${agent} is not installed${get === undefined ? "" : `; get it with: ${get}`}. allot agents says who can do work here.`,
    );
  }
}
