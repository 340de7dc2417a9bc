import type { Client, CallControls } from "../client/client.ts";
import type { MessageRequest } from "../client/message.ts";
import { countTokens } from "../codebase/tokens/count-tokens.ts";
import type { TokenSample } from "../codebase/tokens/tokens.ts";
import type { Clock } from "../foundation/clock.ts";
import { isAllotError, AllotError } from "../foundation/errors.ts";
import { fromUsd, nanoUsd, type NanoUsd } from "../foundation/units.ts";
import type { Ask, AskAnswer, AskRequest } from "./work.ts";

/** Who asks, and what is told beside the answers. */
export interface AskThroughOptions extends Pick<
  MessageRequest,
  "session_id" | "priority" | "project" | "budget" | "agent" | "fallback_models"
> {
  readonly clock: Clock;
  readonly onQueued?: CallControls["onQueued"];
  /** Told what a provider reported as input beside our own count. Must not throw. */
  readonly onSample?: (sample: TokenSample) => void;
}

/** A way to ask on the unified client: holds, retries, fallbacks, traces and the ledger come with it. */
export function askThrough(client: Pick<Client, "messages">, options: AskThroughOptions): Ask {
  return async (request, signal) => {
    const startedAt = options.clock.now();
    try {
      const message = await client.messages.create(messageRequest(request, options), {
        signal,
        ...(options.onQueued === undefined ? {} : { onQueued: options.onQueued }),
      });
      const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
      const { usage, allot } = message;
      const inputTokens = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
      const cost = nanoUsd(allot.cost_nano_usd);
      if (!allot.estimated && !allot.cached)
        noteInput(request, `${allot.provider}/${allot.model}`, inputTokens, options);
      const served = { cost, servedBy: `${allot.provider}/${allot.model}`, ms: options.clock.now() - startedAt };
      if (message.stop_reason === "refusal") {
        return { kind: "failed", code: "content-refused", message: "the provider's filter ended the answer", cost };
      }
      if (message.stop_reason === "max_tokens") return { kind: "cut", text, ...served };
      return { kind: "answered", text, inputTokens, outputTokens: usage.output_tokens, ...served };
    } catch (error) {
      return answerOf(error);
    }
  };
}

function messageRequest(request: AskRequest, options: AskThroughOptions): MessageRequest & { readonly stream?: false } {
  const { clock: _clock, onQueued: _onQueued, onSample: _onSample, ...who } = options;
  return {
    ...who,
    model: request.model.name,
    provider: request.model.provider,
    max_tokens: request.maxOutputTokens,
    system: [{ type: "text", text: request.system }],
    messages: [{ role: "user", content: request.prompt }],
    task_type: request.kind,
    timeout_ms: request.timeoutMs,
    // Answers of parts are kept by their content, for as long as the user says.
    cache: false,
    // What is too long is asked in smaller parts: that is what the parts' model was chosen for.
    fallback_on_overflow: false,
  };
}

function noteInput(request: AskRequest, model: string, reported: number, { onSample }: AskThroughOptions): void {
  if (onSample === undefined || reported <= 0) return;
  onSample({
    model,
    content: request.content ?? "code",
    reported,
    counted: countTokens(request.system) + countTokens(request.prompt),
  });
}

function answerOf(error: unknown): AskAnswer {
  if (!(error instanceof AllotError)) throw error;
  if (isAllotError(error, "interrupted")) throw error;
  const { code, message, details } = error;
  const cost = typeof details["cost"] === "number" ? fromUsd(details["cost"]) : (0 as NanoUsd);
  if (code === "window-overflow") return { kind: "too-long", cost, limitTokens: limitIn(message), message };
  return { kind: "failed", code, message, cost };
}

/** The window that a provider names when it turns a request down; null where it names none. Pure. */
export function limitIn(message: string): number | null {
  for (const pattern of LIMITS) {
    const figure = pattern.exec(message)?.[1]?.replaceAll(/[,_]/g, "");
    if (figure !== undefined && Number(figure) > 0) return Number(figure);
  }
  return null;
}

/** As providers write it: "maximum context length is 8192 tokens", "213462 tokens > 200000 maximum", "(1048576)". */
const LIMITS: readonly RegExp[] = [
  /maximum (?:context|prompt|input) length (?:is|of) ([\d,_]+)/i,
  /> ?([\d,_]+) (?:tokens )?maximum/i,
  /maximum number of tokens allowed \(?([\d,_]+)/i,
  /(?:limit|window|maximum)(?: of| is|:)? ?([\d,_]{3,}) ?tokens?/i,
];
