import { openAgentHome } from "../../agents/programs/agent-home.ts";
import type { Config } from "../../config/config.ts";
import type { AgentName } from "../../foundation/agent-names.ts";
import type { RunSpec } from "../../runs/run.ts";
import type { RunAgents } from "../../runs/work/run-agents.ts";
import type { Store } from "../../storage/storage.ts";
import { openConfiguredAgentHosting } from "../agent-hosting.ts";

/** Whose models an agent program asks by itself; the others ask what is set up here. */
const VENDORS: Readonly<Partial<Record<AgentName, "openai" | "anthropic">>> = { codex: "openai", claude: "anthropic" };

/** Agent programs for one life of a run: hosted apart, at home in folders of their own, under the run's limits. */
export function openRunAgents(
  config: Config,
  store: Store,
  spec: RunSpec,
  env: Readonly<Record<string, string | undefined>>,
): RunAgents {
  return {
    hosting: openConfiguredAgentHosting(config, store),
    environment: (agent, home) =>
      openAgentHome({ agent, home, userEnv: env, login: loginOf(config, agent) === "own-login" }),
    terms: (agent) => ({
      gateway: loginOf(config, agent),
      terms: { runBudget: spec.limit ?? null, parentBudget: config.settings.budget },
    }),
  };
}

/**
 * Who pays: the user's provider keys through allot's gateway, or the program's own login. By itself it is the gateway where a key
 * for the program's own provider is set up, else its login. Our own loops have no login.
 */
export function loginOf(config: Config, agent: AgentName): "gateway" | "own-login" {
  const vendor = VENDORS[agent];
  if (vendor === undefined) return "gateway";
  const asked = config.settings.agentLogin;
  if (asked !== "auto") return asked === "own" ? "own-login" : "gateway";
  const { apiKey } = config.providers[vendor];
  return apiKey === null ? "own-login" : "gateway";
}
