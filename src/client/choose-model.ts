import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import { type AvailableProvider, chooseModels } from "../catalog/choose-models.ts";
import { LOCAL_PROVIDERS } from "../catalog/overlay.ts";
import { OPTIONS } from "../config/options.ts";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { ProviderName } from "../providers/provider.ts";

/** Where no model is named at all. Source: the guide, "No env vars needed - defaults to Sonnet 4.5". */
export const PREMIUM_MODEL = "claude-sonnet-4-5-20250929";

/** Named here and not by the table of providers, which loads all their libraries. */
const PROVIDER_NAMES: readonly ProviderName[] = OPTIONS.provider.choices;

/** What decides whose model a name means. */
export interface ModelFacts {
  readonly catalog: Catalog;
  /** LLM_DEFAULT_PROVIDER. */
  readonly defaultProvider: ProviderName | null;
  /** CLAUDE_MODEL, and GROK_MODEL for xAI. */
  readonly providerModels: Readonly<Record<string, string | null>>;
  readonly available: () => Promise<readonly AvailableProvider[]>;
}

export interface ChosenModel {
  readonly provider: ProviderName;
  readonly model: CatalogModel;
  /** What the caller had named, or what stood in for no name. */
  readonly requested: string;
}

/**
 * Whose model is it to be?
 *
 * - `provider/name`, or `provider` in the request: that provider's, always
 * - a default provider on this machine (`LLM_DEFAULT_PROVIDER=ollama`): its own model of that name, else its default of the
 *   same tier; every request goes there, so it costs nothing
 * - another default provider: the named model's own provider where that is set up, else the default one's model of the
 *   same tier
 * - no default provider: the provider that the catalogue knows for the name
 *
 * Throws `unknown-model`, `provider-not-configured`, or `usage` for a provider that does not exist.
 */
export async function chooseModel(
  facts: ModelFacts,
  named: string | undefined,
  ownProvider: string | undefined,
): Promise<ChosenModel> {
  const { catalog } = facts;
  const stated = ownProvider === undefined ? undefined : providerNamed(ownProvider);
  const requested = named ?? (await defaultName(facts, stated));
  const prefixed = prefixOf(requested) ?? stated;
  if (prefixed !== undefined) return chosen(await at(facts, requested, prefixed), requested);
  const home = facts.defaultProvider;
  const listed = catalog.find(requested);
  if (home === null) return chosen(listed ?? (await servedSomewhere(facts, requested)), requested);
  if (listed?.provider === home) return chosen(listed, requested);
  const available = await facts.available();
  const own = available.find(({ name }) => name === home)?.models;
  // Names that no list holds are taken for the default provider's, unless it says that it has none such.
  if (own?.includes(requested) === true || (own === undefined && listed === undefined))
    return chosen(await at(facts, requested, home), requested);
  const isSetUp = available.some(({ name }) => name === listed?.provider);
  if (listed !== undefined && isSetUp && !LOCAL_PROVIDERS.includes(home)) return chosen(listed, requested);
  const defaults = chooseModels(catalog, available, { provider: home, providerModels: facts.providerModels });
  return chosen(listed?.tier === "small" ? defaults.small : defaults.big, requested);
}

/** The model that stands in for no name at all. */
async function defaultName(facts: ModelFacts, stated: ProviderName | undefined): Promise<string> {
  const home = stated ?? facts.defaultProvider;
  const own = home === null ? null : (facts.providerModels[home] ?? null);
  if (own !== null) return own;
  if (home === "anthropic") return PREMIUM_MODEL;
  const claude = facts.providerModels["anthropic"] ?? null;
  if (home === null && claude !== null) return claude;
  const available = await facts.available();
  if (home === null && available.some(({ name }) => name === "anthropic")) return PREMIUM_MODEL;
  const { big } = chooseModels(facts.catalog, available, home === null ? {} : { provider: home });
  // Nothing is set up: what to do about it is said best for the model that would have been taken.
  return big.provider === "offline" && home === null ? PREMIUM_MODEL : `${big.provider}/${big.id}`;
}

async function at(facts: ModelFacts, name: string, provider: ProviderName): Promise<CatalogModel> {
  const known = facts.catalog.find(name, { provider });
  const needsAddress = known?.price === null && provider === "openai-compatible";
  const home = needsAddress ? (await facts.available()).find((candidate) => candidate.name === provider) : undefined;
  const baseUrl = home?.baseUrl === undefined ? {} : { baseUrl: home.baseUrl };
  return facts.catalog.resolve(name, { provider, ...baseUrl });
}

/** A name that no list holds: of whoever says that it has it, or of the one address that may have anything. */
async function servedSomewhere(facts: ModelFacts, name: string): Promise<CatalogModel> {
  const available = await facts.available();
  const server =
    available.find(({ models }) => models?.includes(name)) ??
    available.find((candidate) => candidate.name === "openai-compatible");
  return server === undefined ? facts.catalog.resolve(name) : at(facts, name, server.name as ProviderName);
}

function chosen(model: CatalogModel, requested: string): ChosenModel {
  return { provider: model.provider as ProviderName, model, requested };
}

function prefixOf(name: string): ProviderName | undefined {
  const prefix = name.slice(0, Math.max(0, name.indexOf("/"))).toLowerCase();
  return PROVIDER_NAMES.find((provider) => provider === prefix);
}

function providerNamed(name: string): ProviderName {
  const found = PROVIDER_NAMES.find((provider) => provider === name.toLowerCase());
  if (found !== undefined) return found;
  const hint = didYouMean(name, PROVIDER_NAMES);
  throw new AllotError("usage", `provider is "${name}"; one of ${PROVIDER_NAMES.join(", ")} is wanted.${hint}`, {
    details: { field: "provider" },
  });
}
