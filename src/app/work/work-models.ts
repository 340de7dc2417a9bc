import type { Catalog, CatalogModel } from "../../catalog/catalog.ts";
import { type AvailableProvider, chooseModels } from "../../catalog/choose-models.ts";
import { chooseModel, PREMIUM_MODEL } from "../../client/choose-model.ts";
import type { Config } from "../../config/config.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { chainOf, wishFor } from "../../routing/fallback/chains.ts";
import type { WorkKind } from "../../tasks/work.ts";
import { availableProviders } from "../available-providers.ts";

/** Who is to answer a piece of work on a codebase. */
export interface WorkModels {
  readonly model: CatalogModel;
  /** PROVIDER/MODEL of those who may stand in, in their order. */
  readonly fallback: readonly string[];
  /** One line: why this one; who was passed over. */
  readonly why: string;
  /** Nobody can be asked as things are: what to do about it. A plan can be shown all the same. */
  readonly missing: AllotError | null;
}

/** Kinds that the routing table (`routing/routes.ts`) gives to a small model; judging code is the big one's. */
const SMALL_KINDS: readonly WorkKind[] = ["document"];

/**
 * Chooses by `--model`, else Grok where the command is Grok's, else the configured big or small model, as the kind wants.
 * Throws `usage` or `unknown-model` for names that nobody knows; what is not set up is told in `missing`.
 */
export async function chooseWorkModels(
  config: Config,
  catalog: Catalog,
  wish: { readonly kind: WorkKind; readonly grok: boolean },
): Promise<WorkModels> {
  const { settings } = config;
  const isOffline = settings.offline || settings.provider === "offline";
  const available = isOffline ? [] : await availableProviders(config);
  const { model: asked, why } = await askedModel(config, catalog, available, wish);
  const providerModels = { anthropic: settings.claudeModel, xai: settings.grokModel };
  const target = { provider: asked.provider, model: asked.id };
  const names = settings.fallback === null ? [] : wishFor(target, settings.fallback, catalog);
  const chain = chainOf(target, { names, preferGrok: settings.preferGrok }, { catalog, available, providerModels });
  const reachable = chain.targets.filter(({ provider }) => available.some(({ name }) => name === provider));
  const [first = target, ...others] = reachable.length > 0 ? reachable : chain.targets;
  const passedOver = [
    ...chain.passedOver.map(({ name, why: reason }) => `${name} cannot stand in: ${reason}`),
    ...(reachable.length > 0 && !reachable.includes(target) && first !== target
      ? [`${target.provider} is not set up`]
      : []),
  ];
  return {
    model: modelAt(catalog, available, first.provider, first.model),
    fallback: others.map(({ provider, model }) => `${provider}/${model}`),
    why: [why, ...new Set(passedOver)].join("; "),
    missing: reachable.length > 0 ? null : notSetUp(asked, wish.grok, isOffline),
  };
}

async function askedModel(
  config: Config,
  catalog: Catalog,
  available: readonly AvailableProvider[],
  wish: { readonly kind: WorkKind; readonly grok: boolean },
): Promise<{ readonly model: CatalogModel; readonly why: string }> {
  const { settings } = config;
  const providerModels = { anthropic: settings.claudeModel, xai: settings.grokModel };
  if (settings.model !== null) {
    const facts = {
      catalog,
      defaultProvider: settings.provider === "offline" ? null : settings.provider,
      providerModels,
      available: () => Promise.resolve(available),
    };
    const { model } = await chooseModel(facts, settings.model, undefined);
    return { model, why: "--model as asked" };
  }
  if (wish.grok)
    return { model: catalog.resolve(settings.grokModel, { provider: "xai" }), why: "the command is Grok's" };
  const wishes = { big: settings.big, small: settings.small, provider: settings.provider, providerModels };
  if (available.length === 0) return { model: catalog.resolve(PREMIUM_MODEL), why: "nothing is set up" };
  const chosen = chooseModels(catalog, available, wishes);
  const isSmall = SMALL_KINDS.includes(wish.kind);
  return {
    model: isSmall ? chosen.small : chosen.big,
    why: `${isSmall ? "small" : "big"} model for ${wish.kind}; ${chosen.why}`,
  };
}

function modelAt(
  catalog: Catalog,
  available: readonly AvailableProvider[],
  provider: string,
  model: string,
): CatalogModel {
  const baseUrl = available.find(({ name }) => name === provider)?.baseUrl;
  return catalog.resolve(model, { provider, ...(baseUrl === undefined ? {} : { baseUrl }) });
}

const KEYS: Readonly<Partial<Record<ProviderName, string>>> = {
  anthropic: "set ANTHROPIC_API_KEY",
  openai: "set OPENAI_API_KEY",
  xai: "set XAI_API_KEY",
  google: "set GEMINI_API_KEY",
  ollama: "start Ollama, or set OLLAMA_HOST",
  "openai-compatible": "set OPENAI_COMPATIBLE_BASE_URL",
};

const WITHOUT = "--plan-only shows the plan without asking anybody; list, map and chunks need no model.";

function notSetUp(model: CatalogModel, grok: boolean, isOffline: boolean): AllotError {
  const details = { provider: model.provider, model: model.id };
  if (isOffline) {
    return new AllotError("offline-cannot", `this work is a model's, and offline none is asked. ${WITHOUT}`, {
      details,
    });
  }
  const key = KEYS[model.provider as ProviderName] ?? "give its address";
  const other = grok ? ", name another model with --model, or let others answer with --fallback claude" : "";
  return new AllotError(
    "provider-not-configured",
    `${model.label} is served by ${model.provider}, which is not set up: ${key}${other}. ${WITHOUT}`,
    { details },
  );
}
