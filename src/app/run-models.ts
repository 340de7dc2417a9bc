import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import { chooseModels } from "../catalog/choose-models.ts";
import type { Config } from "../config/config.ts";
import type { UnknownPrice } from "../dispatch/direct/call-terms.ts";
import { AllotError } from "../foundation/errors.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { RunModel, RunSpec } from "../runs/run.ts";
import { availableProviders } from "./available-providers.ts";

/**
 * Which models play big and small in a run, from what the user has. Offline runs have none. Throws
 * `provider-not-configured` or `unknown-model` for what was asked for and cannot be had, and `unknown-model` for a model
 * without a known price where the policy is to deny it.
 */
export async function chooseRunModels(
  config: Config,
  catalog: Catalog,
): Promise<Pick<RunSpec, "big" | "small" | "modelsWhy">> {
  const { settings } = config;
  const available = settings.offline ? [] : await availableProviders(config);
  const chosen = chooseModels(catalog, available, {
    big: settings.big,
    small: settings.small,
    provider: settings.provider,
    providerModels: { anthropic: settings.claudeModel, xai: settings.grokModel },
    offline: settings.offline,
  });
  for (const model of [chosen.big, chosen.small]) refuseUnpriced(model, settings.unknownPrice);
  return { big: runModel(chosen.big), small: runModel(chosen.small), modelsWhy: chosen.why };
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
