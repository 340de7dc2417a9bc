import type { ModelInfo, ModelPrice as ListedRates } from "@pydantic/genai-prices";
import { fromUsd } from "../foundation/units.ts";
import { BASE_VERSION, baseModels, matchModel, ratesAt, toPrice } from "./base-list.ts";
import type { CatalogModel, ModelPrice } from "./catalog.ts";
import { NOT_FOR_TEXT, OVERLAY_MODELS, OVERLAY_VERSION, PROVIDER_RULES, SMALL_NAME } from "./overlay.ts";
import type { DatedRates, OverlayModel, ProviderRule } from "./overlay.ts";
import { SEEDS_FROM, SEEDS_LIST, SEEDS_PRICES } from "./seeds-prices.ts";

/** One model as base list and overlay know it together, before a date is chosen. */
export interface Entry {
  readonly id: string;
  readonly rule: ProviderRule;
  readonly info: ModelInfo | undefined;
  readonly overlay: OverlayModel | undefined;
  /** False for models that do no text work, are deprecated, or belong to another provider. */
  readonly listed: boolean;
}

/** Every model of the four providers with a price list: the overlay's own first, then the base list's in its order. */
export const ENTRIES: readonly Entry[] = PROVIDER_RULES.flatMap((rule) => {
  const base = baseModels(rule.baseId);
  const own = Object.entries(OVERLAY_MODELS)
    .filter(([id, overlay]) => overlay.provider === rule.provider && !base.some((info) => info.id === id))
    .map(([id, overlay]): Entry => ({ id, rule, info: undefined, overlay, listed: true }));
  const known = base.map((info): Entry => {
    const overlay = OVERLAY_MODELS[info.id];
    return {
      id: info.id,
      rule,
      info,
      overlay: overlay?.provider === rule.provider ? overlay : undefined,
      listed: isListed(info, rule),
    };
  });
  return [...own, ...known];
});

function isListed(info: ModelInfo, rule: ProviderRule): boolean {
  if (info.deprecated === true || NOT_FOR_TEXT.test(info.id)) return false;
  // Google's list also holds what it resells of Anthropic; those names belong to anthropic here.
  if (rule.provider === "google" && info.id.includes("claude")) return false;
  return ratesAt(info, 0).rates.output_mtok !== undefined;
}

/** The entry a name means: by id, by alias, by the base list's rules, then by label. Pure. */
export function findEntry(name: string, provider: string | undefined): Entry | undefined {
  const entries = ENTRIES.filter((entry) => provider === undefined || entry.rule.provider === provider);
  const spelled = spell(name);
  const exact = entries.find((entry) => entry.id === spelled) ?? entries.find((entry) => hasAlias(entry, spelled));
  if (exact !== undefined) return exact;
  const dated = entries.find((entry) => entry.info === undefined && isDatedFormOf(spelled, entry.id));
  if (dated !== undefined) return dated;
  for (const rule of PROVIDER_RULES) {
    if (provider !== undefined && rule.provider !== provider) continue;
    const own =
      provider === undefined ? entries.filter((entry) => entry.listed || rule.provider !== "google") : entries;
    const infos = own.flatMap((entry) => (entry.rule === rule && entry.info !== undefined ? [entry.info] : []));
    const info = matchModel(infos, spelled);
    if (info !== undefined) return entries.find((entry) => entry.rule === rule && entry.info === info);
  }
  return entries.find((entry) => spell(labelOf(entry)) === spelled);
}

function hasAlias(entry: Entry, name: string): boolean {
  return entry.overlay?.aliases?.includes(name) ?? false;
}

