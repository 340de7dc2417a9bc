/**
 * How many tokens a text is for a model. o200k is counted exactly (within one token a cut) behind a cutter that keeps hostile text linear; other
 * families by a factor on that count, from a table, until enough answers of the model have said what it really was.
 *
 * Invariants: a count is never below the tokenizer's own; no text takes more than linear time; no text throws.
 *
 * `countTokens` stands in count-tokens.ts; the table of families in families.ts; what was learned in learned-factors.ts.
 */
export interface TokenFactor {
  /** "openai", "claude-4.7", "grok-4", "gemini", "open-weights", "unknown" ... */
  readonly family: string;
  /** Multiply the o200k count by it: nearly always at or above the truth. */
  readonly factor: number;
  /** Never met a text above it. */
  readonly bound: number;
  /** Added once a message. */
  readonly perMessage: number;
  /** "known": the tokenizer itself. "table": derived, not tested. "learned": from the input tokens that `samples` answers reported. */
  readonly source: "known" | "table" | "learned";
  readonly samples: number;
}

/** What kind of text a ratio was learned from. */
export type ContentKind = "code" | "prose" | "data";

export interface TokenSample {
  readonly model: string;
  readonly content: ContentKind;
  /** Input tokens that the provider reported for the request. */
  readonly reported: number;
  /** The same request by our o200k count. */
  readonly counted: number;
}
