import type { FullAnswer, ScriptedError, SeenMessage } from "../script.ts";
import { pieces } from "../script.ts";
import { count, ERROR_STATUS, message, namedEvent, object, objects, text } from "../wire.ts";
import type { Json, Wire } from "../wire.ts";

/** Anthropic's Messages API: POST /v1/messages. */
export const anthropicWire: Wire = {
  name: "anthropic",
  matches: (path) => path.endsWith("/messages"),
  streamType: "text/event-stream",
  read: (_path, body) => ({
    model: text(body["model"]),
    system: blockText(body["system"]),
    messages: objects(body["messages"]).flatMap(readMessage),
    tools: objects(body["tools"]).map((tool) => ({
      name: text(tool["name"]),
      description: text(tool["description"]),
      schema: tool["input_schema"],
    })),
    toolChoice: readChoice(object(body["tool_choice"])),
    stream: body["stream"] === true,
    maxOutputTokens: count(body["max_tokens"]),
  }),
  body: (answer) => ({
    id: answer.id,
    type: "message",
    role: "assistant",
    model: answer.model,
    content: blocks(answer),
    stop_reason: STOP[answer.finish],
    stop_sequence: null,
    ...(answer.usageMissing ? {} : { usage: usage(answer, answer.usage.outputTokens) }),
  }),
  chunks: (answer) => [
    namedEvent({
      type: "message_start",
      message: {
        id: answer.id,
        type: "message",
        role: "assistant",
        model: answer.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        ...(answer.usageMissing ? {} : { usage: usage(answer, 1) }),
      },
    }),
    namedEvent({ type: "ping" }),
    ...blocks(answer).flatMap(blockEvents),
    namedEvent({
      type: "message_delta",
      delta: { stop_reason: STOP[answer.finish], stop_sequence: null },
      ...(answer.usageMissing ? {} : { usage: usage(answer, answer.usage.outputTokens) }),
    }),
    namedEvent({ type: "message_stop" }),
  ],
  faultChunk: () => namedEvent({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
  error: (kind) => ({
    status: kind === "overloaded" ? 529 : ERROR_STATUS[kind],
    body: { type: "error", error: ERRORS[kind], request_id: "req_scripted" },
  }),
};

const STOP = { stop: "end_turn", "tool-calls": "tool_use", length: "max_tokens", "content-filter": "refusal" } as const;

const ERRORS: Record<Exclude<ScriptedError, object>, { type: string; message: string }> = {
  auth: { type: "authentication_error", message: "invalid x-api-key" },
  forbidden: {
    type: "permission_error",
    message: "Your API key does not have permission to use the specified resource.",
  },
  "rate-limited": { type: "rate_limit_error", message: "This request would exceed your organization's rate limit." },
  "server-error": { type: "api_error", message: "Internal server error" },
  overloaded: { type: "overloaded_error", message: "Overloaded" },
  "too-long": { type: "invalid_request_error", message: "prompt is too long: 212345 tokens > 200000 maximum" },
  "content-refused": { type: "invalid_request_error", message: "Output blocked by content filtering policy" },
  "bad-request": { type: "invalid_request_error", message: "messages: at least one message is required" },
};

function readMessage(raw: Json): SeenMessage[] {
  const content = raw["content"];
  if (typeof content === "string")
    return [message(raw["role"] === "assistant" ? "assistant" : "user", { text: content })];
  const parts = objects(content);
  const results = parts.filter((part) => part["type"] === "tool_result");
  const found: SeenMessage[] = [];
  if (results.length > 0) {
    found.push(
      message("tool", {
        toolResults: results.map((part) => ({
          callId: text(part["tool_use_id"]),
          name: "",
          output: blockText(part["content"]),
          failed: part["is_error"] === true,
        })),
      }),
    );
    if (parts.every((part) => part["type"] === "tool_result")) return found;
  }
  found.push(
    message(raw["role"] === "assistant" ? "assistant" : "user", {
      text: blockText(parts),
      reasoning: parts
        .filter((part) => part["type"] === "thinking" || part["type"] === "redacted_thinking")
        .map((part) => ({ text: text(part["thinking"]), signature: text(part["signature"] ?? part["data"]) })),
      toolCalls: parts
        .filter((part) => part["type"] === "tool_use")
        .map((part) => ({ id: text(part["id"]), name: text(part["name"]), input: part["input"] })),
    }),
  );
  return found;
}

function blockText(content: unknown): string {
  if (typeof content === "string") return content;
  return objects(content)
    .map((part) => (part["type"] === "text" ? text(part["text"]) : ""))
    .join("");
}

function readChoice(choice: Json): "auto" | "none" | "required" | { tool: string } {
  if (choice["type"] === "tool") return { tool: text(choice["name"]) };
  if (choice["type"] === "any") return "required";
  return choice["type"] === "none" ? "none" : "auto";
}

function blocks(answer: FullAnswer): Json[] {
  return [
    ...(answer.reasoning === "" ? [] : [{ type: "thinking", thinking: answer.reasoning, signature: answer.signature }]),
    ...(answer.text === "" ? [] : [{ type: "text", text: answer.text }]),
    ...answer.toolCalls.map((call) => ({ type: "tool_use", id: call.id, name: call.name, input: call.input })),
  ];
}

function blockEvents(block: Json, index: number): string[] {
  const delta = (value: Json): string => namedEvent({ type: "content_block_delta", index, delta: value });
  const stop = namedEvent({ type: "content_block_stop", index });
  const start = (value: Json): string => namedEvent({ type: "content_block_start", index, content_block: value });
  if (block["type"] === "thinking") {
    return [
      start({ type: "thinking", thinking: "", signature: "" }),
      ...pieces(text(block["thinking"])).map((thinking) => delta({ type: "thinking_delta", thinking })),
      delta({ type: "signature_delta", signature: block["signature"] }),
      stop,
    ];
  }
  if (block["type"] === "text") {
    return [
      start({ type: "text", text: "" }),
      ...pieces(text(block["text"])).map((piece) => delta({ type: "text_delta", text: piece })),
      stop,
    ];
  }
  return [
    start({ type: "tool_use", id: block["id"], name: block["name"], input: {} }),
    delta({ type: "input_json_delta", partial_json: "" }),
    ...pieces(JSON.stringify(block["input"])).map((piece) => delta({ type: "input_json_delta", partial_json: piece })),
    stop,
  ];
}

/** Input excludes the cache; the writes are split by lifetime. Thinking stands inside the output. */
function usage(answer: FullAnswer, outputTokens: number): Json {
  const { usage: tokens } = answer;
  return {
    input_tokens: tokens.inputTokens,
    cache_creation_input_tokens: tokens.cacheWrite5mTokens + tokens.cacheWrite1hTokens,
    cache_read_input_tokens: tokens.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: tokens.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: tokens.cacheWrite1hTokens,
    },
    output_tokens: outputTokens,
    ...(tokens.reasoningTokens > 0 && outputTokens > 1
      ? { output_tokens_details: { thinking_tokens: tokens.reasoningTokens } }
      : {}),
    service_tier: "standard",
  };
}
