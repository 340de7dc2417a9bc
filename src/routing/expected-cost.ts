import type { Catalog, CatalogModel, ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import type { WorkTokens } from "./expected-work.ts";
import type { RouteTable } from "./route-table.ts";
import type { ExpectedCost } from "./routing.ts";

const MILLION = 1_000_000;

/** The models whose price a task is compared at, whatever the table says. */
const PROVIDERS = ["anthropic", "openai", "google", "xai"];

/** What so many plain tokens cost: no cache, no batch; rounded up once. Pure. */
export function plainCost(work: WorkTokens, price: ModelPrice): NanoUsd {
  const rates = price.longContext.findLast(({ aboveInputTokens }) => work.inputTokens > aboveInputTokens) ?? price;
  return nanoUsd(Math.ceil((work.inputTokens * rates.input + work.outputTokens * rates.output) / MILLION));
}

/** A model's price; where it is unknown the dearest of its provider stands in, never nothing. */
export function priceOf(
  catalog: Pick<Catalog, "dearest">,
  model: CatalogModel,
): { price: ModelPrice; assumed: boolean } {
  return model.price === null
    ? { price: catalog.dearest(model.provider), assumed: true }
    : { price: model.price, assumed: false };
}

/** The share of the premium cost that is saved: 0.8 is four fifths less, negative is more. 0 where both are free. */
export function savingOf(cost: NanoUsd, premium: NanoUsd): number {
  return premium === 0 ? 0 : 1 - cost / premium;
}

export interface CostFacts {
  readonly catalog: Pick<Catalog, "dearest" | "defaultModel">;
  readonly resolve: (name: string) => CatalogModel;
  readonly table: RouteTable;
}

/** What a task is expected to cost with an agent and a model. Pure. */
export function expectedCost(facts: CostFacts, work: WorkTokens, agent: string, name: string): ExpectedCost {
  const cost = plainCost(work, priceOf(facts.catalog, facts.resolve(name)).price);
  const premium = plainCost(work, priceOf(facts.catalog, facts.resolve(facts.table.premium)).price);
  return { agent, model: name, ...work, cost, saving: savingOf(cost, premium) };
}

/**
 * The same work on each other model that makes sense: those of the table, the premium one, and each big provider's two
 * defaults; cheapest first, each model once. Pure.
 */
export function costElsewhere(
  facts: CostFacts,
  work: WorkTokens,
  agent: string,
  chosen: string,
): readonly ExpectedCost[] {
  const rows = Object.values(facts.table.rows);
  const own = [...rows.map(({ agent: by, model }) => ({ by, model })), { by: agent, model: facts.table.premium }];
  const others = PROVIDERS.flatMap((provider) => {
    const models = (["small", "big"] as const).map((tier) => facts.catalog.defaultModel(provider, tier));
    return models.flatMap((model) => (model === undefined ? [] : [{ by: agent, model: model.id }]));
  });
  const seen = new Set([facts.resolve(chosen).id]);
  const costs: ExpectedCost[] = [];
  for (const { by, model } of [...own, ...others]) {
    const { id } = facts.resolve(model);
    if (seen.has(id)) continue;
    seen.add(id);
    costs.push(expectedCost(facts, work, by, model));
  }
  return costs.sort((a, b) => a.cost - b.cost || (a.model < b.model ? -1 : 1));
}
