import type { Json } from "../../../providers/json.ts";
import type { ModelAnswer } from "../../../providers/provider.ts";
import { COMMENT, namedEvent, Streamed } from "../answer-parts.ts";
import { sealAnswer } from "../seal.ts";
import type { AnswerAbout, AnswerStream } from "../translation.ts";
import {
  callItem,
  type CallItem,
  messageItem,
  reasoningItem,
  responseEnd,
  responseObject,
  textPart,
} from "./response-items.ts";
import { responseTools } from "./response-tools.ts";

/** A streamed response: one item after the other, each begun, filled and done, numbered through. */
export class ResponsesStream implements AnswerStream {
  readonly #about: AnswerAbout;
  readonly #write: (events: string) => void;
  readonly #streamed = new Streamed();
  readonly #output: Json[] = [];
  #number = 0;
  #begun = false;
  /** The item that is being filled; its index is that of the next one of the output. */
  #open: { readonly kind: "reasoning" | "message"; readonly id: string; text: string } | undefined;

  constructor(about: AnswerAbout, write: (events: string) => void) {
    this.#about = about;
    this.#write = write;
  }

  delta({ text = "", thinking = "" }: { readonly text?: string; readonly thinking?: string }): void {
    const events = this.#pour("reasoning", thinking) + this.#pour("message", text);
    if (events !== "") this.#write(this.#takeBeginning() + events);
    else if (this.#streamed.signDue()) this.#write(COMMENT);
  }

  end(answer: ModelAnswer): void {
    const seal = sealAnswer(answer);
    let events = this.#pour("reasoning", this.#streamed.thinkingLeft(answer));
    const textLeft = this.#streamed.textLeft(answer);
    // Reasoning that is still open can take the seal itself.
    const placed = this.#open?.kind === "reasoning" && seal !== undefined;
    if (placed) events += this.#close(seal);
    events += this.#pour("message", textLeft) + this.#close();
    if (seal !== undefined && !placed && answer.toolCalls.length > 0)
      events += this.#whole(reasoningItem(this.#id("rs"), "", seal));
    const { table } = responseTools(this.#about.request);
    for (const call of answer.toolCalls) events += this.#call(callItem(this.#suffix(), call, table));
    const { status, more } = responseEnd(answer);
    const response = responseObject(this.#about, status, this.#output, more);
    const last = this.#event(`response.${status}`, { response });
    this.#write(this.#takeBeginning() + events + last);
  }

  /** The first two events, once; numbered before those that were made already. */
  #takeBeginning(): string {
    const beginning = this.#beginning;
    this.#beginning = "";
    return beginning;
  }

  #beginning = "";

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const response = responseObject(this.#about, "in_progress", []);
    this.#beginning = this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  #pour(kind: "reasoning" | "message", text: string): string {
    if (text === "") return "";
    this.#begin();
    const events = this.#open?.kind === kind ? "" : this.#close() + this.#start(kind);
    const open = this.#open;
    if (open === undefined) return events;
    open.text += text;
    if (kind === "message") {
      this.#streamed.text += text;
      return (
        events + this.#part("response.output_text.delta", open.id, { content_index: 0, delta: text, logprobs: [] })
      );
    }
    this.#streamed.thinking += text;
    return events + this.#part("response.reasoning_summary_text.delta", open.id, { summary_index: 0, delta: text });
  }

  #start(kind: "reasoning" | "message"): string {
    const id = this.#id(kind === "message" ? "msg" : "rs");
    this.#open = { kind, id, text: "" };
    if (kind === "message") {
      const item = { id, type: "message", status: "in_progress", role: "assistant", content: [] };
      return (
        this.#item("added", item) +
        this.#part("response.content_part.added", id, { content_index: 0, part: textPart("") })
      );
    }
    const part = { type: "summary_text", text: "" };
    const item = { id, type: "reasoning", status: "in_progress", summary: [], encrypted_content: null };
    return (
      this.#item("added", item) + this.#part("response.reasoning_summary_part.added", id, { summary_index: 0, part })
    );
  }

  #close(seal?: string): string {
    const open = this.#open;
    if (open === undefined) return "";
    const { id, text } = open;
    this.#open = undefined;
    if (open.kind === "message") {
      return (
        this.#part("response.output_text.done", id, { content_index: 0, text, logprobs: [] }) +
        this.#part("response.content_part.done", id, { content_index: 0, part: textPart(text) }) +
        this.#done(messageItem(id, text))
      );
    }
    const part = { type: "summary_text", text };
    return (
      this.#part("response.reasoning_summary_text.done", id, { summary_index: 0, text }) +
      this.#part("response.reasoning_summary_part.done", id, { summary_index: 0, part }) +
      this.#done(reasoningItem(id, text, seal))
    );
  }

  #call(item: CallItem): string {
    this.#begin();
    const { id } = item;
    if (item.type === "custom_tool_call") {
      const { input } = item;
      return (
        this.#item("added", { ...item, status: "in_progress", input: "" }) +
        this.#part("response.custom_tool_call_input.delta", id, { delta: input }) +
        this.#part("response.custom_tool_call_input.done", id, { input }) +
        this.#done(item)
      );
    }
    const { arguments: input, name } = item;
    return (
      this.#item("added", { ...item, status: "in_progress", arguments: "" }) +
      this.#part("response.function_call_arguments.delta", id, { delta: input }) +
      this.#part("response.function_call_arguments.done", id, { name, arguments: input }) +
      this.#done(item)
    );
  }

  #whole(item: Json): string {
    this.#begin();
    return this.#item("added", item) + this.#done(item);
  }

  #done(item: Json | CallItem): string {
    const event = this.#item("done", item);
    this.#output.push({ ...item });
    return event;
  }

  #item(what: "added" | "done", item: Json | CallItem): string {
    return this.#event(`response.output_item.${what}`, { output_index: this.#output.length, item });
  }

  #part(type: string, itemId: string, fields: Json): string {
    return this.#event(type, { item_id: itemId, output_index: this.#output.length, ...fields });
  }

  #event(type: string, fields: Json): string {
    this.#begin();
    const event = namedEvent({ type, sequence_number: this.#number, ...fields } as { type: string });
    this.#number += 1;
    return event;
  }

  #id(prefix: string): string {
    return `${prefix}_${this.#suffix()}`;
  }

  #suffix(): string {
    return `${this.#about.id}_${this.#output.length}`;
  }
}
