import { formatCount, formatUsd, nanoUsd, type NanoUsd } from "../../../foundation/units.ts";
import type { AgentTask, AgentUsage } from "../program.ts";
import { NO_USAGE, tokensOf } from "../usage.ts";
import type { AskOutcome } from "./agent-ask.ts";

/** What one call used: the answer's own figures, and what it cost; a call of unknown fate costs its hold. Pure. */
export function usageOf(outcome: AskOutcome): AgentUsage {
  switch (outcome.kind) {
    case "answered": {
      const { usage } = outcome.answer;
      return {
        inputTokens: usage.inputTokens,
        cacheReadTokens: usage.cacheReadTokens,
        cacheWriteTokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
        outputTokens: usage.outputTokens,
        reasoningTokens: usage.reasoningTokens,
        cost: outcome.cost,
      };
    }
    case "failed":
      return { ...NO_USAGE, cost: outcome.cost };
    case "unknown":
      return { ...NO_USAGE, cost: outcome.held };
    case "refused":
      return NO_USAGE;
  }
}

/** Which cap the figures have reached, as code and sentence; undefined while another call may be made. Pure. */
export function reachedCap(
  usage: AgentUsage,
  limits: AgentTask["limits"],
): { readonly code: string; readonly message: string } | undefined {
  const used = tokensOf(usage);
  if (limits.tokens !== undefined && used >= limits.tokens) {
    return {
      code: "tokens",
      message: `stopped at ${formatCount(used)} tokens; this work was given ${formatCount(limits.tokens)}`,
    };
  }
  const left = leftToSpend(usage, limits);
  if (left !== undefined && left <= 0) {
    return {
      code: "cost",
      message: `stopped at ${formatUsd(usage.cost ?? nanoUsd(0))}; this work was given ${formatUsd(limits.nanoUsd ?? nanoUsd(0))}`,
    };
  }
  return undefined;
}

/** What may still be spent under the task's own cap; undefined where it has none. Pure. */
export function leftToSpend(usage: AgentUsage, limits: AgentTask["limits"]): NanoUsd | undefined {
  return limits.nanoUsd === undefined ? undefined : nanoUsd(limits.nanoUsd - (usage.cost ?? 0));
}
