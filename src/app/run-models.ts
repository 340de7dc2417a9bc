import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import { chooseModels } from "../catalog/choose-models.ts";
import type { Config } from "../config/config.ts";
import type { UnknownPrice } from "../dispatch/direct/call-terms.ts";
import { AllotError } from "../foundation/errors.ts";
import type { ProviderName } from "../providers/provider.ts";
import { chainOf, type FallbackFacts, type FirstTarget, wishFor } from "../routing/fallback/chains.ts";
import type { RunModel, RunSpec } from "../runs/run.ts";
import { availableProviders } from "./available-providers.ts";

/**
 * Which models play big and small in a run, from what the user has. Offline runs have none. Throws
 * `provider-not-configured` or `unknown-model` for what was asked for and cannot be had, `usage` for a fallback that
 * nobody knows, and `unknown-model` for a model
 * without a known price where the policy is to deny it.
 */
export async function chooseRunModels(
  config: Config,
  catalog: Catalog,
): Promise<Pick<RunSpec, "big" | "small" | "modelsWhy" | "standIns">> {
  const { settings } = config;
  const available = settings.offline ? [] : await availableProviders(config);
  const providerModels = { anthropic: settings.claudeModel, xai: settings.grokModel };
  const chosen = chooseModels(catalog, available, {
    big: settings.big,
    small: settings.small,
    provider: settings.provider,
    providerModels,
    offline: settings.offline,
  });
  const facts = { catalog, available, providerModels };
  const [big, small] = [withStandIns(config, chosen.big, facts), withStandIns(config, chosen.small, facts)];
  for (const model of [...big.models, ...small.models]) refuseUnpriced(model, settings.unknownPrice);
  const standIns = { big: big.standIns, small: small.standIns };
  const anybody = big.standIns.length + small.standIns.length > 0;
  return {
    big: runModel(big.models[0]),
    small: runModel(small.models[0]),
    modelsWhy: [chosen.why, standInsText(standIns), ...new Set([...big.passedOver, ...small.passedOver])]
      .filter((text) => text !== "")
      .join("; "),
    ...(anybody ? { standIns } : {}),
  };
}

/** A tier's model and who may stand in for it, as far as the user allows anybody. */
function withStandIns(config: Config, model: CatalogModel, facts: FallbackFacts) {
  const { fallback, preferGrok } = config.settings;
  const asked = { provider: model.provider, model: model.id };
  const names = fallback === null || model.provider === "offline" ? [] : wishFor(asked, fallback, facts.catalog);
  const { targets, passedOver } = chainOf(
    asked,
    { names, preferGrok: preferGrok && model.provider !== "offline" },
    facts,
  );
  const [first = model, ...others] = targets.map((target) => modelOfTarget(facts, target));
  return {
    models: [first, ...others] as const,
    standIns: others.flatMap((other) => runModel(other) ?? []),
    passedOver: passedOver.map(({ name, why }) => `${name} cannot stand in: ${why}`),
  };
}

function modelOfTarget({ catalog, available }: FallbackFacts, { provider, model }: FirstTarget): CatalogModel {
  const baseUrl = available.find(({ name }) => name === provider)?.baseUrl;
  return catalog.resolve(model, { provider, ...(baseUrl === undefined ? {} : { baseUrl }) });
}

function standInsText({ big, small }: NonNullable<RunSpec["standIns"]>): string {
  const labels = [...new Set([...big, ...small].map(({ label }) => label))];
  return labels.length === 0 ? "" : `${labels.join(", ")} may stand in`;
}

function runModel(model: CatalogModel): RunModel | undefined {
  if (model.provider === "offline") return undefined;
  const { id, label, maxOutputTokens } = model;
  return {
    provider: model.provider as ProviderName,
    id,
    label,
    ...(maxOutputTokens === null ? {} : { maxOutputTokens }),
  };
}

function refuseUnpriced(model: CatalogModel, policy: UnknownPrice): void {
  if (policy !== "deny" || model.price !== null) return;
  throw new AllotError(
    "unknown-model",
    `the price of ${model.id} is not known, and --unknown-price is deny; give its prices in the user's configuration under "models"`,
  );
}
