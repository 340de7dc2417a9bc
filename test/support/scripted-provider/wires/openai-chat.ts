import type { FullAnswer, ScriptedError, SeenMessage, WireName } from "../script.ts";
import { pieces } from "../script.ts";
import { count, dataEvent, ERROR_STATUS, message, object, objects, parsed, text } from "../wire.ts";
import type { Json, Wire } from "../wire.ts";

/** OpenAI's chat completions: POST /v1/chat/completions; xAI and most others speak it too. */
export const openaiChatWire: Wire = chatWire("openai-chat");

/** xAI's dialect: reasoning tokens stand beside the completion tokens. */
export const xaiChatWire: Wire = chatWire("xai-chat");

function chatWire(name: "openai-chat" | "xai-chat"): Wire {
  return {
    name,
    matches: (path) => path.endsWith("/chat/completions") && path.startsWith("/xai/") === (name === "xai-chat"),
    streamType: "text/event-stream",
    read: (_path, body) => {
      const messages = objects(body["messages"]);
      const isSystem = (raw: Json): boolean => raw["role"] === "system" || raw["role"] === "developer";
      return {
        model: text(body["model"]),
        system: messages
          .filter(isSystem)
          .map((raw) => contentText(raw["content"]))
          .join("\n"),
        messages: mergeResults(messages.filter((raw) => !isSystem(raw)).map(readMessage)),
        tools: objects(body["tools"]).map((tool) => {
          const definition = object(tool["function"]);
          return {
            name: text(definition["name"]),
            description: text(definition["description"]),
            schema: definition["parameters"],
          };
        }),
        toolChoice: readChoice(body["tool_choice"]),
        stream: body["stream"] === true,
        maxOutputTokens: count(body["max_completion_tokens"] ?? body["max_tokens"]),
      };
    },
    body: (answer) => ({
      id: answer.id,
      object: "chat.completion",
      created: 1_760_000_000,
      model: answer.model,
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: answer.text === "" ? null : answer.text,
            ...(answer.reasoning === "" ? {} : { reasoning_content: answer.reasoning }),
            refusal: null,
            ...(answer.toolCalls.length === 0 ? {} : { tool_calls: answer.toolCalls.map(callPart) }),
          },
          logprobs: null,
          finish_reason: FINISH[answer.finish],
        },
      ],
      ...(answer.usageMissing ? {} : { usage: usage(name, answer) }),
    }),
    chunks: (answer, seen) => {
      const chunk = (delta: Json, finish: string | null = null): string =>
        dataEvent({ ...frame(answer), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
      const wantsUsage = object(seen.body["stream_options"])["include_usage"] === true;
      return [
        chunk({ role: "assistant", content: "" }),
        ...pieces(answer.reasoning).map((piece) => chunk({ reasoning_content: piece })),
        ...pieces(answer.text).map((piece) => chunk({ content: piece })),
        ...answer.toolCalls.flatMap((call, index) => [
          chunk({
            tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }],
          }),
          ...pieces(call.json).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
        ]),
        chunk({}, FINISH[answer.finish]),
        ...(wantsUsage && !answer.usageMissing
          ? [dataEvent({ ...frame(answer), choices: [], usage: usage(name, answer) })]
          : []),
        "data: [DONE]\n\n",
      ];
    },
    faultChunk: () =>
      dataEvent({ error: { message: "The server is overloaded", type: "server_error", code: "server_is_overloaded" } }),
    error: (kind) => ({ status: ERROR_STATUS[kind], body: openaiError(kind) }),
  };
}

const FINISH = {
  stop: "stop",
  "tool-calls": "tool_calls",
  length: "length",
  "content-filter": "content_filter",
} as const;

/** OpenAI's error body, the same for both of its formats. */
export function openaiError(kind: Exclude<ScriptedError, object>): Json {
  const [type, code, text] = OPENAI_ERRORS[kind];
  return { error: { message: text, type, param: null, code } };
}

const OPENAI_ERRORS: Record<Exclude<ScriptedError, object>, [type: string, code: string | null, message: string]> = {
  auth: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided."],
  forbidden: ["invalid_request_error", "model_not_found", "Project does not have access to this model."],
  "rate-limited": ["tokens", "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 7s."],
  "server-error": ["server_error", null, "The server had an error while processing your request."],
  overloaded: ["server_error", "server_is_overloaded", "The server is currently overloaded."],
  "too-long": [
    "invalid_request_error",
    "context_length_exceeded",
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 140000 tokens.",
  ],
  "content-refused": [
    "invalid_request_error",
    "content_policy_violation",
    "Your request was rejected by the safety system.",
  ],
  "bad-request": ["invalid_request_error", "missing_required_parameter", "Missing required parameter: 'model'."],
};

function frame(answer: FullAnswer): Json {
  return { id: answer.id, object: "chat.completion.chunk", created: 1_760_000_000, model: answer.model };
}

function callPart(call: FullAnswer["toolCalls"][number]): Json {
  return { id: call.id, type: "function", function: { name: call.name, arguments: call.json } };
}

function readMessage(raw: Json): SeenMessage {
  if (raw["role"] === "tool") {
    const output = contentText(raw["content"]);
    return message("tool", {
      toolResults: [{ callId: text(raw["tool_call_id"]), name: text(raw["name"]), output, failed: false }],
    });
  }
  if (raw["role"] !== "assistant") return message("user", { text: contentText(raw["content"]) });
  const reasoning = text(raw["reasoning_content"]);
  return message("assistant", {
    text: contentText(raw["content"]),
    reasoning: reasoning === "" ? [] : [{ text: reasoning, signature: "" }],
    toolCalls: objects(raw["tool_calls"]).map((call) => {
      const called = object(call["function"]);
      return { id: text(call["id"]), name: text(called["name"]), input: parsed(called["arguments"]) };
    }),
  });
}

/** Tool results come one a message on this wire; together they are one turn. */
export function mergeResults(messages: readonly SeenMessage[]): SeenMessage[] {
  const merged: SeenMessage[] = [];
  for (const next of messages) {
    const last = merged.at(-1);
    if (next.role === "tool" && last?.role === "tool") {
      merged[merged.length - 1] = { ...last, toolResults: [...last.toolResults, ...next.toolResults] };
    } else merged.push(next);
  }
  return merged;
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return objects(content)
    .map((part) => text(part["text"]))
    .join("");
}

function readChoice(choice: unknown): "auto" | "none" | "required" | { tool: string } {
  if (choice === "none" || choice === "required") return choice;
  const named = text(object(object(choice)["function"])["name"]);
  return named === "" ? "auto" : { tool: named };
}

/** Input includes what was cached. OpenAI's output includes reasoning; xAI's completion tokens do not. */
function usage(name: WireName, answer: FullAnswer): Json {
  const tokens = answer.usage;
  const written = tokens.cacheWrite5mTokens + tokens.cacheWrite1hTokens;
  const prompt = tokens.inputTokens + tokens.cacheReadTokens + written;
  const completion = name === "xai-chat" ? tokens.outputTokens - tokens.reasoningTokens : tokens.outputTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + tokens.outputTokens,
    prompt_tokens_details: {
      cached_tokens: tokens.cacheReadTokens,
      audio_tokens: 0,
      ...(written > 0 ? { cache_write_tokens: written } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
