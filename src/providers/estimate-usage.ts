import type { ModelRequest, TokenUsage, UserContent } from "./provider.ts";
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

/** An image at full detail, as most providers count one (Anthropic about 1,600, OpenAI up to 1,445, Gemini's 1,290). */
const IMAGE_TOKENS = 1_600;

/** Input tokens of a request, rather too many than too few: at least 1. Pure. */
export function estimateInputTokens(request: ModelRequest): number {
  let text = request.system + JSON.stringify(request.tools) + JSON.stringify(request.json?.schema ?? "");
  let images = 0;
  for (const message of request.messages) {
    if (message.role === "user") {
      text += userText(message.content);
      images += imagesIn(message.content);
    } else if (message.role === "tool") text += message.results.map((result) => result.name + result.output).join("");
    else text += message.content + JSON.stringify(message.toolCalls);
  }
  return Math.max(1, estimateTokens(text) + 4 * request.messages.length + IMAGE_TOKENS * images);
}

/** The text of what a user said, without its images. Pure. */
export function userText(content: UserContent): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function imagesIn(content: UserContent): number {
  return typeof content === "string" ? 0 : content.filter((part) => part.type === "image").length;
}
