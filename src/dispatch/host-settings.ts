import { canonicalJson, sha256 } from "../foundation/ids.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { ProviderSettings } from "../providers/providers.ts";
import type { StoreSettings } from "../storage/store-driver.ts";

/** Keys, addresses and headers by provider; JSON-safe, because a call host gets them from its environment. */
export type ProvidersSettings = Readonly<Partial<Record<ProviderName, Omit<ProviderSettings, "fetch">>>>;

/**
 * What a call host is told, as JSON in its environment: never in its arguments, which every user of the machine can
 * read, nor in the database or a log.
 */
export interface HostSettings {
  readonly store: StoreSettings;
  readonly hostKey: string;
  /** Process identity line of the worker. */
  readonly spawner: string;
  readonly providers: ProvidersSettings;
}

export const HOST_VARIABLE = "ALLOT_CALL_HOST";

/** Tells settings apart without giving them away: short, and different for each host key. */
export function settingsFingerprint(hostKey: string, providers: ProvidersSettings): string {
  return sha256(`${hostKey}\n${canonicalJson(providers)}`).slice(0, 12);
}
