import type { Catalog, CatalogModel } from "../../catalog/catalog.ts";
import { type AvailableProvider, chooseModels } from "../../catalog/choose-models.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { priceOfCall } from "../../ledger/worst-case.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { decide } from "../../throttle/decide.ts";
import type { Books, Thresholds } from "../../throttle/throttle.ts";
import { termsOf } from "./call-terms.ts";
import type { Cheaper, DirectAsk } from "./direct.ts";

/** What a cheaper way is looked for in. */
export interface CheaperParts {
  readonly catalog: Catalog;
  readonly books: Pick<Books, "states">;
  readonly thresholds: Thresholds;
  readonly available: readonly AvailableProvider[];
}

/**
 * The cheapest model among the small ones of the providers that are set up which costs less than what was asked for, in
 * the worst case, and which the limits would let through now. null where there is none.
 */
export async function cheaperWay(parts: CheaperParts, ask: DirectAsk): Promise<Cheaper | null> {
  const { catalog, books, thresholds } = parts;
  const own = termsOf(ask, priceOfCall(catalog, ask.provider, ask.request.model), "assume-max");
  const ways = parts.available
    .flatMap((provider) => smallModel(catalog, provider) ?? [])
    .flatMap((model) => {
      const other: DirectAsk = {
        ...ask,
        provider: model.provider as ProviderName,
        request: {
          ...ask.request,
          model: model.id,
          maxOutputTokens: Math.min(ask.request.maxOutputTokens, model.maxOutputTokens ?? Number.MAX_SAFE_INTEGER),
        },
      };
      const terms = termsOf(other, priceOfCall(catalog, model.provider, model.id), "deny");
      const costsLess = terms !== undefined && own !== undefined && terms.worst.nanoUsd < own.worst.nanoUsd;
      return costsLess ? [{ model, terms }] : [];
    })
    .toSorted((a, b) => a.terms.worst.nanoUsd - b.terms.worst.nanoUsd);
  for (const { model, terms } of ways) {
    const states = await books.states(terms.ask.scopeKeys);
    if (decide(states, terms.ask, thresholds).kind !== "admitted") continue;
    return { provider: model.provider as ProviderName, model: model.id, worst: nanoUsd(terms.worst.nanoUsd) };
  }
  return null;
}

function smallModel(catalog: Catalog, provider: AvailableProvider): CatalogModel | undefined {
  try {
    return chooseModels(catalog, [provider], { provider: provider.name }).small;
  } catch (error) {
    // An address whose models nobody can name has none to offer.
    if (isAllotError(error, "provider-not-configured")) return undefined;
    throw error;
  }
}
