import type { Config } from "../../config/config.ts";
import { isAgentName, type AgentName } from "../../foundation/agent-names.ts";
import { USUAL_ROLES, type RoleHolder, type Roles } from "../../routing/roles/roles.ts";

const LABELS: Readonly<Record<AgentName, string>> = {
  codex: "Codex",
  claude: "Claude Code",
  comet: "Comet",
  api: "API loop",
};

/** Who holds the roles by the configuration; who is not named there, by the seeds: Claude plans and verifies, Codex executes. */
export function configuredRoles({ settings, origins }: Config): Roles {
  const big = settings.big === null ? USUAL_ROLES.planner : modelHolder(settings.big);
  return {
    planner: isAgentName(settings.planner) ? agentHolder(settings.planner) : big,
    executor: executorOf(settings, origins.executor.kind !== "default"),
    verifier: isAgentName(settings.verifier)
      ? agentHolder(settings.verifier)
      : settings.verifier === "checks"
        ? { label: "allot", kind: "agent", name: "checks" }
        : big,
  };
}

function executorOf({ executor, small }: Config["settings"], isStated: boolean): RoleHolder {
  if (isAgentName(executor)) return agentHolder(executor);
  if (small !== null) return modelHolder(small);
  return isStated ? { label: "the small model", kind: "model", name: "small" } : USUAL_ROLES.executor;
}

function agentHolder(name: AgentName): RoleHolder {
  return { label: LABELS[name], kind: "agent", name };
}

function modelHolder(name: string): RoleHolder {
  return { label: name, kind: "model", name };
}
