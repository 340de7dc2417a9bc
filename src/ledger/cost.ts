import type { LongContextTier, ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";

/**
 * Tokens of one call or of many, in classes that do not overlap; reasoning is a part of the output. What a provider's
 * answer reports has this shape.
 */
export interface TokenCounts {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly estimated: boolean;
}

/** The price list of what a subscription pays: $0, with the tokens counted. Such entries keep their price. */
export const SUBSCRIPTION_PRICES = "covered";

/** How a request is served; batch and priority have factors of their own on every rate. */
export type Service = "standard" | "batch" | "priority";

/** The rates of one price list that apply together. */
export type Rates = Omit<LongContextTier, "aboveInputTokens">;

/**
 * What a call costs: each class of tokens at its rate, in whole nano-dollars, rounded up once for the whole call.
 *
 * The long-context tier is chosen by the whole input, cached or not, and then holds for every token of the call.
 * Reasoning is a part of the output and is billed at its own rate. Pure.
 */
export function costOf(usage: TokenCounts, price: ModelPrice, service: Service = "standard"): NanoUsd {
  const rates = ratesFor(inputOf(usage), price);
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens);
  return nanoUsd(
    roundUp(
      [
        [usage.inputTokens, rates.input],
        [usage.cacheReadTokens, rates.cacheRead],
        [usage.cacheWrite5mTokens, rates.cacheWrite5m],
        [usage.cacheWrite1hTokens, rates.cacheWrite1h],
        [usage.outputTokens - reasoning, rates.output],
        [reasoning, rates.reasoning],
      ],
      permille(price, service),
    ),
  );
}

/** The whole input: at the full rate, read from a cache, and written to one. */
export function inputOf(usage: TokenCounts): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** The rates for a call with so much input: those of the last tier it passes, else the list's own. */
export function ratesFor(inputTokens: number, price: ModelPrice): Rates {
  return price.longContext.findLast((tier) => inputTokens > tier.aboveInputTokens) ?? price;
}

/** Thousandths that a service puts on every rate. */
export function permille(price: ModelPrice, service: Service): number {
  if (service === "batch") return price.batchPermille;
  return service === "priority" ? price.priorityPermille : 1000;
}

/** Up to 2^52 a quotient by a billion that is no whole number is never rounded to one. */
const EXACT_QUOTIENT = 4_503_599_627_370_496;

/**
 * Sum of tokens x rate, rounded up to a whole nano-dollar. In BigInt where it passes a safe integer, as a million dear tokens
 * do; smaller sums are exact without, and take a tenth of the time.
 */
export function roundUp(
  parts: readonly (readonly [tokens: number, perMillion: number])[],
  factorPermille: number,
): number {
  let whole = 0;
  for (const [count, rate] of parts) whole += count * rate;
  whole *= factorPermille;
  if (whole <= EXACT_QUOTIENT) return Math.ceil(whole / 1_000_000_000);
  const sum = parts.reduce((total, [count, rate]) => total + BigInt(count) * BigInt(rate), 0n) * BigInt(factorPermille);
  const unit = 1_000_000n * 1000n;
  return Number((sum + unit - 1n) / unit);
}
