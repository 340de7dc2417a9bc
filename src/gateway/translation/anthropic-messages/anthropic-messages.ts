import type { Json } from "../../../providers/json.ts";
import type { ModelAnswer, TokenUsage } from "../../../providers/provider.ts";
import { namedEvent, Streamed } from "../answer-parts.ts";
import { anthropicId } from "../conversation.ts";
import { EMPTY_SEAL, sealAnswer } from "../seal.ts";
import type { AnswerAbout, AnswerStream, Translation } from "../translation.ts";
import { objectInput } from "../wire-fields.ts";
import { readMessagesRequest, showsThinking, toolsOf } from "./read-request.ts";

/**
 * Anthropic's Messages API. A turn's own parts travel in the signature of its thinking, or in a block of redacted thinking
 * before the tool calls where the thinking had to be closed before the turn was whole.
 */
export const anthropicMessages: Translation = {
  readRequest: readMessagesRequest,
  body: (answer, about) => ({
    ...opening(about),
    model: about.model,
    content: blocks(answer, about.request),
    stop_reason: stopReason(answer),
    stop_sequence: answer.stopSequence ?? null,
    usage: usageOf(answer.usage),
  }),
  stream: (about, write) => new MessagesStream(about, write),
};

class MessagesStream implements AnswerStream {
  readonly #about: AnswerAbout;
  readonly #write: (events: string) => void;
  readonly #streamed = new Streamed();
  readonly #showsThinking: boolean;
  #begun = false;
  #index = -1;
  #open: "thinking" | "text" | undefined;

  constructor(about: AnswerAbout, write: (events: string) => void) {
    this.#about = about;
    this.#write = write;
    this.#showsThinking = showsThinking(about.request);
  }

  delta({ text = "", thinking = "" }: { readonly text?: string; readonly thinking?: string }): void {
    const events = this.#thinking(thinking) + this.#text(text);
    if (events !== "") this.#write(this.#beginning() + events);
    else if (this.#streamed.signDue()) this.#write(namedEvent({ type: "ping" }));
  }

  end(answer: ModelAnswer): void {
    const seal = sealAnswer(answer);
    let events = this.#beginning();
    events += this.#thinking(this.#streamed.thinkingLeft(answer));
    const textLeft = this.#streamed.textLeft(answer);
    // Thinking that is still open can take the seal itself.
    const placed = this.#open === "thinking" && seal !== undefined;
    if (placed) events += this.#close(seal);
    events += this.#text(textLeft) + this.#close();
    if (seal !== undefined && !placed && answer.toolCalls.length > 0)
      events += this.#block({ type: "redacted_thinking", data: seal });
    const tools = toolsOf(this.#about.request);
    for (const call of answer.toolCalls) {
      const { name } = tools.wireTool(call.name);
      const start = { type: "tool_use", id: anthropicId(call.id), name, input: {} };
      const delta = { type: "input_json_delta", partial_json: JSON.stringify(objectInput(call.input)) };
      events += this.#block(start, delta);
    }
    events += namedEvent({
      type: "message_delta",
      delta: { stop_reason: stopReason(answer), stop_sequence: answer.stopSequence ?? null },
      usage: usageOf(answer.usage),
    } as { type: string });
    this.#write(events + namedEvent({ type: "message_stop" }));
  }

  #beginning(): string {
    if (this.#begun) return "";
    this.#begun = true;
    const message = {
      ...opening(this.#about),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: usageOf({ ...NOTHING_USED, inputTokens: this.#about.inputTokens }),
    };
    return namedEvent({ type: "message_start", message } as { type: string });
  }

  #thinking(thinking: string): string {
    if (thinking === "" || !this.#showsThinking) return "";
    let events = "";
    if (this.#open !== "thinking")
      events = this.#close() + this.#start({ type: "thinking", thinking: "", signature: "" });
    this.#open = "thinking";
    this.#streamed.thinking += thinking;
    return events + this.#delta({ type: "thinking_delta", thinking });
  }

  #text(text: string): string {
    if (text === "") return "";
    let events = "";
    if (this.#open !== "text") events = this.#close() + this.#start({ type: "text", text: "" });
    this.#open = "text";
    this.#streamed.text += text;
    return events + this.#delta({ type: "text_delta", text });
  }

  #close(seal: string = EMPTY_SEAL): string {
    if (this.#open === undefined) return "";
    const signed = this.#open === "thinking" ? this.#delta({ type: "signature_delta", signature: seal }) : "";
    this.#open = undefined;
    return signed + this.#event("content_block_stop", {});
  }

  #block(block: Json, delta?: Json): string {
    return this.#start(block) + (delta === undefined ? "" : this.#delta(delta)) + this.#event("content_block_stop", {});
  }

  #start(block: Json): string {
    this.#index += 1;
    return this.#event("content_block_start", { content_block: block });
  }

  #delta(delta: Json): string {
    return this.#event("content_block_delta", { delta });
  }

  #event(type: string, fields: Json): string {
    return namedEvent({ type, index: this.#index, ...fields } as { type: string });
  }
}

const NOTHING_USED: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: true,
};

function opening(about: AnswerAbout): Json {
  return { id: `msg_${about.id}`, type: "message", role: "assistant", model: about.model };
}

function blocks(answer: ModelAnswer, request: Json): Json[] {
  const { text, toolCalls } = answer;
  const thinking = showsThinking(request) ? (answer.thinking ?? "") : "";
  const tools = toolsOf(request);
  const seal = sealAnswer(answer);
  // Only a turn that goes on has a use for it.
  const sealed = seal === undefined || toolCalls.length === 0 ? [] : [{ type: "redacted_thinking", data: seal }];
  return [
    ...(thinking === "" ? [] : [{ type: "thinking", thinking, signature: seal ?? EMPTY_SEAL }]),
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...(thinking === "" ? sealed : []),
    ...toolCalls.map(({ id, name, input }) => ({
      type: "tool_use",
      id: anthropicId(id),
      name: tools.wireTool(name).name,
      input: objectInput(input),
    })),
  ];
}

const STOP_REASONS: Readonly<Record<ModelAnswer["finish"], string>> = {
  stop: "end_turn",
  "tool-calls": "tool_use",
  length: "max_tokens",
  "content-filter": "refusal",
  other: "end_turn",
};

function stopReason(answer: ModelAnswer): string {
  return answer.stopSequence === undefined ? STOP_REASONS[answer.finish] : "stop_sequence";
}

/** Input stands beside what the cache served and took. */
function usageOf(usage: TokenUsage): Json {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    ...(usage.reasoningTokens === 0 ? {} : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
    service_tier: null,
  };
}
