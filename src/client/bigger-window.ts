import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import type { Target } from "../dispatch/survival/survival.ts";
import type { ProviderName } from "../providers/provider.ts";

/**
 * A model of the same provider and tier whose window is known to be larger: the cheapest that holds `tokens`, else the
 * largest. undefined where none is known, or the window of the first is not. Pure.
 */
export function biggerWindow(catalog: Catalog, first: Target, tokens: number): Target | undefined {
  const own = catalog.find(first.model, { provider: first.provider });
  if (own === undefined || own.contextWindow === null) return undefined;
  const least = own.contextWindow;
  const larger = catalog
    .list({ provider: first.provider, tier: own.tier })
    .filter(({ contextWindow, price }) => contextWindow !== null && contextWindow > least && price !== null);
  const holding = larger
    .filter(({ contextWindow }) => (contextWindow ?? 0) >= tokens)
    .sort((a, b) => rate(a) - rate(b));
  const chosen = holding[0] ?? larger.toSorted((a, b) => (b.contextWindow ?? 0) - (a.contextWindow ?? 0))[0];
  return chosen === undefined ? undefined : { provider: chosen.provider as ProviderName, model: chosen.id };
}

function rate({ price }: CatalogModel): number {
  return price?.output ?? Infinity;
}
