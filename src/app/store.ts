import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/config.ts";
import type { Clock } from "../foundation/clock.ts";
import { openStore, type Store } from "../storage/storage.ts";

/**
 * Opens the store that the configuration names. On Postgres, ALLOT_HOME is this machine's folder for the files that go
 * with it. Throws `storage-unusable` or `config-invalid`.
 */
export async function openConfiguredStore({ store, settings }: Config, clock: Clock): Promise<Store> {
  const folder = store.kind === "sqlite" ? dirname(store.path) : settings.home;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return openStore({
    ...(store.kind === "sqlite" ? { path: store.path } : { url: store.url.reveal(), folder }),
    clock,
  });
}
