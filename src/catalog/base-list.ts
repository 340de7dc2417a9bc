import { findProvider } from "@pydantic/genai-prices";
import type { MatchLogic, ModelInfo, ModelPrice as ListedRates } from "@pydantic/genai-prices";
import { fromUsd, nanoUsd } from "../foundation/units.ts";
import type { LongContextTier, ModelPrice, PerMillion } from "./catalog.ts";
import type { ProviderRule } from "./overlay.ts";

/** The bundled price list; equal to the installed package's version, which a test holds. */
export const BASE_VERSION = "genai-prices@0.1.8";

/** The base list's models of one provider, in its order (the first match wins). */
export function baseModels(baseId: string): readonly ModelInfo[] {
  return findProvider({ providerId: baseId })?.models ?? [];
}

/** The base list's id of the provider that serves an address (`https://api.deepseek.com/v1` -> "deepseek"). */
export function baseProviderAt(url: string): string | undefined {
  return findProvider({ providerApiUrl: url })?.id;
}

/** The first model whose rules match the name; a compact date (`-20250929`) also matches as a dashed one. */
export function matchModel(models: readonly ModelInfo[], name: string): ModelInfo | undefined {
  const dashed = name.replace(/-(20\d{2})(\d{2})(\d{2})(?=-|:|@|$)/, "-$1-$2-$3");
  return (
    models.find((model) => model.id === name) ??
    models.find((model) => matches(model.match, name)) ??
    (dashed === name ? undefined : models.find((model) => matches(model.match, dashed)))
  );
}

function matches(rule: MatchLogic, name: string): boolean {
  const text = name.toLowerCase();
  if ("or" in rule) return rule.or.some((part) => matches(part, name));
  if ("and" in rule) return rule.and.every((part) => matches(part, name));
  if ("equals" in rule) return text === rule.equals.toLowerCase();
  if ("starts_with" in rule) return text.startsWith(rule.starts_with.toLowerCase());
  if ("ends_with" in rule) return text.endsWith(rule.ends_with.toLowerCase());
  if ("contains" in rule) return text.includes(rule.contains.toLowerCase());
  return new RegExp(rule.regex).test(name);
}

/** The rates that hold at `at` (epoch ms) and the ISO date since when, "" where the list gives none. */
export function ratesAt(model: ModelInfo, at: number): { readonly rates: ListedRates; readonly from: string } {
  if (!Array.isArray(model.prices)) return { rates: model.prices, from: "" };
  for (const dated of model.prices.toReversed()) {
    const { constraint, prices } = dated;
    if (constraint === undefined) return { rates: prices, from: "" };
    if (constraint.type === "start_date") {
      if (at >= Date.parse(constraint.start_date)) return { rates: prices, from: constraint.start_date };
    } else if (withinDay(at, constraint.start_time, constraint.end_time)) {
      return { rates: prices, from: "" };
    }
  }
  return { rates: model.prices[0]?.prices ?? {}, from: "" };
}

/** True when the UTC time of day lies in [start, end), which may pass midnight. Times look like "00:55:00Z". */
function withinDay(at: number, start: string, end: string): boolean {
  const time = new Date(at).toISOString().slice(11, 19);
  const [from, to] = [start.slice(0, 8), end.slice(0, 8)];
  return to < from ? time >= from || time < to : time >= from && time < to;
}

/**
 * One price in nano-dollars per million tokens out of the list's dollars. null where input or output is missing: such
 * a model has no known token price, which is never $0. What the list leaves out follows the provider's rule, and
 * without one the input (or output) rate, never less.
 */
export function toPrice(
  rates: ListedRates,
  rule: ProviderRule | undefined,
  factors: { readonly batchPermille: number; readonly priorityPermille: number },
  stamp: { readonly version: string; readonly from: string },
): ModelPrice | null {
  const base = ratesFor(rates, undefined, rule);
  if (base === null) return null;
  const longContext: LongContextTier[] = tierStarts(rates).flatMap((start) => {
    const tier = ratesFor(rates, start, rule);
    return tier === null ? [] : [{ aboveInputTokens: start, ...tier }];
  });
  return { ...base, longContext, ...factors, ...stamp };
}

function tierStarts(rates: ListedRates): number[] {
  const starts = new Set<number>();
  for (const key of ["input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok"]) {
    const rate = rates[key];
    if (typeof rate === "object") for (const tier of rate.tiers) starts.add(tier.start);
  }
  return [...starts].sort((a, b) => a - b);
}

function ratesFor(
  rates: ListedRates,
  start: number | undefined,
  rule: ProviderRule | undefined,
): Omit<LongContextTier, "aboveInputTokens"> | null {
  const listed = (key: string): PerMillion | undefined => rateOf(rates, key, start);
  const input = listed("input_mtok");
  const output = listed("output_mtok");
  if (input === undefined || output === undefined) return null;
  const by = (permille: number | null | undefined): PerMillion | undefined =>
    permille === null || permille === undefined ? undefined : nanoUsd(Math.round((input * permille) / 1000));
  const cacheWrite5m = listed("cache_write_mtok") ?? by(rule?.cacheWrite5mPermille) ?? input;
  return {
    input,
    output,
    cacheRead: listed("cache_read_mtok") ?? by(rule?.cacheReadPermille) ?? input,
    cacheWrite5m,
    cacheWrite1h: listed("cache_write_1h_mtok") ?? by(rule?.cacheWrite1hPermille) ?? cacheWrite5m,
    reasoning: output,
  };
}

/** Nano-dollars per million tokens of one listed rate, at the base or at the tier that begins at `start`. */
function rateOf(rates: ListedRates, key: string, start: number | undefined): PerMillion | undefined {
  const rate = rates[key];
  if (rate === undefined) return undefined;
  if (typeof rate === "number") return fromUsd(rate);
  let dollars = rate.base;
  for (const tier of rate.tiers) if (start !== undefined && tier.start <= start) dollars = tier.price;
  return fromUsd(dollars);
}
