import type { Json } from "../../../providers/json.ts";
import type { ModelAnswer, TokenUsage } from "../../../providers/provider.ts";
import { allInput, Streamed } from "../answer-parts.ts";
import { fitId } from "../conversation.ts";
import { sealAnswer } from "../seal.ts";
import type { AnswerAbout, AnswerStream, Translation } from "../translation.ts";
import { objectInput } from "../wire-fields.ts";
import { UNSIGNED } from "./read-contents.ts";
import { readGeminiRequest, showsThinking, toolsOf } from "./read-request.ts";

/**
 * Gemini's generateContent. A turn's own parts travel as the signature of its first call.
 *
 * Its streams come in two frames, events or one list, and which of them is a matter of the address. So `write` gets one
 * JSON text an event here, without line break or frame; the caller puts `data: ` before and an empty line behind it, or the
 * list's brackets and commas around it.
 */
export const gemini: Translation = {
  readRequest: readGeminiRequest,
  body: (answer, about) => {
    const { text } = answer;
    const thinking = showsThinking(about.request) ? (answer.thinking ?? "") : "";
    const said = [
      ...(thinking === "" ? [] : [{ text: thinking, thought: true }]),
      ...(text === "" && answer.toolCalls.length > 0 ? [] : [{ text }]),
    ];
    return { ...lastEvent(answer, about, [...said, ...callParts(answer, about)]) };
  },
  stream: (about, write) => new GeminiStream(about, write),
};

class GeminiStream implements AnswerStream {
  readonly #about: AnswerAbout;
  readonly #write: (events: string) => void;
  readonly #streamed = new Streamed();
  readonly #showsThinking: boolean;

  constructor(about: AnswerAbout, write: (events: string) => void) {
    this.#about = about;
    this.#write = write;
    this.#showsThinking = showsThinking(about.request);
  }

  delta({ text = "", thinking = "" }: { readonly text?: string; readonly thinking?: string }): void {
    if (thinking !== "" && this.#showsThinking) this.#part({ text: thinking, thought: true });
    // This wire's client takes no comments; a piece of nothing is a piece.
    if (text !== "" || (thinking === "" && this.#streamed.signDue())) this.#part({ text });
    if (this.#showsThinking) this.#streamed.thinking += thinking;
    this.#streamed.text += text;
  }

  end(answer: ModelAnswer): void {
    const left = { thinking: this.#streamed.thinkingLeft(answer), text: this.#streamed.textLeft(answer) };
    if (left.thinking !== "" || left.text !== "") this.delta(left);
    const calls = callParts(answer, this.#about);
    this.#write(JSON.stringify(lastEvent(answer, this.#about, calls.length === 0 ? [{ text: "" }] : calls)));
  }

  #part(part: Json): void {
    const candidate = { content: { role: "model", parts: [part] }, index: 0 };
    this.#write(JSON.stringify({ candidates: [candidate], ...answerFacts(this.#about) }));
  }
}

function answerFacts({ id, model, at }: AnswerAbout): Json {
  return { modelVersion: model, responseId: id, createTime: new Date(at).toISOString() };
}

function lastEvent(answer: ModelAnswer, about: AnswerAbout, parts: readonly Json[]): Json {
  const candidate = { content: { role: "model", parts }, finishReason: FINISH_REASONS[answer.finish], index: 0 };
  return { candidates: [candidate], usageMetadata: usageOf(answer.usage), ...answerFacts(about) };
}

/** Only the first call of a turn is signed, as Gemini does it. */
function callParts(answer: ModelAnswer, { request }: AnswerAbout): Json[] {
  const tools = toolsOf(request);
  const signature = sealAnswer(answer) ?? UNSIGNED;
  return answer.toolCalls.map(({ id, name, input }, index) => ({
    functionCall: { id: fitId(id), name: tools.wireTool(name).name, args: objectInput(input) },
    ...(index === 0 ? { thoughtSignature: signature } : {}),
  }));
}

const FINISH_REASONS: Readonly<Record<ModelAnswer["finish"], string>> = {
  stop: "STOP",
  "tool-calls": "STOP",
  length: "MAX_TOKENS",
  "content-filter": "SAFETY",
  other: "STOP",
};

/** The prompt includes what the cache served and took; thoughts stand beside the candidates. */
function usageOf(usage: TokenUsage): Json {
  const prompt = allInput(usage);
  const thoughts = Math.min(usage.reasoningTokens, usage.outputTokens);
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: usage.outputTokens - thoughts,
    totalTokenCount: prompt + usage.outputTokens,
    ...(usage.cacheReadTokens === 0 ? {} : { cachedContentTokenCount: usage.cacheReadTokens }),
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
  };
}
