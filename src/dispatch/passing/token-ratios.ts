import type { TokenUsage } from "../../providers/provider.ts";

/** How many tokens bytes are, as a model's answers have told so far. */
interface Ratio {
  input: number;
  output: number;
}

/** A new figure counts for this much. */
const SHARE = 0.2;

const MOST_MODELS = 1_000;

/**
 * Tokens by bytes, learnt from answers that named both: what a broken stream has used is reckoned with the figures of
 * its own model, not with a guess for all. Models of which nothing is known are counted with a tokenizer.
 */
export class TokenRatios {
  readonly #ratios = new Map<string, Ratio>();

  /** Takes the figures of a whole answer: bytes of the request, bytes of the stream (0 where it was none). */
  learn(model: string, requestBytes: number, answerBytes: number, usage: TokenUsage): void {
    const input = inputOf(usage) / Math.max(1, requestBytes);
    const known = this.#ratios.get(model);
    if (known === undefined) {
      if (this.#ratios.size >= MOST_MODELS) this.#ratios.clear();
      this.#ratios.set(model, { input, output: answerBytes === 0 ? 0 : usage.outputTokens / answerBytes });
      return;
    }
    known.input += SHARE * (input - known.input);
    if (answerBytes === 0) return;
    const output = usage.outputTokens / answerBytes;
    known.output = known.output === 0 ? output : known.output + SHARE * (output - known.output);
  }

  /** Input tokens of a request of that many bytes; undefined where nothing is known of the model. */
  input(model: string, requestBytes: number): number | undefined {
    const known = this.#ratios.get(model);
    return known === undefined ? undefined : Math.max(1, Math.round(known.input * requestBytes));
  }

  /** Output tokens of that many bytes of a stream. */
  output(model: string, streamBytes: number): number | undefined {
    const known = this.#ratios.get(model)?.output ?? 0;
    return known === 0 ? undefined : Math.round(known * streamBytes);
  }
}

function inputOf(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}
