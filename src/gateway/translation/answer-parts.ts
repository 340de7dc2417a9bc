import type { ModelAnswer, TokenUsage } from "../../providers/provider.ts";

/** All input, whatever part of it the cache served: how every wire but Anthropic's counts it. Pure. */
export function allInput(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** What of a whole text has not been streamed; "" where something else was. Pure. */
export function notYet(whole: string, streamed: string): string {
  return whole.startsWith(streamed) ? whole.slice(streamed.length) : "";
}

const SIGNS_TO_ONE = 25;

/** What a wire without an event for it gets as a sign of life: a comment. */
export const COMMENT = ": still at work\n\n";

/** What has been streamed of an answer, and what its end has to add. */
export class Streamed {
  text = "";
  thinking = "";
  #signs = 0;

  /** Is it time to pass a sign of life on? Providers give dozens a second; nothing is passed on before the answer has begun. */
  signDue(): boolean {
    if (this.text === "" && this.thinking === "") return false;
    this.#signs += 1;
    return this.#signs % SIGNS_TO_ONE === 0;
  }

  /** The thinking that is still to be shown: none once text came, since it would stand behind it. */
  thinkingLeft(answer: ModelAnswer): string {
    return this.text === "" ? notYet(answer.thinking ?? "", this.thinking) : "";
  }

  textLeft(answer: ModelAnswer): string {
    return notYet(answer.text, this.text);
  }
}

/** Server-sent events as most wires write them. Pure. */
export function dataEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** Server-sent events that carry their type as a name too. Pure. */
export function namedEvent(value: { readonly type: string }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
}
