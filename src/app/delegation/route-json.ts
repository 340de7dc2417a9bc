import type { CatalogModel } from "../../catalog/catalog.ts";
import { toUsd } from "../../foundation/units.ts";
import type { DelegatedTask } from "../../routing/open-delegator.ts";
import type { ExpectedCost } from "../../routing/routing.ts";

/** A delegation for programs: money in dollars, and exact in nano-dollars. */
export function routeJson(task: DelegatedTask, model: CatalogModel): Readonly<Record<string, unknown>> {
  const { price } = model;
  return {
    type: task.type,
    agent: task.agent,
    model: task.model,
    modelId: task.modelId,
    provider: task.provider,
    session: task.session,
    priority: task.priority,
    confidence: round(task.confidence),
    decision: task.decision,
    kind: task.kind,
    simple: task.simple,
    language: task.language,
    reasons: task.reasons,
    expectedCostUsd: toUsd(task.expectedCost),
    saving: round(task.saving),
    expected: costJson(task.expected),
    elsewhere: task.elsewhere.map(costJson),
    price:
      price === null
        ? null
        : {
            inputUsdPerMillion: toUsd(price.input),
            outputUsdPerMillion: toUsd(price.output),
            version: price.version,
            from: price.from,
          },
    shares: Object.fromEntries(Object.entries(task.shares).map(([type, share]) => [type, round(share)])),
    evidence: task.evidence,
  };
}

export function costJson({ agent, model, inputTokens, outputTokens, cost, saving }: ExpectedCost): object {
  return { agent, model, inputTokens, outputTokens, costUsd: toUsd(cost), costNanoUsd: cost, saving: round(saving) };
}

function round(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
