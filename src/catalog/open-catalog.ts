import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import { nanoUsd } from "../foundation/units.ts";
import { baseProviderAt } from "./base-list.ts";
import type { Catalog, CatalogModel, ListFilter, LongContextTier, Lookup, ModelPrice } from "./catalog.ts";
import { ENTRIES, findEntry, idFor, localPrice, modelAt, priceInList, spell, tierByName } from "./entries.ts";
import { LOCAL_PROVIDERS, PROVIDER_RULES } from "./overlay.ts";
import { SEEDS_LIST } from "./seeds-prices.ts";
import { withUserPrice } from "./user-models.ts";
import type { ModelOverride } from "./user-models.ts";

/** What `--prices` accepts. */
export const PRICE_LISTS: readonly string[] = ["current", SEEDS_LIST];

/** Providers a name may be prefixed with: "ollama/qwen3-coder". */
const PROVIDERS: readonly string[] = [
  ...PROVIDER_RULES.map((rule) => rule.provider),
  "openai-compatible",
  ...LOCAL_PROVIDERS,
];

export interface CatalogOptions {
  /** Epoch ms for which prices are asked unless a look-up says otherwise. */
  readonly asOf: number;
  /** The user's own models and prices, by name; dollars per million tokens. */
  readonly overrides?: Readonly<Record<string, ModelOverride>>;
  /** One of `PRICE_LISTS`; "current" by default. */
  readonly priceList?: string;
}

interface UserModel {
  readonly name: string;
  readonly override: ModelOverride;
  /** The known model it changes; undefined for one of the user's own. */
  readonly known: CatalogModel | undefined;
  readonly entryId: string | undefined;
}

/** What look-ups work on. */
interface Layers {
  readonly asOf: number;
  readonly priceList: string;
  readonly users: readonly UserModel[];
}

/** Opens the catalogue. Pure: no file, clock or network is touched. Throws `config-invalid` for unusable overrides. */
export function openCatalog(options: CatalogOptions): Catalog {
  const { asOf, priceList = "current" } = options;
  if (!PRICE_LISTS.includes(priceList)) {
    throw new AllotError("config-invalid", `price list "${priceList}" is unknown; known are ${PRICE_LISTS.join(", ")}`);
  }
  const users = Object.entries(options.overrides ?? {}).map(([name, override]) =>
    userModel(name, override, asOf, priceList),
  );
  const layers: Layers = { asOf, priceList, users };
  return {
    asOf,
    find: (name, lookup = {}) => find(layers, name, lookup),
    list: (filter = {}) => list(layers, filter),
    resolve(name, lookup = {}) {
      const model = find(layers, name, lookup);
      if (model === undefined) throw unknownModel(layers, name);
      return model;
    },
    dearest(provider) {
      const own = list(layers, provider === undefined ? {} : { provider }).flatMap((model) => model.price ?? []);
      return dearestOf(own.length > 0 ? own : list(layers, {}).flatMap((model) => model.price ?? []));
    },
    defaultModel(provider, tier) {
      const name = PROVIDER_RULES.find((rule) => rule.provider === provider)?.[tier];
      return name === undefined ? undefined : find(layers, name, { provider });
    },
  };
}

function find(layers: Layers, nameOrAlias: string, lookup: Lookup): CatalogModel | undefined {
  const at = lookup.at ?? layers.asOf;
  const { name, provider } = splitProvider(nameOrAlias, lookup.provider);
  const own = layers.users.find(
    (user) => isCalled(user, name) && (provider === undefined || providerOf(user) === provider),
  );
  if (own !== undefined && own.entryId === undefined) return applyUser(own, ownModel(own));
  const asked = own?.known?.id ?? name;
  const entry = findEntry(asked, provider ?? own?.known?.provider);
  if (entry !== undefined) {
    const model = modelAt(entry, idFor(entry, asked), at, layers.priceList);
    const user = layers.users.find(({ entryId, known }) => entryId === entry.id && known?.provider === model.provider);
    return user === undefined ? model : applyUser(user, model);
  }
  if (provider !== undefined) return unlisted(name, provider, at, lookup.baseUrl);
  return spell(name) === "offline" ? unlisted("offline", "offline", at, undefined) : undefined;
}

function list(layers: Layers, filter: ListFilter): readonly CatalogModel[] {
  const at = filter.asOf ?? layers.asOf;
  const known = ENTRIES.filter((entry) => entry.listed).flatMap(
    (entry) => find(layers, entry.id, { provider: entry.rule.provider, at }) ?? [],
  );
  const own = layers.users.filter((user) => user.entryId === undefined).map((user) => applyUser(user, ownModel(user)));
  return [...own, ...known]
    .filter((model) => filter.provider === undefined || model.provider === filter.provider)
    .filter((model) => filter.tier === undefined || model.tier === filter.tier)
    .sort(
      (a, b) =>
        PROVIDERS.indexOf(a.provider) - PROVIDERS.indexOf(b.provider) ||
        (b.price?.output ?? -1) - (a.price?.output ?? -1) ||
        (a.id < b.id ? -1 : 1),
    );
}

