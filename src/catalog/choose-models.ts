import { AllotError } from "../foundation/errors.ts";
import type { Catalog, CatalogModel } from "./catalog.ts";

/** A provider the user can reach now. */
export interface AvailableProvider {
  readonly name: string;
  /** For people: "ANTHROPIC_API_KEY is set", "answers on 127.0.0.1:11434". */
  readonly why: string;
  /** Where it lives, if not at its usual address. */
  readonly baseUrl?: string;
  /** Names of the models it has, where it tells (Ollama does). */
  readonly models?: readonly string[];
}

/** What the user asked for; all optional. */
export interface ModelWishes {
  readonly big?: string | null;
  readonly small?: string | null;
  /** Preferred provider: LLM_DEFAULT_PROVIDER. */
  readonly provider?: string | null;
  /** The big model of one provider: CLAUDE_MODEL for anthropic, GROK_MODEL for xai. */
  readonly providerModels?: Readonly<Record<string, string | null>>;
  readonly offline?: boolean;
}

export interface ChosenModels {
  readonly big: CatalogModel;
  readonly small: CatalogModel;
  /** One line for the screen: what was chosen, from what. */
  readonly why: string;
}

/** Best known planners first; a local server costs nothing but is asked only when no key is there. */
const PREFERENCE = ["anthropic", "openai", "google", "xai", "openai-compatible", "ollama"];

const NEEDS: Readonly<Record<string, string>> = {
  anthropic: "set ANTHROPIC_API_KEY",
  openai: "set OPENAI_API_KEY",
  google: "set GEMINI_API_KEY",
  xai: "set XAI_API_KEY",
  "openai-compatible": "set OPENAI_COMPATIBLE_BASE_URL (and OPENAI_COMPATIBLE_API_KEY if it wants a key)",
  ollama: "start Ollama, or set OLLAMA_HOST",
};

/**
 * Which models play big and small, from what the user has: the models asked for by name, else the preferred provider's
 * defaults, else those of the first available provider, else offline. Both tiers come from one provider unless asked
 * otherwise. Pure.
 *
 * Throws `provider-not-configured` when what was asked for cannot be reached, `unknown-model` for a name that no list
 * holds and that names no provider.
 */
export function chooseModels(
  catalog: Catalog,
  available: readonly AvailableProvider[],
  wishes: ModelWishes = {},
): ChosenModels {
  if (wishes.offline === true) return offline(catalog, "--offline was asked for");
  const askedBig = asked(catalog, available, wishes.big, wishes.provider);
  const askedSmall = asked(catalog, available, wishes.small, wishes.provider);
  const home = homeProvider(available, wishes, askedBig?.provider ?? askedSmall?.provider);
  if (home === undefined) {
    if (askedBig !== undefined || askedSmall !== undefined) {
      const only = askedBig ?? askedSmall;
      if (only !== undefined) return { big: only, small: only, why: `${only.id} for both tiers, as asked` };
    }
    return offline(catalog, "no key in the environment and no local Ollama");
  }
  const defaults = defaultsOf(catalog, home, wishes);
  const big = askedBig ?? defaults?.big ?? askedSmall;
  const small = askedSmall ?? (askedBig?.tier === "small" ? askedBig : defaults?.small) ?? askedBig;
  if (big === undefined || small === undefined) {
    if (wishes.provider === home.name) {
      throw new AllotError(
        "provider-not-configured",
        `${home.name} has no model to choose by itself: name one with --big and --small`,
      );
    }
    const others = available.filter((provider) => provider !== home);
    return chooseModels(catalog, others, wishes);
  }
  const how = [askedBig === undefined ? "" : "--big", askedSmall === undefined ? "" : "--small"].filter(Boolean);
  return { big, small, why: how.length > 0 ? `${how.join(" and ")} as asked; ${home.why}` : home.why };
}

function asked(
  catalog: Catalog,
  available: readonly AvailableProvider[],
  name: string | null | undefined,
  preferred: string | null | undefined,
): CatalogModel | undefined {
  if (name === null || name === undefined) return undefined;
  // A provider stated for the session decides whose model a bare name is, unless the catalogue knows better.
  const listed = catalog.find(name);
  const served = available.find((provider) => provider.models?.includes(name));
  const fallback = preferred ?? served?.name ?? (available.length === 1 ? available[0]?.name : undefined);
  const provider = served?.name ?? listed?.provider ?? fallback;
  const home = available.find((candidate) => candidate.name === provider);
  const model = catalog.resolve(name, {
    ...(provider === undefined ? {} : { provider }),
    ...(home?.baseUrl === undefined ? {} : { baseUrl: home.baseUrl }),
  });
  if (model.provider !== "offline" && home === undefined) {
    throw new AllotError(
      "provider-not-configured",
      `model "${name}" is served by ${model.provider}, which is not set up: ${NEEDS[model.provider] ?? "give its address"}`,
      { details: { provider: model.provider, model: name } },
    );
  }
  return model;
}

function homeProvider(
  available: readonly AvailableProvider[],
  wishes: ModelWishes,
  modelProvider: string | undefined,
): AvailableProvider | undefined {
  const wished = wishes.provider ?? undefined;
  if (wished !== undefined && wished !== "offline") {
    const found = available.find((provider) => provider.name === wished);
    if (found !== undefined) return found;
    throw new AllotError(
      "provider-not-configured",
      `the default provider is ${wished}, which is not set up: ${NEEDS[wished] ?? "give its address"}`,
      { details: { provider: wished } },
    );
  }
  if (wished === "offline" && modelProvider === undefined) return undefined;
  const order = [modelProvider, ...PREFERENCE];
  const byOrder = order.map((name) => available.find((provider) => provider.name === name));
  return byOrder.find((provider) => provider !== undefined);
}

function defaultsOf(
  catalog: Catalog,
  home: AvailableProvider,
  wishes: ModelWishes,
): { readonly big: CatalogModel; readonly small: CatalogModel } | undefined {
  const named = wishes.providerModels?.[home.name] ?? undefined;
  const at = { provider: home.name, ...(home.baseUrl === undefined ? {} : { baseUrl: home.baseUrl }) };
  if (home.models !== undefined) {
    const sized = home.models.toSorted((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1));
    const big = named ?? sized[0];
    const small = sized.filter((name) => sizeOf(name) >= 7).at(-1) ?? sized[0];
    if (big === undefined || small === undefined) return undefined;
    return { big: catalog.resolve(big, at), small: catalog.resolve(named ?? small, at) };
  }
  const big = named === undefined ? catalog.defaultModel(home.name, "big") : catalog.resolve(named, at);
  const small = big?.tier === "small" ? big : catalog.defaultModel(home.name, "small");
  return big === undefined || small === undefined ? undefined : { big, small };
}

/** Billions of parameters by a local model's name: "qwen3-coder:30b" is 30; 0 where it does not say. */
function sizeOf(name: string): number {
  return Number(/(\d+(?:\.\d+)?)b(?![a-z])/i.exec(name)?.[1] ?? 0);
}

function offline(catalog: Catalog, why: string): ChosenModels {
  const model = catalog.resolve("offline", { provider: "offline" });
  return { big: model, small: { ...model, tier: "small" }, why: `offline: ${why}` };
}
