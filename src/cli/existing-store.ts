import { existsSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { systemClock } from "../foundation/clock.ts";
import type { Store } from "../storage/storage.ts";

/** The store, where there is one already: a command that only looks makes none. Throws `storage-unusable`. */
export async function openExistingStore(config: Config): Promise<Store | undefined> {
  if (config.store.kind === "sqlite" && !existsSync(config.store.path)) return undefined;
  // Loaded where there is one: the way to a database is most of what a command that looks has to load.
  const { openConfiguredStore } = await import("../app/store.ts");
  return openConfiguredStore(config, systemClock);
}
