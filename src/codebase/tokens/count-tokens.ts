import { countTokens as countByTokenizer } from "gpt-tokenizer/encoding/o200k_base";

/** 256 of what the tokenizer may take as one piece, with more of it behind: letters and marks, or no letter nor digit. */
const CUT_AFTER = /[\p{L}\p{M}]{256}(?=[\p{L}\p{M}])|[^\p{L}\p{N}]{256}(?=[^\p{L}\p{N}])/gu;
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/**
 * Answers how many o200k tokens `text` is; "<|endoftext|>" and its like count as the text they are.
 *
 * Pure, never throws. The tokenizer's own merging is quadratic in a run without a break, so longer runs than 256
 * characters are counted in pieces, and one token is added for each cut: never below the tokenizer's own count.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  let from = 0;
  for (const match of text.matchAll(CUT_AFTER)) {
    const at = match.index + match[0].length;
    tokens += countByTokenizer(text.slice(from, at), AS_TEXT) + 1;
    from = at;
  }
  return tokens + countByTokenizer(text.slice(from), AS_TEXT);
}
