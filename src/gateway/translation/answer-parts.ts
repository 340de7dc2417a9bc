import type { ModelAnswer, TokenUsage } from "../../providers/provider.ts";

/** All input, whatever part of it the cache served: how every wire but Anthropic's counts it. Pure. */
export function allInput(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** What of a whole text has not been streamed; "" where something else was. Pure. */
export function notYet(whole: string, streamed: string): string {
  return whole.startsWith(streamed) ? whole.slice(streamed.length) : "";
}

/** What has been streamed of an answer, and what its end has to add. */
export class Streamed {
  text = "";
  thinking = "";

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
