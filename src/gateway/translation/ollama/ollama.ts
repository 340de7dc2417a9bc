import type { Json } from "../../../providers/json.ts";
import type { ModelAnswer } from "../../../providers/provider.ts";
import { allInput, Streamed } from "../answer-parts.ts";
import { fitId } from "../conversation.ts";
import type { AnswerAbout, AnswerStream, Translation } from "../translation.ts";
import { objectInput } from "../wire-fields.ts";
import { readOllamaRequest, toolsOf } from "./read-request.ts";

/** Ollama's /api/chat: one line of JSON an event. It has no place for what other providers sign, which is left out. */
export const ollama: Translation = {
  readRequest: readOllamaRequest,
  body: (answer, about) => {
    const { thinking = "", text } = answer;
    const calls = toolCalls(answer, about);
    return lastLine(answer, about, {
      role: "assistant",
      content: text,
      ...(thinking === "" ? {} : { thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    });
  },
  stream: (about, write) => new OllamaStream(about, write),
};

class OllamaStream implements AnswerStream {
  readonly #about: AnswerAbout;
  readonly #write: (events: string) => void;
  readonly #streamed = new Streamed();

  constructor(about: AnswerAbout, write: (events: string) => void) {
    this.#about = about;
    this.#write = write;
  }

  delta({ text = "", thinking = "" }: { readonly text?: string; readonly thinking?: string }): void {
    this.#streamed.thinking += thinking;
    this.#streamed.text += text;
    if (text !== "" || thinking !== "" || this.#streamed.signDue())
      this.#message({ role: "assistant", content: text, ...(thinking === "" ? {} : { thinking }) });
  }

  end(answer: ModelAnswer): void {
    const left = { thinking: this.#streamed.thinkingLeft(answer), text: this.#streamed.textLeft(answer) };
    if (left.thinking !== "" || left.text !== "") this.delta(left);
    const calls = toolCalls(answer, this.#about);
    if (calls.length > 0) this.#message({ role: "assistant", content: "", tool_calls: calls });
    this.#write(`${JSON.stringify(lastLine(answer, this.#about, { role: "assistant", content: "" }))}\n`);
  }

  #message(message: Json): void {
    this.#write(`${JSON.stringify({ ...opening(this.#about), message, done: false })}\n`);
  }
}

function opening({ model, at }: AnswerAbout): Json {
  return { model, created_at: new Date(at).toISOString() };
}

function lastLine(answer: ModelAnswer, about: AnswerAbout, message: Json): Json {
  return {
    ...opening(about),
    message,
    done: true,
    done_reason: answer.finish === "length" ? "length" : "stop",
    prompt_eval_count: allInput(answer.usage),
    eval_count: answer.usage.outputTokens,
  };
}

function toolCalls(answer: ModelAnswer, { request }: AnswerAbout): Json[] {
  const tools = toolsOf(request);
  return answer.toolCalls.map(({ id, name, input }, index) => ({
    id: fitId(id),
    function: { index, name: tools.wireTool(name).name, arguments: objectInput(input) },
  }));
}
