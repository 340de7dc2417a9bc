import { AllotError } from "../foundation/errors.ts";
import { baseUrlAt, PROVIDER_ADDRESSES, type ProviderAddress } from "./addresses.ts";
import { openAnthropic } from "./anthropic/anthropic.ts";
import { openGoogle } from "./google/google.ts";
import { openOffline } from "./offline/offline.ts";
import { openOllama } from "./ollama/ollama.ts";
import type { OpenProvider } from "./open-provider.ts";
import { openOpenai } from "./openai/openai.ts";
import { openOpenaiCompatible } from "./openai-compatible/openai-compatible.ts";
import type { Provider, ProviderName } from "./provider.ts";
import { openXai } from "./xai/xai.ts";

/**
 * The front door of `providers/`: who can serve models, and how each is reached. It owns the wire: requests and answers in
 * one form, usage in one normal form, faults as codes of one table. Its invariant: one `call` is one paid request at
 * most, and whatever happens to it, what it cost is told or estimated, never 0 by silence.
 *
 * Rejected: the SDK's `generateText` (retries and loops of its own hide paid requests), and taking usage from the SDK's
 * view of an answer (the lifetime of cache writes is lost in it, and so is all of it when a stream is cut).
 *
 * A new provider is one folder and one line in the table.
 */
export const PROVIDERS: Readonly<Record<ProviderName, ProviderEntry>> = {
  anthropic: { ...PROVIDER_ADDRESSES.anthropic, open: openAnthropic },
  openai: { ...PROVIDER_ADDRESSES.openai, open: openOpenai },
  xai: { ...PROVIDER_ADDRESSES.xai, open: openXai },
  google: { ...PROVIDER_ADDRESSES.google, open: openGoogle },
  ollama: { ...PROVIDER_ADDRESSES.ollama, open: openOllama },
  "openai-compatible": { ...PROVIDER_ADDRESSES["openai-compatible"], open: openOpenaiCompatible },
  offline: { ...PROVIDER_ADDRESSES.offline, open: openOffline },
};

export interface ProviderEntry extends ProviderAddress {
  readonly open: OpenProvider;
}

export interface ProviderSettings {
  readonly apiKey?: string;
  /** See `resolveBaseUrl` for what may be left out. */
  readonly baseUrl?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
  /**
   * OpenAI and xAI: which of their two formats. Default: "responses" at their own address; at another one the same, but
   * chat completions where that address knows nothing else.
   */
  readonly wire?: "responses" | "chat";
}

/** All names in the table. */
export const PROVIDER_NAMES = Object.keys(PROVIDERS) as ProviderName[];

/**
 * Opens a provider; does no network and reads no environment.
 * Throws `provider-not-configured` where a key or an address is missing, `config-invalid` for a bad address.
 */
export function openProvider(name: ProviderName, settings: ProviderSettings = {}): Provider {
  const entry = PROVIDERS[name];
  const given = settings.baseUrl?.trim() ?? "";
  const apiKey = settings.apiKey?.trim() ?? "";
  if (given === "" && entry.baseUrl === "" && name !== "offline") {
    throw new AllotError(
      "provider-not-configured",
      `${entry.label} has no address; give one by ${entry.baseUrlVariable} or --upstream`,
    );
  }
  if (entry.needsKey && apiKey === "" && given === "") {
    throw new AllotError(
      "provider-not-configured",
      `${entry.label} needs a key; set ${entry.keyVariables.join(" or ")}`,
    );
  }
  return entry.open({
    baseUrl: name === "offline" ? "" : baseUrlAt(name, given),
    // The SDK would look into the environment for a key that is not given.
    apiKey: apiKey === "" && entry.needsKey ? "none" : apiKey,
    headers: { ...settings.headers },
    fetch: settings.fetch ?? fetch,
    wire: settings.wire ?? (given === "" ? "responses" : "any"),
    context: {
      label: entry.label,
      keyVariable: entry.keyVariables[0] ?? "",
      secrets: [apiKey, ...Object.values(settings.headers ?? {})].filter((secret) => secret !== ""),
    },
  });
}
