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
    small: "claude-haiku-5-5",
  },
  {
    provider: "openai",
    baseId: "openai",
    cacheWrite5mPermille: null,
    cacheWrite1hPermille: null,
    cacheReadPermille: null,
    batchPermille: 500,
    big: "gpt-6.1-sol",
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
    // Published as 20% to 50% off by model; the least is taken, so that nothing is counted too low.
    batchPermille: 800,
    big: "grok-4.7",
    small: "grok-build-0.1",
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
  readonly rates?: readonly DatedRates[];
}

/** Rates in dollars per million tokens from an ISO date on, oldest first; `long` once the input passes its threshold. */
export interface DatedRates {
  readonly from: string;
  readonly rates: OverlayRates;
  readonly long?: { readonly aboveInputTokens: number; readonly rates: OverlayRates };
}

export interface OverlayRates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** For five minutes; an hour follows the provider's rule. */
  readonly cacheWrite?: number;
}

export const OVERLAY_MODELS: Readonly<Record<string, OverlayModel>> = {
  "claude-sonnet-5-5": {
    provider: "anthropic",
    label: "Claude Sonnet 5.5",
    tier: "big",
    aliases: ["sonnet", "sonnet-5-5", "claude-sonnet", "claude"],
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    rates: [
      { from: "2026-09-28", rates: { input: 2, output: 10, cacheRead: 0.2 } },
      { from: "2026-10-07", rates: { input: 2, output: 10, cacheRead: 0.1 } },
    ],
  },
  "claude-haiku-5-5": {
    provider: "anthropic",
    label: "Claude Haiku 5.5",
    tier: "small",
    aliases: ["haiku", "haiku-5-5", "claude-haiku"],
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    rates: [
      {
        from: "2026-10-07",
        rates: { input: 0.1, output: 0.5, cacheRead: 0.01 },
        long: { aboveInputTokens: 100_000, rates: { input: 0.5, output: 2.5, cacheRead: 0.05 } },
      },
    ],
  },
  "claude-sonnet-5": { provider: "anthropic", tier: "big", aliases: ["sonnet-5"], maxOutputTokens: 128_000 },
  "claude-sonnet-4-6": { provider: "anthropic", tier: "big", aliases: ["sonnet-4-6"], maxOutputTokens: 128_000 },
  "claude-sonnet-4-5": { provider: "anthropic", tier: "big", aliases: ["sonnet-4-5"], maxOutputTokens: 64_000 },
  "claude-sonnet-4-0": { provider: "anthropic", tier: "big", aliases: ["sonnet-4"], maxOutputTokens: 64_000 },
  "claude-3-5-sonnet": { provider: "anthropic", tier: "big", aliases: ["sonnet-3-5"], maxOutputTokens: 8192 },
  "claude-haiku-4-5": {
    provider: "anthropic",
    tier: "small",
    aliases: ["haiku-4-5"],
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
  "claude-opus-4-8": { provider: "anthropic", tier: "big", aliases: ["opus-4-8"], maxOutputTokens: 128_000 },
  "claude-opus-4-7": { provider: "anthropic", tier: "big", aliases: ["opus-4-7"], maxOutputTokens: 128_000 },
  "claude-opus-4-6": { provider: "anthropic", tier: "big", aliases: ["opus-4-6"], maxOutputTokens: 128_000 },
  "claude-opus-4-5": { provider: "anthropic", tier: "big", aliases: ["opus-4-5"], maxOutputTokens: 64_000 },
  "claude-opus-4-1": { provider: "anthropic", tier: "big", aliases: ["opus-4-1"], maxOutputTokens: 32_000 },
  "claude-fable-5-1": { provider: "anthropic", tier: "big", aliases: ["fable"], maxOutputTokens: 128_000 },
  "gpt-6.1-sol": {
    provider: "openai",
    label: "GPT-6.1 Sol",
    tier: "big",
    aliases: ["gpt", "gpt-6.1"],
    contextWindow: 1_050_000,
    maxOutputTokens: 128_000,
    priorityPermille: 2000,
    rates: [
      {
        from: "2026-09-29",
        rates: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
        long: { aboveInputTokens: 272_000, rates: { input: 4, output: 15, cacheRead: 0.2, cacheWrite: 5 } },
      },
    ],
  },
  "gpt-6-sol": {
    provider: "openai",
    tier: "big",
    aliases: ["gpt-6"],
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
  "grok-4.7": {
    provider: "xai",
    label: "Grok 4.7",
    tier: "big",
    aliases: ["grok", "grok-beta"],
    contextWindow: 500_000,
    rates: [
      {
        from: "2026-09-21",
        rates: { input: 2, output: 6, cacheRead: 0.5 },
        // Inclusive at the provider: a prompt of 200,000 tokens is a long one.
        long: { aboveInputTokens: 199_999, rates: { input: 4, output: 12, cacheRead: 1 } },
      },
    ],
  },
  "grok-4.6": { provider: "xai", tier: "big" },
  "grok-build-0.1": { provider: "xai", tier: "small", aliases: ["grok-build"] },
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
