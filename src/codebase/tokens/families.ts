import type { TokenFactor } from "./tokens.ts";

interface Family {
  readonly name: string;
  readonly factor: number;
  readonly bound: number;
  readonly source: "known" | "table";
  /** Of the model's own name, in lower case, without provider. */
  readonly fits: (name: string) => boolean;
}

/** Roles and separators of one message: three to seven tokens at the providers that say it. */
const PER_MESSAGE = 8;

/**
 * Multiples of the o200k count. "known" is the vocabulary itself; all others are derived from public vocabularies and the
 * vendors' own words on Claude 4.7, not tested against a model: what answers report replaces them. First fit decides.
 */
const FAMILIES: readonly Family[] = [
  {
    name: "openai",
    factor: 1,
    bound: 1.02,
    source: "known",
    fits: matches(/^(chatgpt-)?gpt-(4o|4\.[1-9]|[5-9]|oss)|^o\d|^codex|^chatgpt-4o/),
  },
  // The older vocabulary: up to 1.65 in one file, in other scripts.
  {
    name: "openai-cl100k",
    factor: 1.05,
    bound: 1.65,
    source: "table",
    fits: matches(/^gpt-(4|3\.5)|^text-embedding-/),
  },
  { name: "claude-4.7", factor: 1.6, bound: 1.9, source: "table", fits: isClaudeWithNewVocabulary },
  { name: "claude", factor: 1.3, bound: 1.55, source: "table", fits: matches(/claude/) },
  { name: "grok-3", factor: 1.02, bound: 1.1, source: "table", fits: matches(/^grok-[123](?!\d)/) },
  { name: "grok-4", factor: 1.4, bound: 2, source: "table", fits: matches(/^grok/) },
  { name: "gemini", factor: 1.2, bound: 1.35, source: "table", fits: matches(/^(models-)?(gemini|gemma|codegemma)/) },
  {
    name: "open-weights",
    factor: 1.05,
    bound: 1.25,
    source: "table",
    fits: matches(/llama|qwen|qwq|deepseek|mistral|mixtral|ministral|codestral|devstral|magistral/),
  },
];

const UNKNOWN = { name: "unknown", factor: 1.5, bound: 2, source: "table" } as const;

/** Providers that serve open weights under any name. */
const OPEN_WEIGHTS_PROVIDERS: ReadonlySet<string> = new Set(["ollama", "lmstudio", "llamacpp", "vllm"]);

/**
 * What to multiply an o200k count by for `model`: "claude-sonnet-4-5", "anthropic/claude-sonnet-4-5" and
 * "openrouter/anthropic/claude-sonnet-4.5:beta" mean the same. `provider` decides where the name says nothing: what a
 * local Ollama serves has open weights. Pure, never throws; a name that nobody knows gets 1.5 and the bound 2.
 */
export function familyFactor(model: string, provider?: string): TokenFactor {
  const segments = model.toLowerCase().split("/");
  const name = segments.at(-1) ?? "";
  const from = provider?.toLowerCase() ?? (segments.length > 1 ? segments[0] : undefined);
  const named = FAMILIES.find(({ fits }) => fits(name));
  const byProvider =
    from !== undefined && OPEN_WEIGHTS_PROVIDERS.has(from)
      ? FAMILIES.find((family) => family.name === "open-weights")
      : undefined;
  const family = named ?? byProvider ?? UNKNOWN;
  return {
    family: family.name,
    factor: family.factor,
    bound: family.bound,
    perMessage: PER_MESSAGE,
    source: family.source,
    samples: 0,
  };
}

/** Claude 4.7 and later, however its version is written: "claude-opus-4-7", "claude-haiku-5.5", "claude-5-sonnet". */
function isClaudeWithNewVocabulary(name: string): boolean {
  if (!name.includes("claude")) return false;
  const numbers = name.replace(/\d{6,}/g, "").match(/\d+/g);
  // "claude-opus-latest" and names without a version: the dearest of what it may be.
  if (numbers === null) return !/instant/.test(name);
  const [major = 0, minor = 0] = numbers.map(Number);
  return major > 4 || (major === 4 && minor >= 7);
}

function matches(pattern: RegExp): (name: string) => boolean {
  return (name) => pattern.test(name);
}
