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
  const alone = parts.every((other) => other.name === name || (other.side !== undefined && other.side !== side));
  return { side, folders, alone };
}

/**
 * The agent program that carries a mini-task out: the one its file names, else the run's executor for work of the small
 * tier. undefined: exact steps, or a tool loop on a model. Pure.
 */
export function agentOf(spec: Pick<RunSpec, "executor">, task: MiniTask): AgentName | undefined {
  if (task.tier === "exact") return undefined;
  return task.agent ?? (task.tier === "small" ? spec.executor : undefined);
}

/** The name of a mini-task's folder among the run's workspaces. */
export function placeOf(spec: Pick<RunSpec, "components">, task: MiniTask): string {
  return componentOf(spec, task)?.name ?? `task-${task.number}`;
}
