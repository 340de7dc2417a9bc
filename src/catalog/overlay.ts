/**
 * What the base price list does not say: which tier a model plays, short names, output limits, batch and priority
 * factors, and models newer than the list. Data only; checked against the providers' own pages in November 2026.
 * A change here gets a new version, because every ledger row keeps the version of its price.
 */
export const OVERLAY_VERSION = "overlay-2026-11";

/** Rules of a whole provider, used where neither the base list nor a model entry says otherwise. */
export interface ProviderRule {
  /** Our name, and the base list's. */
  readonly provider: string;
  readonly baseId: string;
  /** Cache write as a factor of input in thousandths; null where the provider does not charge writes apart. */
  readonly cacheWrite5mPermille: number | null;
  readonly cacheWrite1hPermille: number | null;
  readonly cacheReadPermille: number | null;
  readonly batchPermille: number;
  /** Default models for the two tiers. */
  readonly big: string;
  readonly small: string;
}

export const PROVIDER_RULES: readonly ProviderRule[] = [
  {
    provider: "anthropic",
    baseId: "anthropic",
    cacheWrite5mPermille: 1250,
    cacheWrite1hPermille: 2000,
    cacheReadPermille: 100,
    batchPermille: 500,
    big: "claude-sonnet-5-5",
    small: "claude-haiku-4-5",
  },
  {
    provider: "openai",
    baseId: "openai",
    cacheWrite5mPermille: null,
    cacheWrite1hPermille: null,
    cacheReadPermille: null,
    batchPermille: 500,
    big: "gpt-6-sol",
    small: "gpt-6-luna",
  },
  {
    provider: "google",
    baseId: "google",
    cacheWrite5mPermille: null,
    cacheWrite1hPermille: null,
    cacheReadPermille: null,
    batchPermille: 500,
    big: "gemini-3.1-pro-preview",
    small: "gemini-3.5-flash-lite",
  },
  {
    provider: "xai",
    baseId: "x-ai",
    cacheWrite5mPermille: null,
    cacheWrite1hPermille: null,
    cacheReadPermille: null,
    batchPermille: 500,
    big: "grok-4.6",
    small: "grok-4.3",
  },
];

/** One model's additions; rates in dollars per million tokens, only for models that the base list lacks. */
export interface OverlayModel {
  readonly provider: string;
  readonly label?: string;
  readonly tier?: "small" | "big";
  readonly aliases?: readonly string[];
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly priorityPermille?: number;
  readonly rates?: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead?: number;
    readonly from: string;
  };
}

