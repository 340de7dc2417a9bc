import type { NanoUsd } from "../foundation/units.ts";

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

export interface LongContextTier extends Pick<ModelPrice, "input" | "output" | "cacheRead" | "cacheWrite5m" | "cacheWrite1h" | "reasoning"> {
  readonly aboveInputTokens: number;
}
