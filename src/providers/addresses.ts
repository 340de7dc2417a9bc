import { resolveBaseUrl } from "./base-url.ts";
import type { ProviderName } from "./provider.ts";

/**
 * Where each provider is reached, and what its settings are called. Apart from the providers themselves, whose libraries take
 * long to load.
 */
export const PROVIDER_ADDRESSES: Readonly<Record<ProviderName, ProviderAddress>> = {
  anthropic: {
    label: "Anthropic",
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
    baseUrl: "",
    usualPath: "",
    versioned: false,
    endpoints: [],
    keyVariables: [],
    baseUrlVariable: "",
    needsKey: false,
  },
};

export interface ProviderAddress {
  /** For messages. */
  readonly label: string;
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

/** The base URL of a provider in full; its own where none is given. Throws `config-invalid`. */
export function baseUrlAt(name: ProviderName, given: string): string {
  const entry = PROVIDER_ADDRESSES[name];
  // OLLAMA_HOST is often a bare host: its server listens on port 11434.
  const isBare = name === "ollama" && /^[a-z0-9.-]+$/i.test(given);
  return resolveBaseUrl(isBare ? `${given}:11434` : given || entry.baseUrl, entry);
}
