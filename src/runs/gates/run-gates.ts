import type { Gate, GateFacts, GateResult } from "./gate.ts";
import { GATES } from "./gates.ts";

export interface GateReport {
  readonly accepted: boolean;
  readonly base: string;
  readonly head: string;
  /** Number and title of the task. */
  readonly task: string;
  /** Codes of what failed, each once. */
  readonly codes: readonly string[];
  readonly results: readonly GateResult[];
  readonly tookMs: number;
}

/**
 * Judges a worker's result. Gates run in order of price: what reads files runs whole, so that one round of feedback
 * names everything that can be seen; commands run only when nothing cheaper has failed. Never throws for a bad
 * result: that is an answer. Throws what git or the machine throws.
 */
export async function runGates(facts: GateFacts, gates: readonly Gate[] = GATES): Promise<GateReport> {
  const startedAt = performance.now();
  const results: GateResult[] = [];
  let refused = false;
  for (const gate of gates.toSorted((a, b) => a.price - b.price)) {
    if (refused && gate.price === 2) continue;
    const result = await gate.check(facts);
    refused ||= result.status === "failed";
    results.push(result);
    // Of two equal trees, or of one that was built on something else, nothing further can be said.
    if (result.code === "empty-diff" || result.code === "stale-base") break;
  }
  return {
    accepted: !refused,
    base: facts.base.revision,
    head: facts.head.revision,
    task: `${facts.task.number}: ${facts.task.title}`,
    codes: [...new Set(results.filter(({ status }) => status === "failed").map(({ code }) => code))],
    results,
    tookMs: Math.round(performance.now() - startedAt),
  };
}
