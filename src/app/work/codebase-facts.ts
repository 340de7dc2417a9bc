import { join } from "node:path";
import type { Codebase, ReadOptions } from "../../codebase/facts/facts.ts";
import { readCodebase } from "../../codebase/facts/read-codebase.ts";
import { familyFactor } from "../../codebase/tokens/families.ts";
import { learnedFactor } from "../../codebase/tokens/learned-factors.ts";
import type { TokenFactor } from "../../codebase/tokens/tokens.ts";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../foundation/clock.ts";
import type { Store } from "../../storage/storage.ts";
import { openConfiguredCatalog } from "../catalog.ts";

/** The facts of the codebase that the configuration names, kept below the home folder between calls. */
export function openCodebaseFacts(config: Config, options: Omit<ReadOptions, "cacheFolder"> = {}): Promise<Codebase> {
  return readCodebase(config.settings.repo, { cacheFolder: codebaseFolder(config), ...options });
}

/** Where facts and chunks of codebases are kept between calls. */
export function codebaseFolder({ settings }: Config): string {
  return join(settings.home, "codebase");
}

/** Whose tokens are counted, by what factor. Without a store nothing was learned. */
export async function openTokenFactor(
  config: Config,
  store: Store | undefined,
  named: string | null,
): Promise<{ readonly model: string; readonly factor: TokenFactor }> {
  const catalog = openConfiguredCatalog(config, systemClock.now());
  const wanted = named ?? config.settings.grokModel;
  const model = catalog.find(wanted, named === null ? { provider: "xai" } : {});
  const name = model === undefined ? wanted : `${model.provider}/${model.id}`;
  return { model: name, factor: await factorOf(store, name) };
}

/** How a model counts code: learned where enough answers said it, else by its family. */
export async function factorOf(store: Store | undefined, model: string): Promise<TokenFactor> {
  return store === undefined ? familyFactor(model) : learnedFactor(store, model, "code");
}