function unknownModel(layers: Layers, name: string): AllotError {
  const names = list(layers, {}).flatMap((known) => [known.id, ...known.aliases]);
  return new AllotError(
    "unknown-model",
    `model "${name}" is not in the catalogue.${didYouMean(name, names)} ` +
      `Any name works with its provider in front: ollama/${spell(name)}.`,
    { details: { model: name } },
  );
}

/** A model of the user's configuration, checked once at opening. */
function userModel(name: string, override: ModelOverride, asOf: number, priceList: string): UserModel {
  const entry = findEntry(name, override.provider);
  const known = entry === undefined ? undefined : modelAt(entry, idFor(entry, name), asOf, priceList);
  if (known === undefined && override.provider === undefined) {
    throw new AllotError(
      "config-invalid",
      `models.${name} is not in the catalogue, so it needs a "provider"; one of ${PROVIDERS.join(", ")}`,
    );
  }
  const user: UserModel = { name, override, known, entryId: entry?.id };
  applyUser(user, known ?? ownModel(user));
  return user;
}

/** "ollama/qwen3" -> qwen3 of ollama. Names with a slash of their own (OpenRouter's) stay whole. */
function splitProvider(text: string, provider: string | undefined): { name: string; provider: string | undefined } {
  const slash = text.indexOf("/");
  const prefix = text.slice(0, Math.max(0, slash)).toLowerCase();
  const isPrefix = provider === undefined ? PROVIDERS.includes(prefix) : prefix === provider;
  return isPrefix ? { name: text.slice(slash + 1), provider: prefix } : { name: text, provider };
}

function isCalled(user: UserModel, name: string): boolean {
  return user.name === name || spell(user.name) === spell(name) || (user.override.aliases ?? []).includes(name);
}

function providerOf(user: UserModel): string {
  return user.known?.provider ?? user.override.provider ?? "";
}

function ownModel(user: UserModel): CatalogModel {
  return unlisted(user.name, providerOf(user), 0, undefined);
}

function applyUser(user: UserModel, model: CatalogModel): CatalogModel {
  const { override } = user;
  return {
    ...model,
    label: override.label ?? model.label,
    tier: override.tier ?? model.tier,
    contextWindow: override.contextWindow ?? model.contextWindow,
    maxOutputTokens: override.maxOutputTokens ?? model.maxOutputTokens,
    aliases: [...(override.aliases ?? []), ...model.aliases],
    price: withUserPrice(user.name, override, model.price),
  };
}

/** A name that no list holds: accepted for a provider that was named, its price unknown unless it runs locally. */
function unlisted(name: string, provider: string, at: number, baseUrl: string | undefined): CatalogModel {
  const baseId = baseUrl === undefined ? undefined : baseProviderAt(baseUrl);
  const elsewhere = baseId === undefined ? undefined : priceInList(baseId, name, at);
  return {
    id: name,
    provider,
    label: provider === "offline" ? "offline planner (no model)" : (elsewhere?.info.name ?? name),
    tier: tierByName(name),
    contextWindow: elsewhere?.info.context_window ?? null,
    maxOutputTokens: null,
    price: LOCAL_PROVIDERS.includes(provider) ? localPrice() : (elsewhere?.price ?? null),
    aliases: [],
  };
}

/** Each rate at its highest; long-context tiers are folded in, so the result needs none. */
function dearestOf(prices: readonly ModelPrice[]): ModelPrice {
  const rates = prices.flatMap((price): Omit<LongContextTier, "aboveInputTokens">[] => [price, ...price.longContext]);
  const highest = (pick: (rate: Omit<LongContextTier, "aboveInputTokens">) => number) =>
    nanoUsd(Math.max(...rates.map(pick)));
  return {
    input: highest((rate) => rate.input),
    output: highest((rate) => rate.output),
    cacheRead: highest((rate) => rate.cacheRead),
    cacheWrite5m: highest((rate) => rate.cacheWrite5m),
    cacheWrite1h: highest((rate) => rate.cacheWrite1h),
    reasoning: highest((rate) => rate.reasoning),
    longContext: [],
    batchPermille: 1000,
    priorityPermille: Math.max(...prices.map((price) => price.priorityPermille)),
    version: "assume-max",
    from: "",
  };
}
