import type { NanoUsd } from "../foundation/units.ts";

/*
 * The catalogue answers "which model is that, and what does it cost on that day?". It owns names, tiers, windows and
 * dated prices; what a call costs is the ledger's arithmetic. `openCatalog` stands in open-catalog.ts.
 *
 * Three layers, the upper wins: the bundled genai-prices list (offline, dated), our overlay (tiers, short names, output
 * limits, batch factors, models newer than the list), the user's own figures. Every price names the layer it comes from.
 *
 * Invariant: an unknown price is null, never $0; only models on the user's own machine cost nothing.
 *
 * Rejected: prices fetched at run time (a run must cost the same offline and on resume); prices as floats.
 */

/** exact: no model at all. */
export type Tier = "exact" | "small" | "big";

/** One model as allot knows it at a date. */
export interface CatalogModel {
  /** The provider's own name: "claude-sonnet-4-5-20250929". */
  readonly id: string;
  readonly provider: string;
  /** For people: "Claude Sonnet 4.5". */
  readonly label: string;
  readonly tier: "small" | "big";
  /** Tokens of input and output together; null where unknown. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  /** null: unknown, which is never $0. */
  readonly price: ModelPrice | null;
  readonly aliases: readonly string[];
}

/** Nano-dollars per million tokens, so that every list price is a whole number. */
export interface ModelPrice {
  readonly input: PerMillion;
  readonly output: PerMillion;
  readonly cacheRead: PerMillion;
  readonly cacheWrite5m: PerMillion;
  readonly cacheWrite1h: PerMillion;
  /** Rate of reasoning tokens; equals `output` where the provider makes no difference. */
  readonly reasoning: PerMillion;
  /** Other rates once the whole input passes `aboveInputTokens`, dearest last. */
  readonly longContext: readonly LongContextTier[];
  /** Factors in thousandths: 500 is half price. */
  readonly batchPermille: number;
  readonly priorityPermille: number;
  /** Which price list this is: "genai-prices@0.1.8", "seeds-2025-10", "user"; kept in every ledger row. */
  readonly version: string;
  /** ISO date from which these prices hold, "" where the list does not say. */
  readonly from: string;
}

export type PerMillion = NanoUsd;

export interface LongContextTier extends Pick<
  ModelPrice,
  "input" | "output" | "cacheRead" | "cacheWrite5m" | "cacheWrite1h" | "reasoning"
> {
  readonly aboveInputTokens: number;
}

/** What a look-up may state beside the name. */
export interface Lookup {
  readonly provider?: string;
  /** Epoch ms; prices hold from a date on. */
  readonly at?: number;
  /** Where an openai-compatible endpoint lives: addresses that the base list knows have known prices. */
  readonly baseUrl?: string;
}

export interface Catalog {
  /** The epoch ms for which prices are given unless a look-up says otherwise. */
  readonly asOf: number;
  /**
   * The model of that name, alias or label; undefined where nothing is known of it. With `provider` given any name is
   * accepted, its price null when unknown (zero for local providers only). "provider/name" states both.
   */
  find(nameOrAlias: string, lookup?: Lookup): CatalogModel | undefined;
  /** As `find`, but throws `unknown-model` with the closest names. */
  resolve(nameOrAlias: string, lookup?: Lookup): CatalogModel;
  /** Text models, by provider and then dearest output first. */
  list(filter?: ListFilter): readonly CatalogModel[];
  /** Each rate at its highest among the provider's models (or all): the worst case where a price is unknown. */
  dearest(provider?: string): ModelPrice;
  /** The provider's default for a tier; undefined for providers without models of their own in the catalogue. */
  defaultModel(provider: string, tier: "small" | "big"): CatalogModel | undefined;
}

export interface ListFilter {
  readonly provider?: string;
  readonly tier?: "small" | "big";
  /** Epoch ms. */
  readonly asOf?: number;
}
