import type { AgentHosting, HostedWork } from "../../agents/programs/hosting/hosted-work.ts";
import type { AgentName } from "../../foundation/agent-names.ts";
import type { RunSpec } from "../run.ts";

/** What one round of an agent may use up. Pure. */
export function agentLimits({ limit, agentTokens }: RunSpec): HostedWork["task"]["limits"] {
  return {
    ...(agentTokens === undefined ? {} : { tokens: agentTokens }),
    ...(limit === undefined ? {} : { nanoUsd: limit }),
  };
}

/** Agent programs as a run uses them: who hosts their work, and what each life of the run settles about it. */
export interface RunAgents {
  readonly hosting: AgentHosting;
  /** The whole environment of an agent whose home is the folder `home`, which outlives the work. */
  environment(agent: AgentName, home: string): Promise<Readonly<Record<string, string>>>;
  /** What its spend falls under besides session, run and project; and whose login it uses. */
  terms(agent: AgentName): Pick<HostedWork, "gateway"> & { readonly terms: Partial<HostedWork["terms"]> };
}
