import type { TokenUsage } from "../../providers/provider.ts";

/** How many tokens a model's requests and answers are, as its answers have told so far. */
interface Known {
  /** The newest requests: their bytes, and their tokens. */
  readonly requests: { readonly bytes: number; readonly tokens: number }[];
  next: number;
  /** Tokens a letter of an answer's text; 0 while nothing is known. */
  output: number;
  /** Answers whose text was looked at, and how many have come since the last of them. */
  read: number;
  unread: number;
}

/** A new figure counts for this much. */
const SHARE = 0.2;

const MOST_MODELS = 1_000;

/** So many of a model's newest requests are remembered. */
const MOST_REQUESTS = 16;

/** No text has more tokens a byte than this: what does, has a part that does not grow with it. */
const DENSEST_INPUT = 0.5;

/** The usual tokens a byte. */
const USUAL_INPUT = 0.25;

/** The texts of the first answers are looked at, then of one in so many: reading a stream costs more than passing it on. */
const READ_FIRST = 5;
const READ_ONE_IN = 64;

/** Where nothing is known of a model: the usual rule for English. */
const USUAL_OUTPUT = 0.25;

/**
 * Tokens by bytes and letters, learnt from answers that told both: what a broken stream has used is reckoned with the figures of
 * its own model, not with a guess for all. Models of which nothing is known are counted with a tokenizer.
 *
 * Rejected: tokens by bytes of the stream. Its frame is larger than its text, and most of it comes first.
 */
export class TokenRatios {
  readonly #known = new Map<string, Known>();

  /** Is it time to look at the text of one of its answers again? */
  wantsText(model: string): boolean {
    const known = this.#known.get(model);
    return known === undefined || known.read < READ_FIRST || known.unread >= READ_ONE_IN;
  }

  /** Takes the figures of a whole answer: bytes of the request, letters of its text (undefined: not looked at). */
  learn(model: string, requestBytes: number, letters: number | undefined, usage: TokenUsage): void {
    const known = this.#known.get(model) ?? this.#first(model);
    known.requests[known.next] = { bytes: requestBytes, tokens: inputOf(usage) };
    known.next = (known.next + 1) % MOST_REQUESTS;
    if (letters === undefined) {
      known.unread += 1;
      return;
    }
    known.unread = 0;
    known.read += 1;
    if (letters === 0) return;
    const output = usage.outputTokens / letters;
    known.output = known.output === 0 ? output : known.output + SHARE * (output - known.output);
  }

  #first(model: string): Known {
    if (this.#known.size >= MOST_MODELS) this.#known.clear();
    const known: Known = { requests: [], next: 0, output: 0, unread: 0, read: 0 };
    this.#known.set(model, known);
    return known;
  }

  /**
   * Input tokens of a request of that many bytes: those of the request nearest in size, and for the difference as many a byte as that
   * one had. Undefined where nothing is known of the model.
   */
  input(model: string, requestBytes: number): number | undefined {
    const [first, ...others] = this.#known.get(model)?.requests ?? [];
    if (first === undefined) return undefined;
    const apart = ({ bytes }: { readonly bytes: number }): number => Math.abs(bytes - requestBytes);
    const near = others.reduce((best, other) => (apart(other) < apart(best) ? other : best), first);
    const dense = near.tokens / Math.max(1, near.bytes);
    const slope = dense > DENSEST_INPUT ? USUAL_INPUT : dense;
    return Math.max(1, Math.round(near.tokens + (requestBytes - near.bytes) * slope));
  }

  /** Output tokens of so many letters; undefined where nothing is known of the model. */
  output(model: string, letters: number): number | undefined {
    const known = this.#known.get(model)?.output ?? 0;
    return known === 0 ? undefined : Math.round(known * letters);
  }

  /** Letters that so many tokens take up. */
  letters(model: string, tokens: number): number {
    const known = this.#known.get(model)?.output ?? 0;
    return tokens / (known === 0 ? USUAL_OUTPUT : known);
  }
}

function inputOf(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}