function isDatedFormOf(name: string, id: string): boolean {
  return name.startsWith(`${id}-`) && /^(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/.test(name.slice(id.length + 1));
}

/** "Claude 3.5 Haiku" -> "claude-3.5-haiku": how people write a name, as the lists spell it. */
export function spell(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^models\//, "")
    .replace(/[\s_]+/g, "-");
}

/**
 * The id to send to the provider: what was asked for where that is a provider's own spelling (dated forms, variants),
 * else the list's id.
 */
export function idFor(entry: Entry, asked: string): string {
  const name = asked.trim().replace(/^models\//, "");
  if (name !== spell(name) || hasAlias(entry, name)) return entry.id;
  const known = entry.info === undefined ? isDatedFormOf(name, entry.id) : matchModel([entry.info], name) !== undefined;
  if (!known) return entry.id;
  const forPeople = entry.rule.provider === "anthropic" && (name.includes(".") || /^claude-[4-9]/.test(name));
  return forPeople ? entry.id : name;
}

/** The model of an entry at a date and under a price list. */
export function modelAt(entry: Entry, id: string, at: number, priceList: string): CatalogModel {
  return {
    id,
    provider: entry.rule.provider,
    label: labelOf(entry),
    tier: entry.overlay?.tier ?? tierByName(entry.id),
    contextWindow: entry.overlay?.contextWindow ?? entry.info?.context_window ?? null,
    maxOutputTokens: entry.overlay?.maxOutputTokens ?? null,
    price: priceAt(entry, at, priceList),
    aliases: entry.overlay?.aliases ?? [],
  };
}

/** The tier of a model that no table names. */
export function tierByName(name: string): "small" | "big" {
  return SMALL_NAME.test(name.toLowerCase()) ? "small" : "big";
}

function labelOf(entry: Entry): string {
  const name = entry.overlay?.label ?? entry.info?.name ?? entry.id;
  return name.replace(/^gpt[- ](?=\d)/i, "GPT-").replace(/^gemini(?= )/, "Gemini");
}

function priceAt(entry: Entry, at: number, priceList: string): ModelPrice | null {
  const priorityPermille = entry.overlay?.priorityPermille ?? 1000;
  const factors = { batchPermille: entry.rule.batchPermille, priorityPermille };
  const seeds = priceList === SEEDS_LIST ? SEEDS_PRICES[entry.id] : undefined;
  if (seeds !== undefined) {
    const rates = { input_mtok: seeds.input, output_mtok: seeds.output };
    return toPrice(rates, entry.rule, factors, { version: SEEDS_LIST, from: SEEDS_FROM });
  }
  const own = entry.overlay?.rates;
  if (own !== undefined) {
    const dated = own.findLast(({ from }) => at >= Date.parse(from)) ?? own[0];
    if (dated === undefined) return null;
    return toPrice(listed(dated), entry.rule, factors, { version: OVERLAY_VERSION, from: dated.from });
  }
  if (entry.info === undefined) return null;
  const { rates, from } = ratesAt(entry.info, at);
  return toPrice(rates, entry.rule, factors, { version: `${BASE_VERSION}+${OVERLAY_VERSION}`, from });
}

/** Our rates in the base list's form. */
function listed({ rates, long }: DatedRates): ListedRates {
  const tiered = (rate: number | undefined, above: number | undefined): ListedRates[string] =>
    rate === undefined || above === undefined || long === undefined
      ? rate
      : { base: rate, tiers: [{ start: long.aboveInputTokens, price: above }] };
  return {
    input_mtok: tiered(rates.input, long?.rates.input),
    output_mtok: tiered(rates.output, long?.rates.output),
    cache_read_mtok: tiered(rates.cacheRead, long?.rates.cacheRead),
    cache_write_mtok: tiered(rates.cacheWrite, long?.rates.cacheWrite),
  };
}

/** A price of nothing at all, for models on the user's own machine. */
export function localPrice(): ModelPrice {
  const nothing = fromUsd(0);
  return {
    input: nothing,
    output: nothing,
    cacheRead: nothing,
    cacheWrite5m: nothing,
    cacheWrite1h: nothing,
    reasoning: nothing,
    longContext: [],
    batchPermille: 1000,
    priorityPermille: 1000,
    version: OVERLAY_VERSION,
    from: "",
  };
}

/** Rates of another provider's list, for addresses that it knows; no rules of ours apply. */
export function priceInList(
  baseId: string,
  name: string,
  at: number,
): { info: ModelInfo; price: ModelPrice | null } | undefined {
  const info = matchModel(baseModels(baseId), name);
  if (info === undefined) return undefined;
  const { rates, from } = ratesAt(info, at);
  const factors = { batchPermille: 1000, priorityPermille: 1000 };
  return { info, price: toPrice(rates, undefined, factors, { version: BASE_VERSION, from }) };
}
