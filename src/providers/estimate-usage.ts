import type { ModelRequest, TokenUsage } from "./provider.ts";
import type { ReportedUsage } from "./wire-reading.ts";

/** What came back before the usage is settled: all text, thinking and tool input. */
export interface ReceivedOutput {
  readonly text: string;
  /** The answer is whole; a cut one has cost at least what arrived. */
  readonly whole: boolean;
}

/**
 * The usage of one call: what the provider reported, and an estimate for what it did not, flagged. A report of no
 * input at all, or of no output beside text that did arrive, counts as no report: no call is free by silence.
 *
 * An estimate takes three bytes a token, which lies above what tokenizers make of code and English (about four) and
 * near the truth for other scripts, so that a limit is rather kept than passed. Pure.
 */
export function settleUsage(request: ModelRequest, reported: ReportedUsage, received: ReceivedOutput): TokenUsage {
  const cacheReadTokens = reported.cacheReadTokens ?? 0;
  const cacheWrite5mTokens = reported.cacheWrite5mTokens ?? 0;
  const cacheWrite1hTokens = reported.cacheWrite1hTokens ?? 0;
  const inputTold = (reported.inputTokens ?? 0) + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens > 0;
  const reasoningTokens = reported.reasoningTokens ?? 0;
  const arrived = estimateTokens(received.text);
  const told = reported.outputTokens ?? 0;
  const outputTold = received.whole && reported.outputTokens !== undefined && (told > 0 || arrived === 0);
  return {
    inputTokens: inputTold ? (reported.inputTokens ?? 0) : estimateInputTokens(request),
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    outputTokens: outputTold ? told : Math.max(told, arrived, reasoningTokens, received.whole ? 1 : 0),
    reasoningTokens,
    estimated: !inputTold || !outputTold,
  };
}

/** Tokens of a text, rather too many than too few. Pure. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, "utf8") / 3);
}

/** Input tokens of a request, rather too many than too few: at least 1. Pure. */
export function estimateInputTokens(request: ModelRequest): number {
  let text = request.system + JSON.stringify(request.tools);
  for (const message of request.messages) {
    if (message.role === "tool") text += message.results.map((result) => result.name + result.output).join("");
    else text += message.content + (message.role === "assistant" ? JSON.stringify(message.toolCalls) : "");
  }
  return Math.max(1, estimateTokens(text) + 4 * request.messages.length);
}
