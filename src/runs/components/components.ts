import type { AgentName } from "../../foundation/agent-names.ts";
import type { ContractPart, ContractRequest } from "../gates/api/contract-facts.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import type { Component, ComponentSpec, RunSpec } from "../run.ts";

/** The component that a mini-task makes; undefined in runs without components, and for fix rounds over several. */
export function componentOf(spec: Pick<RunSpec, "components">, task: MiniTask): Component | undefined {
  return spec.components?.parts.find((part) => part.task === task.number);
}

/**
 * The API contract that a mini-task's result is held to: the run's own, with the side that its component keeps, else the one
 * that stands in the tree. Pure.
 */
export function contractRequestOf(spec: Pick<RunSpec, "components">, task: MiniTask): ContractRequest | "auto" {
  if (spec.components?.contract === undefined) return "auto";
  const part = componentOf(spec, task);
  return { ...spec.components.contract, ...(part === undefined ? {} : { part: partOf(spec.components, part) }) };
}

function partOf({ parts }: ComponentSpec, { name, side, folders }: Component): ContractPart {
  if (side === "neither") return { side: undefined, folders, alone: false };
  // Nobody who could serve may be told apart from a server.
  const own = side ?? "server";
  return { side, folders, alone: parts.every((other) => other.name === name || (other.side ?? own) !== own) };
}

/**
 * The agent program that carries a mini-task out: the one its file names, else the run's executor for work of the small
 * tier, and for that of the big one where the run has no big model. undefined: exact steps, or a tool loop on a model. Pure.
 */
export function agentOf(spec: Pick<RunSpec, "executor" | "big">, task: MiniTask): AgentName | undefined {
  if (task.tier === "exact") return undefined;
  return task.agent ?? (task.tier === "small" || spec.big === undefined ? spec.executor : undefined);
}

/** The name of a mini-task's folder among the run's workspaces. */
export function placeOf(spec: Pick<RunSpec, "components">, task: MiniTask): string {
  return componentOf(spec, task)?.name ?? `task-${task.number}`;
}

/**
 * The model that an agent asks for: of "codex=gpt-5.5,claude=opus" its own, of one name that one; else our own loops, which have
 * no settings, work with the run's. undefined: what the agent takes by itself. Pure.
 */
export function modelFor(
  spec: Pick<RunSpec, "agentModel" | "small" | "big">,
  agent: AgentName,
  tier: "small" | "big" = "small",
): string | undefined {
  const asked = (spec.agentModel ?? "").split(",").map((part) => part.trim());
  const stated =
    asked.find((part) => part.startsWith(`${agent}=`))?.slice(agent.length + 1) ??
    asked.find((part) => part !== "" && !part.includes("="));
  if (stated !== undefined || (agent !== "comet" && agent !== "api")) return stated;
  const own = spec[tier];
  return own === undefined ? undefined : `${own.provider}/${own.id}`;
}
