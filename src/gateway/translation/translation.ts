import type { Json } from "../../providers/json.ts";
import type { ModelAnswer, ModelRequest } from "../../providers/provider.ts";

/*
 * Between a client's wire format and the one normal form of providers/, for requests that another protocol's provider
 * serves. (Contract file: types only; one folder or file a surface, and the table `TRANSLATIONS` in translations.ts.)
 *
 * Invariants: what can be said in the other protocol is said, tools, images, thinking and usage included; what cannot is
 * left out where it is a wish (beta flags, metadata) and refused where the answer would be another one (a tool that only
 * its own provider runs, when it is required). A stream has one beginning and one end.
 */
export type SurfaceName = "anthropic-messages" | "openai-chat" | "openai-responses" | "gemini" | "ollama";

export interface Translation {
  /**
   * The request in normal form; `model` is the target's. Throws AllotError `usage` with the field's name for what cannot be
   * sent on. `served` says which provider the history's own parts (thinking, signatures) can be given back to.
   */
  readRequest(body: Json, target: { readonly provider: string; readonly model: string }): ModelRequest;
  /** The unstreamed answer. Pure. */
  body(answer: ModelAnswer, about: AnswerAbout): Json;
  /** Begins a streamed answer; `write` takes whole events as bytes of the wire. */
  stream(about: AnswerAbout, write: (events: string) => void): AnswerStream;
}

export interface AnswerAbout {
  /** Unique; the surface's own prefix is put before it. */
  readonly id: string;
  /** The model that serves, as it is told to the client. */
  readonly model: string;
  /** Epoch ms. */
  readonly at: number;
  /** Input tokens as estimated when the stream begins; the end has the true ones. */
  readonly inputTokens: number;
  /** The request asks for usage in the stream (chat completions). */
  readonly includeUsage: boolean;
  /** The request's body, for wires whose answers repeat parts of it (Responses). */
  readonly request: Json;
}

export interface AnswerStream {
  /**
   * The first delta that says something writes the beginning too. One that says nothing is a sign of life: now and then the
   * client gets one as well, so that a long tool input is no silence to it.
   */
  delta(delta: { readonly text?: string; readonly thinking?: string }): void;
  /** What has not been streamed yet (tool calls, all of it where no delta came), finish and usage; then the end. */
  end(answer: ModelAnswer): void;
}