export const OVERLAY_MODELS: Readonly<Record<string, OverlayModel>> = {
  "claude-sonnet-5-5": {
    provider: "anthropic",
    label: "Claude Sonnet 5.5",
    tier: "big",
    aliases: ["sonnet", "sonnet-5-5", "claude-sonnet", "claude"],
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    rates: { input: 2, output: 10, from: "" },
  },
  "claude-sonnet-5": { provider: "anthropic", tier: "big", aliases: ["sonnet-5"], maxOutputTokens: 128_000 },
  "claude-sonnet-4-6": { provider: "anthropic", tier: "big", aliases: ["sonnet-4-6"], maxOutputTokens: 64_000 },
  "claude-sonnet-4-5": { provider: "anthropic", tier: "big", aliases: ["sonnet-4-5"], maxOutputTokens: 64_000 },
  "claude-sonnet-4-0": { provider: "anthropic", tier: "big", aliases: ["sonnet-4"], maxOutputTokens: 64_000 },
  "claude-3-5-sonnet": { provider: "anthropic", tier: "big", aliases: ["sonnet-3-5"], maxOutputTokens: 8192 },
  "claude-haiku-4-5": {
    provider: "anthropic",
    tier: "small",
    aliases: ["haiku", "haiku-4-5", "claude-haiku"],
    maxOutputTokens: 64_000,
  },
  "claude-3-5-haiku-latest": { provider: "anthropic", tier: "small", aliases: ["haiku-3-5"], maxOutputTokens: 8192 },
  "claude-3-haiku": { provider: "anthropic", tier: "small", aliases: ["haiku-3"], maxOutputTokens: 4096 },
  "claude-opus-5-5": {
    provider: "anthropic",
    tier: "big",
    aliases: ["opus", "opus-5-5", "claude-opus"],
    maxOutputTokens: 128_000,
  },
  "claude-opus-5": { provider: "anthropic", tier: "big", aliases: ["opus-5"], maxOutputTokens: 128_000 },
  "claude-opus-4-5": { provider: "anthropic", tier: "big", aliases: ["opus-4-5"], maxOutputTokens: 64_000 },
  "claude-opus-4-1": { provider: "anthropic", tier: "big", aliases: ["opus-4-1"], maxOutputTokens: 32_000 },
  "claude-fable-5-1": { provider: "anthropic", tier: "big", aliases: ["fable"], maxOutputTokens: 128_000 },
  "gpt-6-sol": {
    provider: "openai",
    tier: "big",
    aliases: ["gpt", "gpt-6"],
    maxOutputTokens: 128_000,
    priorityPermille: 2000,
  },
  "gpt-6-luna": {
    provider: "openai",
    tier: "small",
    aliases: ["luna"],
    maxOutputTokens: 128_000,
    priorityPermille: 2000,
  },
  "gpt-6-astra": { provider: "openai", tier: "big", aliases: ["astra"], priorityPermille: 2000 },
  "gpt-5.6-luna": { provider: "openai", tier: "small", priorityPermille: 2000 },
  "gpt-5.6-terra": { provider: "openai", tier: "big", priorityPermille: 2000 },
  "gpt-5.6-sol": { provider: "openai", tier: "big", priorityPermille: 2000 },
  "gpt-5": { provider: "openai", tier: "big", maxOutputTokens: 128_000, priorityPermille: 2000 },
  "gpt-5-mini": { provider: "openai", tier: "small", maxOutputTokens: 128_000, priorityPermille: 1800 },
  "gpt-4.1": { provider: "openai", tier: "big", maxOutputTokens: 32_768, priorityPermille: 1750 },
  "gpt-4.1-mini": { provider: "openai", tier: "small", maxOutputTokens: 32_768, priorityPermille: 1750 },
  "gpt-4o": { provider: "openai", tier: "big", aliases: ["4o"], maxOutputTokens: 16_384, priorityPermille: 1700 },
  "gpt-4o-mini": {
    provider: "openai",
    tier: "small",
    aliases: ["4o-mini"],
    maxOutputTokens: 16_384,
    priorityPermille: 1667,
  },
  "gpt-4": { provider: "openai", tier: "big", maxOutputTokens: 8192 },
  "gemini-3.1-pro-preview": {
    provider: "google",
    tier: "big",
    aliases: ["gemini", "gemini-3-pro"],
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
  },
  "gemini-3-pro-preview": { provider: "google", tier: "big", contextWindow: 1_048_576, maxOutputTokens: 65_536 },
  "gemini-2.5-pro": { provider: "google", tier: "big", contextWindow: 1_048_576, maxOutputTokens: 65_536 },
  "gemini-3.8-flash": { provider: "google", tier: "small", aliases: ["gemini-flash"], priorityPermille: 1800 },
  "gemini-3.7-flash": { provider: "google", tier: "small", priorityPermille: 1800 },
  "gemini-3.5-flash-lite": {
    provider: "google",
    tier: "small",
    aliases: ["gemini-flash-lite"],
    maxOutputTokens: 65_536,
  },
  "gemini-2.5-flash": { provider: "google", tier: "small", maxOutputTokens: 65_536 },
  "grok-4.6": { provider: "xai", tier: "big", aliases: ["grok", "grok-beta"] },
  "grok-4.5": { provider: "xai", tier: "big" },
  "grok-4.3": { provider: "xai", tier: "small", aliases: ["grok-fast"] },
  "grok-4-0709": { provider: "xai", tier: "big" },
};

/** Served on the user's own machine: no invoice, so these prices alone are zero. */
export const LOCAL_PROVIDERS: readonly string[] = ["ollama", "offline"];

/** A model without an entry above is of the small tier when its name says so. */
export const SMALL_NAME = /(^|[-.:/ ])(mini|nano|lite|flash|haiku|luna|tiny|small|fast|[1-9]b|1[0-4]b)($|[-.:/ ])/;

/** Models of the base list that do no text work (speech, pictures, embeddings, search products) or are fine-tunes. */
export const NOT_FOR_TEXT =
  /(audio|realtime|image|imagine|tts|transcribe|embedding|search|voice|vision|whisper|live|omni|moderation|computer-use|deep-research|instruct|^ft:|\.ft-|dall|sora|veo|translate|^ada$|^babbage$|^curie$|^davinci)/;
