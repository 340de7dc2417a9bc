/*
 * Fallback chains as data. Pure; who is allowed to use them is the caller's question, and the answer is: nobody who was
 * not told to by name.
 */

/** The chains of the seeds, first the one who is asked: each next one stands in for those before it. */
export const CHAINS: readonly (readonly string[])[] = [
  ["grok", "gemini", "openai"],
  ["claude", "gpt", "local"],
];

/** What stands in a list of fallbacks for the chain that begins with whoever is asked. */
export const CHAIN_WORD = "chain";

/** Every word that means a provider, and which. */
export const FAMILIES = {
  anthropic: "anthropic",
  claude: "anthropic",
  openai: "openai",
  gpt: "openai",
  chatgpt: "openai",
  xai: "xai",
  "x-ai": "xai",
  grok: "xai",
  google: "google",
  gemini: "google",
  ollama: "ollama",
  local: "ollama",
  "openai-compatible": "openai-compatible",
  compatible: "openai-compatible",
} as const;

export type FamilyProvider = (typeof FAMILIES)[keyof typeof FAMILIES];

/** The provider that a word means; undefined for a word that means none. Pure. */
export function familyOf(word: string): FamilyProvider | undefined {
  const plain = word.trim().toLowerCase();
  return Object.hasOwn(FAMILIES, plain) ? FAMILIES[plain as keyof typeof FAMILIES] : undefined;
}

/**
 * Who stands in for a provider by the chains: those after it in the first chain that it is in with somebody after it.
 * Empty for one that ends every chain it is in. Pure.
 */
export function chainAfter(provider: string): readonly string[] {
  for (const chain of CHAINS) {
    const place = chain.findIndex((word) => familyOf(word) === provider);
    if (place >= 0 && place < chain.length - 1) return chain.slice(place + 1);
  }
  return [];
}
