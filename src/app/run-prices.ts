import type { Catalog, ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import { costOf } from "../ledger/cost.ts";
import { priceOfCall } from "../ledger/worst-case.ts";
import type { TokenUsage } from "../providers/provider.ts";
import { ENOUGH_OUTCOMES } from "../runs/report/comparison.ts";
import type { RunContext } from "../runs/run-context.ts";
import type { RunModel, RunSpec } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";

/** The model that stands in for "the big one" in the comparison of a run without any. */
const STAND_IN = "sonnet";

/** What a run needs of the price list: forecasts for its plan, and other models' prices for its report. */
export async function runPrices(
  catalog: Catalog,
  runs: RunStore,
  spec: RunSpec,
): Promise<Pick<RunContext, "prices" | "forecast">> {
  const standIn = catalog.resolve(STAND_IN);
  const big = spec.big ?? { provider: standIn.provider, id: standIn.id, label: standIn.label };
  const priceBig = priced(catalog, big);
  const singles = await Promise.all(
    [big, ...(spec.small === undefined ? [] : [spec.small])].map(async (model) => {
      const { known, rate } = await runs.successRate(model.label);
      return {
        label: model.label,
        price: priced(catalog, model),
        successRate: known >= ENOUGH_OUTCOMES && rate > 0 ? rate : undefined,
      };
    }),
  );
  // A small model whose record is not known is no candidate for doing everything alone.
  const candidates = singles.filter(({ successRate }, index) => index === 0 || successRate !== undefined);
  return {
    prices: { bigLabel: big.label, standIn: spec.big === undefined, priceBig, singles: candidates },
    forecast: (tier, inputTokens, outputTokens, named): NanoUsd => {
      const ofTier = tier === "big" ? spec.big : tier === "small" ? spec.small : undefined;
      const model = named === undefined ? ofTier : (catalog.find(named) ?? ofTier);
      return model === undefined ? nanoUsd(0) : priced(catalog, model)(plainUsage(inputTokens, outputTokens));
    },
  };
}

function priced(catalog: Catalog, model: Pick<RunModel, "id"> & { provider: string }): (usage: TokenUsage) => NanoUsd {
  const price: ModelPrice = priceOfCall(catalog, model.provider, model.id).price;
  return (usage) => costOf(usage, price);
}

function plainUsage(inputTokens: number, outputTokens: number): TokenUsage {
  return {
    inputTokens,
    outputTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  };
}
