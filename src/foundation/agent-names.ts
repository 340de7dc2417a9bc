/** Agents that are programs of their own, and our tool loops that work as such. Here, because options and plans both read it. */
export const AGENT_NAMES = ["codex", "claude", "comet", "api"] as const;

export type AgentName = (typeof AGENT_NAMES)[number];

export function isAgentName(name: string): name is AgentName {
  return (AGENT_NAMES as readonly string[]).includes(name);
}
