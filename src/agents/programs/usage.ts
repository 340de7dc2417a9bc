import { nanoUsd } from "../../foundation/units.ts";
import type { AgentUsage } from "./program.ts";

export const NO_USAGE: AgentUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cost: null,
};

/** Both together; the cost of one that says none is not counted as $0: the sum says none where neither does. Pure. */
export function addUsage(one: AgentUsage, other: AgentUsage): AgentUsage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    cost: one.cost === null && other.cost === null ? null : nanoUsd((one.cost ?? 0) + (other.cost ?? 0)),
  };
}

/** Of two readings of the same work, the tokens of both that are larger; the cost of the first that says one. Pure. */
export function largerUsage(one: AgentUsage, other: AgentUsage): AgentUsage {
  return {
    inputTokens: Math.max(one.inputTokens, other.inputTokens),
    cacheReadTokens: Math.max(one.cacheReadTokens, other.cacheReadTokens),
    cacheWriteTokens: Math.max(one.cacheWriteTokens, other.cacheWriteTokens),
    outputTokens: Math.max(one.outputTokens, other.outputTokens),
    reasoningTokens: Math.max(one.reasoningTokens, other.reasoningTokens),
    cost: one.cost ?? other.cost,
  };
}

/** All tokens that a provider would bill; reasoning is part of the output. Pure. */
export function tokensOf(usage: AgentUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
}
