import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Clock } from "../../foundation/clock.ts";
import { currentUser } from "../../routing/lessons/lesson-store.ts";
import type { DelegatorOptions } from "../../routing/open-delegator.ts";
import { openConfiguredCatalog } from "../catalog.ts";

/** What the configuration says for the delegator, all but the store: table, prices, whether it learns, and for whom. */
export function delegatorOptions(config: Config, clock: Clock): Omit<DelegatorOptions, "store" | "ask"> {
  const { settings } = config;
  return {
    catalog: openConfiguredCatalog(config, clock.now()),
    clock,
    routes: config.routes,
    learn: settings.learn === "on",
    owner: { user: currentUser(), repo: repositoryAt(settings.repo) },
    priceList: settings.prices,
    ...(settings.provider === null ? {} : { defaultProvider: settings.provider }),
  };
}

/** The root of the repository that a folder is in, as runs name it; the folder itself where there is none. Reads names only. */
export function repositoryAt(folder: string): string {
  let root: string;
  try {
    root = realpathSync(folder);
  } catch {
    return folder;
  }
  for (let at = root; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return root;
  }
}
