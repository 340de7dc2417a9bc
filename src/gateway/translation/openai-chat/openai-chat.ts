import type { Json } from "../../../providers/json.ts";
import type { ModelAnswer, TokenUsage } from "../../../providers/provider.ts";
import { allInput, COMMENT, dataEvent, Streamed } from "../answer-parts.ts";
import { fitId } from "../conversation.ts";
import { sealAnswer } from "../seal.ts";
import { customInput } from "../tool-table.ts";
import type { AnswerAbout, AnswerStream, Translation } from "../translation.ts";
import { objectInput } from "../wire-fields.ts";
import { thoughtSignature } from "../thought-signature.ts";
import { readChatRequest, toolsOf } from "./read-request.ts";

/**
 * OpenAI's chat completions. Thinking is `reasoning_content`, as the servers that show it have it; a turn's own parts travel
 * in `reasoning_details`, and Gemini's signatures where its own server of this wire puts them.
 */
export const openaiChat: Translation = {
  readRequest: readChatRequest,
  body: (answer, about) => {
    const { text, thinking = "" } = answer;
    const calls = toolCalls(answer, about);
    const message = {
      role: "assistant",
      content: text === "" && calls.length > 0 ? null : text,
      refusal: null,
      ...(thinking === "" ? {} : { reasoning_content: thinking }),
      ...sealedDetails(answer),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    };
    return {
      ...opening(about, "chat.completion"),
      choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH_REASONS[answer.finish] }],
      usage: usageOf(answer.usage),
    };
  },
  stream: (about, write) => new ChatStream(about, write),
};

class ChatStream implements AnswerStream {
  readonly #about: AnswerAbout;
  readonly #write: (events: string) => void;
  readonly #streamed = new Streamed();
  #begun = false;

  constructor(about: AnswerAbout, write: (events: string) => void) {
    this.#about = about;
    this.#write = write;
  }

  delta({ text = "", thinking = "" }: { readonly text?: string; readonly thinking?: string }): void {
    const events = this.#thinking(thinking) + this.#text(text);
    if (events !== "") this.#write(this.#beginning() + events);
    else if (this.#streamed.signDue()) this.#write(COMMENT);
  }

  end(answer: ModelAnswer): void {
    let events = this.#beginning();
    events += this.#thinking(this.#streamed.thinkingLeft(answer));
    events += this.#text(this.#streamed.textLeft(answer));
    const details = sealedDetails(answer);
    if ("reasoning_details" in details) events += this.#chunk(details);
    for (const [index, call] of toolCalls(answer, this.#about).entries()) events += this.#call(index, call);
    events += this.#chunk({}, FINISH_REASONS[answer.finish]);
    if (this.#about.includeUsage)
      events += dataEvent({
        ...opening(this.#about, "chat.completion.chunk"),
        choices: [],
        usage: usageOf(answer.usage),
      });
    this.#write(`${events}data: [DONE]\n\n`);
  }

  #beginning(): string {
    if (this.#begun) return "";
    this.#begun = true;
    return this.#chunk({ role: "assistant", content: "", refusal: null });
  }

  #thinking(thinking: string): string {
    this.#streamed.thinking += thinking;
    return thinking === "" ? "" : this.#chunk({ reasoning_content: thinking });
  }

  #text(text: string): string {
    this.#streamed.text += text;
    return text === "" ? "" : this.#chunk({ content: text });
  }

  /** The call with an empty input first and the input after it, which is how readers of this wire expect it. */
  #call(index: number, call: ChatToolCall): string {
    if (call.type === "custom") {
      const { input, name } = call.custom;
      const start = this.#chunk({ tool_calls: [{ ...call, index, custom: { name, input: "" } }] });
      return start + this.#chunk({ tool_calls: [{ index, custom: { input } }] });
    }
    const { name, arguments: input } = call.function;
    const start = this.#chunk({ tool_calls: [{ ...call, index, function: { name, arguments: "" } }] });
    return start + this.#chunk({ tool_calls: [{ index, function: { arguments: input } }] });
  }

  #chunk(delta: Json, finish: string | null = null): string {
    return dataEvent({
      ...opening(this.#about, "chat.completion.chunk"),
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(this.#about.includeUsage ? { usage: null } : {}),
    });
  }
}

type ChatToolCall =
  | {
      readonly id: string;
      readonly type: "function";
      readonly function: { readonly name: string; readonly arguments: string };
    }
  | {
      readonly id: string;
      readonly type: "custom";
      readonly custom: { readonly name: string; readonly input: string };
    };

function toolCalls(answer: ModelAnswer, { request }: AnswerAbout): ChatToolCall[] {
  const tools = toolsOf(request);
  return answer.toolCalls.map((call): ChatToolCall => {
    const id = fitId(call.id);
    const { name, custom } = tools.wireTool(call.name);
    if (custom === true) return { id, type: "custom", custom: { name, input: customInput(call.input) } };
    const signature = thoughtSignature(answer, call.id);
    return {
      id,
      type: "function",
      function: { name, arguments: JSON.stringify(objectInput(call.input)) },
      ...(signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }),
    };
  });
}

function opening({ id, at, model }: AnswerAbout, object: string): Json {
  return { id: `chatcmpl-${id}`, object, created: Math.floor(at / 1_000), model };
}

function sealedDetails(answer: ModelAnswer): Json {
  // Only a turn that goes on has a use for it.
  const seal = answer.toolCalls.length === 0 ? undefined : sealAnswer(answer);
  if (seal === undefined) return {};
  return { reasoning_details: [{ type: "reasoning.encrypted", data: seal, format: "allot", index: 0 }] };
}

const FINISH_REASONS: Readonly<Record<ModelAnswer["finish"], string>> = {
  stop: "stop",
  "tool-calls": "tool_calls",
  length: "length",
  "content-filter": "content_filter",
  other: "stop",
};

/** The prompt includes what the cache served and took; reasoning is a part of the completion. */
function usageOf(usage: TokenUsage): Json {
  const prompt = allInput(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
