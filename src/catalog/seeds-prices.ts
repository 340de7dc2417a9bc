/**
 * The price table of `seeds/002` ("Model Pricing, as of 2025-10") as a dated price list, selectable by
 * `--prices seeds-2025-10`. Dollars per million tokens, as written there. (Its Haiku row is the list price of Claude 3
 * Haiku; Claude 3.5 Haiku itself was sold at $0.80 and $4.00. `docs/figures.md` shows what that changes.)
 */
export const SEEDS_LIST = "seeds-2025-10";

export interface ListedPrice {
  readonly input: number;
  readonly output: number;
}

export const SEEDS_FROM = "2025-10-01";

export const SEEDS_PRICES: Readonly<Record<string, ListedPrice>> = {
  "claude-3-5-sonnet": { input: 3, output: 15 },
  "claude-3-5-haiku-latest": { input: 0.25, output: 1.25 },
  "gpt-4o": { input: 2.5, output: 10 },
  "gpt-4o-mini": { input: 0.15, output: 0.6 },
};
