import { AllotError } from "../foundation/errors.ts";
import { openAnthropic } from "./anthropic/anthropic.ts";
import { resolveBaseUrl } from "./base-url.ts";
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
  anthropic: {
    label: "Anthropic",
    open: openAnthropic,
    baseUrl: "https://api.anthropic.com/v1",
    usualPath: "/v1",
    versioned: true,
    endpoints: ["/messages"],
    keyVariables: ["ANTHROPIC_API_KEY"],
    baseUrlVariable: "ANTHROPIC_BASE_URL",
    needsKey: true,
  },
  openai: {
    label: "OpenAI",
    open: openOpenai,
    baseUrl: "https://api.openai.com/v1",
    usualPath: "/v1",
    versioned: false,
    endpoints: ["/responses", "/chat/completions"],
    keyVariables: ["OPENAI_API_KEY"],
    baseUrlVariable: "OPENAI_BASE_URL",
    needsKey: true,
  },
  xai: {
    label: "xAI",
    open: openXai,
    baseUrl: "https://api.x.ai/v1",
    usualPath: "/v1",
    versioned: false,
    endpoints: ["/responses", "/chat/completions"],
    keyVariables: ["XAI_API_KEY", "GROK_API_KEY"],
    baseUrlVariable: "XAI_BASE_URL",
    needsKey: true,
  },
  google: {
    label: "Google",
    open: openGoogle,
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    usualPath: "/v1beta",
    versioned: true,
    endpoints: ["/models"],
    keyVariables: ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"],
    baseUrlVariable: "GOOGLE_GEMINI_BASE_URL",
    needsKey: true,
  },
  ollama: {
    label: "Ollama",
    open: openOllama,
    baseUrl: "http://127.0.0.1:11434",
    usualPath: "",
    versioned: false,
    endpoints: ["/api/chat", "/v1/chat/completions", "/api", "/v1"],
    keyVariables: ["OLLAMA_API_KEY"],
    baseUrlVariable: "OLLAMA_HOST",
    needsKey: false,
  },
  "openai-compatible": {
    label: "the OpenAI-compatible server",
    open: openOpenaiCompatible,
    baseUrl: "",
    usualPath: "/v1",
    versioned: false,
    endpoints: ["/chat/completions"],
    keyVariables: ["OPENAI_COMPATIBLE_API_KEY"],
    baseUrlVariable: "OPENAI_COMPATIBLE_BASE_URL",
    needsKey: false,
  },
  offline: {
    label: "offline",
    open: openOffline,
    baseUrl: "",
    usualPath: "",
    versioned: false,
    endpoints: [],
    keyVariables: [],
    baseUrlVariable: "",
    needsKey: false,
  },
};

export interface ProviderEntry {
  /** For messages. */
  readonly label: string;
  readonly open: OpenProvider;
  /** The provider's own address; "" where there is none, so that one must be given. */
  readonly baseUrl: string;
  /** See `BaseUrlShape` for these three. */
  readonly usualPath: string;
  readonly versioned: boolean;
  readonly endpoints: readonly string[];
  /** Environment variables that usually hold a key, the first one found counts. Read by `config/`, not here. */
  readonly keyVariables: readonly string[];
  readonly baseUrlVariable: string;
  /** True: without a key, only another address than the provider's own can be called. */
  readonly needsKey: boolean;
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
    baseUrl: name === "offline" ? "" : resolveBaseUrl(withPort(name, given || entry.baseUrl), entry),
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

/** OLLAMA_HOST is often a bare host: its server listens on port 11434. */
function withPort(name: ProviderName, given: string): string {
  return name === "ollama" && /^[a-z0-9.-]+$/i.test(given) ? `${given}:11434` : given;
}
