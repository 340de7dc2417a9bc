import { openProgram } from "../../agents/programs/programs.ts";
import { isAgentName, type AgentName } from "../../foundation/agent-names.ts";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { modelFor } from "../../runs/components/components.ts";
import type { RunSpec } from "../../runs/run.ts";

const GET: Readonly<Partial<Record<AgentName, string>>> = {
  codex: "npm install -g @openai/codex",
  claude: "npm install -g @anthropic-ai/claude-code",
};

/** Every agent that a run is made with: its roles', and those that its plan's mini-tasks name. Pure. */
function agentsIn({ planner, executor, verifier, plan }: AgentsOfRun): ReadonlySet<AgentName> {
  const named = [planner, executor, verifier, ...(plan?.tasks.map(({ agent }) => agent) ?? [])];
  return new Set(named.filter((name) => name !== undefined && isAgentName(name)));
}

type AgentsOfRun = Partial<Pick<RunSpec, "executor" | "planner" | "verifier" | "plan">>;

/** The first of a run's agents that is a loop of ours and has no model to ask, by name or by the run's own. Pure. */
export function withoutModel(
  spec: AgentsOfRun & Partial<Pick<RunSpec, "agentModel" | "small" | "big">>,
): AgentName | undefined {
  const { agentModel, small, big } = spec;
  const models = { small, big, ...(agentModel === undefined ? {} : { agentModel }) };
  return [...agentsIn(spec)].find(
    (agent) => (agent === "comet" || agent === "api") && modelFor(models, agent) === undefined,
  );
}

/**
 * Looks whether every agent program that a run is made with is installed, and has a model where it is a loop of ours, before
 * anything is begun. Throws `command-not-found` with how to get the first one that is not, `provider-not-configured`.
 */
export async function requireAgents(
  spec: AgentsOfRun & Pick<RunSpec, "agentModel" | "small" | "big">,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<void> {
  // Without a plan nobody knows yet whether a model is asked at all: offline runs carry out what is exact.
  const alone = spec.plan === undefined ? undefined : withoutModel(spec);
  if (alone !== undefined)
    throw new AllotError("provider-not-configured", `${alone} works with a model of a provider, and none is set up`);
  for (const agent of agentsIn(spec)) {
    const installed = await openProgram(agent, { searchPath: env["PATH"] ?? "", clock })?.detect();
    if (installed !== undefined && installed !== null) continue;
    const get = GET[agent];
    throw new AllotError(
      "command-not-found",
      `${agent} is not installed${get === undefined ? "" : `; get it with: ${get}`}. allot agents says who can do work here.`,
    );
  }
}
