import type { HostedEnd } from "../../agents/programs/hosting/hosted-work.ts";
import type { RunContext } from "../run-context.ts";

/** Tells what a piece of an agent's work has used and cost, as the ledger has it; nothing of one that was never begun. */
export function tellSpend(context: RunContext, task: string, agent: string, { usage, spent }: HostedEnd): void {
  if (spent.calls === 0) return;
  context.emit({
    kind: "call-settled",
    task,
    model: agent,
    inputTokens: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    outputTokens: usage.outputTokens,
    cost: spent.cost,
    replayed: false,
  });
}
