import type { Catalog } from "../catalog/catalog.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import type { Config } from "../config/config.ts";

/** The catalogue with the user's own models and the price list that was chosen. */
export function openConfiguredCatalog(config: Config, asOf: number): Catalog {
  return openCatalog({ asOf, overrides: config.models, priceList: config.settings.prices });
}
