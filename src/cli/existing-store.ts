import { existsSync } from "node:fs";
import { openConfiguredStore } from "../app/store.ts";
import type { Config } from "../config/config.ts";
import { systemClock } from "../foundation/clock.ts";
import type { Store } from "../storage/storage.ts";

/** The store, where there is one already: a command that only looks makes none. Throws `storage-unusable`. */
export async function openExistingStore(config: Config): Promise<Store | undefined> {
  if (config.store.kind === "sqlite" && !existsSync(config.store.path)) return undefined;
  return openConfiguredStore(config, systemClock);
}
