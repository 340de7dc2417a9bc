import { AllotError } from "../foundation/errors.ts";
import type { ContentBlock, Message, MessageEvent } from "./message.ts";

/**
 * A streamed answer: an async iterable of events in the Messages shape, and the whole message at its end. Events are
 * kept, so it may be read late or twice. A reader that leaves in the middle stops the call, and its connection with it;
 * what arrived by then is counted.
 */
export class MessageStream implements AsyncIterable<MessageEvent> {
  readonly #events: MessageEvent[] = [];
  readonly #stop: AbortController;
  readonly #final: Promise<Message>;
  #blocks = 0;
  #textOpen = false;
  #ended = false;
  #wake: () => void = () => {};
  #moved = Promise.withResolvers<void>();

  /** `run` makes the call; it is handed what to do with the text as it comes. */
  constructor(stop: AbortController, run: (feed: StreamFeed) => Promise<Message>) {
    this.#stop = stop;
    this.#wake = this.#moved.resolve;
    this.#final = run({
      start: (message) => {
        if (this.#events.length === 0) this.#push({ type: "message_start", message });
      },
      text: (text) => this.#addText(text),
    }).then(
      (message) => {
        this.#finish(message);
        return message;
      },
      (error: unknown) => {
        this.#ended = true;
        this.#wake();
        throw error;
      },
    );
    // Whoever only iterates meets the fault there.
    this.#final.catch(() => {});
  }

  /** The whole answer; rejects with what ended the call. */
  finalMessage(): Promise<Message> {
    return this.#final;
  }

  /** The text of the whole answer. */
  async finalText(): Promise<string> {
    const { content } = await this.#final;
    return content.map((block) => (block.type === "text" ? block.text : "")).join("");
  }

  /** Stops the call. What arrived is counted; reading on throws `interrupted`. */
  abort(): void {
    this.#stop.abort(new AllotError("interrupted", "the stream was stopped by its reader"));
  }

  /** Resolves with the first event, rejects where the call ended without one. */
  async started(): Promise<this> {
    while (this.#events.length === 0 && !this.#ended) await this.#moved.promise;
    if (this.#events.length === 0) await this.#final;
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<MessageEvent, void, void> {
    let whole = false;
    try {
      for (let next = 0; ; next += 1) {
        while (next >= this.#events.length && !this.#ended) await this.#moved.promise;
        const event = this.#events[next];
        if (event === undefined) {
          whole = true;
          // Whole, or what ended the call.
          await this.#final;
          return;
        }
        whole = event.type === "message_stop";
        yield event;
      }
    } finally {
      if (!whole) this.abort();
    }
  }

  #push(event: MessageEvent): void {
    this.#events.push(event);
    const wake = this.#wake;
    this.#moved = Promise.withResolvers<void>();
    this.#wake = this.#moved.resolve;
    wake();
  }

  #addText(text: string): void {
    if (!this.#textOpen) {
      this.#textOpen = true;
      this.#push({ type: "content_block_start", index: this.#blocks, content_block: { type: "text", text: "" } });
    }
    this.#push({ type: "content_block_delta", index: this.#blocks, delta: { type: "text_delta", text } });
  }

  #finish(message: Message): void {
    const { usage, allot, stop_reason, stop_sequence } = message;
    const said = message.content.filter((block) => block.type === "text");
    if (this.#textOpen) this.#close();
    else for (const block of said) this.#addBlock(block);
    for (const block of message.content) if (block.type !== "text") this.#addBlock(block);
    const delta = { stop_reason: stop_reason ?? "end_turn", stop_sequence } as const;
    this.#push({ type: "message_delta", delta, usage, allot });
    this.#ended = true;
    this.#push({ type: "message_stop" });
  }

  #close(): void {
    this.#push({ type: "content_block_stop", index: this.#blocks });
    this.#blocks += 1;
  }

  #addBlock(block: ContentBlock): void {
    const index = this.#blocks;
    this.#push({ type: "content_block_start", index, content_block: emptied(block) });
    switch (block.type) {
      case "text":
        this.#push({ type: "content_block_delta", index, delta: { type: "text_delta", text: block.text } });
        break;
      case "tool_use": {
        const partial_json = JSON.stringify(block.input);
        this.#push({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } });
        break;
      }
      case "thinking":
        this.#push({ type: "content_block_delta", index, delta: { type: "thinking_delta", thinking: block.thinking } });
        this.#push({
          type: "content_block_delta",
          index,
          delta: { type: "signature_delta", signature: block.signature },
        });
        break;
      case "redacted_thinking":
        break;
    }
    this.#close();
  }
}

/** What a running call feeds its stream with. */
export interface StreamFeed {
  /** Opens the message; only the first one counts. */
  start(message: Omit<Message, "allot">): void;
  text(text: string): void;
}

function emptied(block: ContentBlock): ContentBlock {
  switch (block.type) {
    case "text":
      return { type: "text", text: "" };
    case "tool_use":
      return { ...block, input: {} };
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "redacted_thinking":
      return block;
  }
}
