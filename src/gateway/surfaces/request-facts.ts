import { spliceJson } from "../../dispatch/passing/splice-json.ts";
import { asCount, asList, asObject, asText, type Json } from "../../providers/json.ts";
import type { WireFormat } from "../../providers/wires.ts";
import type { PaidRoute } from "./routes.ts";

/** What the gateway must know of a request's body, whatever its format. */
export interface RequestFacts {
  readonly model: string;
  readonly stream: boolean;
  readonly maxOutputTokens: number | undefined;
  /** max_tokens may not be made smaller than this. */
  readonly leastOutputTokens: number;
  readonly hasTools: boolean;
  /** Something in it asks to be cached for an hour. */
  readonly cachesForAnHour: boolean;
  /** A chat stream whose client wants to see the usage. */
  readonly wantsUsage: boolean;
  /** How many answers are asked for at once. */
  readonly answers: number;
}

/** An answer shorter than this is of no use to anybody. */
const LEAST_OUTPUT = 256;

const AN_HOUR = Buffer.from('"1h"');

/** Reads a body once. Pure. */
export function factsOf(route: PaidRoute, body: Json, bytes: Buffer): RequestFacts {
  const asked = maxOutputOf(route.wire, body);
  const thinking = asCount(asObject(body["thinking"])["budget_tokens"]) ?? 0;
  return {
    model: route.model ?? asText(body["model"]),
    stream: route.stream ?? (route.wire === "ollama" ? body["stream"] !== false : body["stream"] === true),
    maxOutputTokens: asked,
    leastOutputTokens: Math.min(asked ?? Number.MAX_SAFE_INTEGER, Math.max(LEAST_OUTPUT, thinking + 1)),
    hasTools: asList(body["tools"]).length > 0,
    cachesForAnHour: route.wire === "anthropic" && bytes.includes(AN_HOUR),
    wantsUsage: asObject(body["stream_options"])["include_usage"] === true,
    answers: Math.max(
      1,
      route.wire === "gemini"
        ? (asCount(asObject(body["generationConfig"])["candidateCount"]) ?? 1)
        : (asCount(body["n"]) ?? 1),
    ),
  };
}

function maxOutputOf(wire: WireFormat, body: Json): number | undefined {
  switch (wire) {
    case "anthropic":
      return asCount(body["max_tokens"]);
    case "chat":
      return asCount(body["max_completion_tokens"]) ?? asCount(body["max_tokens"]);
    case "responses":
      return asCount(body["max_output_tokens"]);
    case "gemini":
      return asCount(asObject(body["generationConfig"])["maxOutputTokens"]);
    case "ollama": {
      const most = asObject(body["options"])["num_predict"];
      return typeof most === "number" && most > 0 ? Math.floor(most) : undefined;
    }
  }
}

/** The body with another max_tokens, every other byte as it was. */
export function withMaxTokens(wire: WireFormat, body: Json, bytes: Buffer, maxTokens: number): Buffer {
  switch (wire) {
    case "anthropic":
      return spliceJson(bytes, { max_tokens: maxTokens });
    case "chat":
      return spliceJson(
        bytes,
        body["max_tokens"] === undefined ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens },
      );
    case "responses":
      return spliceJson(bytes, { max_output_tokens: maxTokens });
    case "gemini":
      return spliceJson(bytes, {
        generationConfig: { ...asObject(body["generationConfig"]), maxOutputTokens: maxTokens },
      });
    case "ollama":
      return spliceJson(bytes, { options: { ...asObject(body["options"]), num_predict: maxTokens } });
  }
}

/** The text of the first thing that the user said: it stays the same through a conversation. Pure. */
export function firstUserText(wire: WireFormat, body: Json): string {
  const list =
    wire === "gemini"
      ? asList(body["contents"])
      : wire === "responses"
        ? asList(body["input"])
        : asList(body["messages"]);
  if (wire === "responses" && typeof body["input"] === "string") return body["input"];
  const first = list.map(asObject).find((message) => message["role"] === "user");
  const content = first?.["content"] ?? first?.["parts"];
  if (typeof content === "string") return content;
  return asList(content)
    .map((part) => asText(asObject(part)["text"]))
    .join("\n");
}
