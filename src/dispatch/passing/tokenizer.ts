/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number;

let loaded: Promise<CountTokens> | undefined;

/** OpenAI's newest tokenizer; loaded when first asked for, because its table is large and most requests need none. */
export function loadTokenizer(): Promise<CountTokens> {
  loaded ??= import("gpt-tokenizer/encoding/o200k_base").then(
    ({ countTokens }) =>
      (text) =>
        countTokens(text, { disallowedSpecial: new Set() }),
  );
  return loaded;
}
