import type { FullAnswer, ScriptedError, SeenMessage } from "../script.ts";
import { pieces } from "../script.ts";
import { count, ERROR_STATUS, message, object, objects, text } from "../wire.ts";
import type { Json, Wire } from "../wire.ts";
import { mergeResults } from "./openai-chat.ts";

/** Ollama's own format: POST /api/chat, streamed as one JSON object a line. */
export const ollamaWire: Wire = {
  name: "ollama",
  matches: (path) => path.endsWith("/api/chat"),
  streamType: "application/x-ndjson",
  read: (_path, body) => {
    const messages = objects(body["messages"]);
    return {
      model: text(body["model"]),
      system: messages
        .filter((raw) => raw["role"] === "system")
        .map((raw) => text(raw["content"]))
        .join("\n"),
      messages: mergeResults(messages.filter((raw) => raw["role"] !== "system").map(readMessage)),
      tools: objects(body["tools"]).map((tool) => {
        const definition = object(tool["function"]);
        return {
          name: text(definition["name"]),
          description: text(definition["description"]),
          schema: definition["parameters"],
        };
      }),
      // The format has no way to force a tool: one tool together with an output schema is how it is asked for.
      toolChoice:
        body["format"] === undefined
          ? "auto"
          : { tool: text(object(object(objects(body["tools"])[0])["function"])["name"]) },
      // Unlike all others, Ollama streams unless told not to.
      stream: body["stream"] !== false,
      maxOutputTokens: count(object(body["options"])["num_predict"]),
    };
  },
  body: (answer) =>
    line(answer, { content: answer.text, ...thinking(answer.reasoning), ...calls(answer) }, end(answer)),
  chunks: (answer) => [
    ...pieces(answer.reasoning).map((piece) => ndjson(line(answer, { content: "", thinking: piece }, { done: false }))),
    ...pieces(answer.text).map((piece) => ndjson(line(answer, { content: piece }, { done: false }))),
    ...(answer.toolCalls.length === 0
      ? []
      : [ndjson(line(answer, { content: "", ...calls(answer) }, { done: false }))]),
    ndjson(line(answer, { content: "" }, end(answer))),
  ],
  faultChunk: () => ndjson({ error: "an error was encountered while running the model: server overloaded" }),
  error: (kind) => ({ status: ERROR_STATUS[kind], body: { error: ERRORS[kind] } }),
};

const ERRORS: Record<Exclude<ScriptedError, object>, string> = {
  auth: "unauthorized",
  forbidden: "this model requires a subscription",
  "rate-limited": "you have reached your hourly usage limit",
  "server-error": "llama runner process has terminated",
  overloaded: "server busy, please try again. maximum pending requests exceeded",
  "too-long": "the input length exceeds the context length",
  "content-refused": "content refused by policy",
  "bad-request": "invalid options: num_predict",
};

function ndjson(value: Json): string {
  return `${JSON.stringify(value)}\n`;
}

function line(answer: FullAnswer, content: Json, rest: Json): Json {
  return {
    model: answer.model,
    created_at: "2025-10-09T08:53:20Z",
    message: { role: "assistant", ...content },
    ...rest,
  };
}

function thinking(text: string): Json {
  return text === "" ? {} : { thinking: text };
}

function calls(answer: FullAnswer): Json {
  if (answer.toolCalls.length === 0) return {};
  return {
    tool_calls: answer.toolCalls.map((call, index) => ({
      id: call.id,
      function: { index, name: call.name, arguments: call.input },
    })),
  };
}

/** No cache on this wire: everything read is prompt. */
function end(answer: FullAnswer): Json {
  const tokens = answer.usage;
  return {
    done: true,
    done_reason: answer.finish === "length" ? "length" : "stop",
    total_duration: 1_000_000,
    load_duration: 1_000,
    ...(answer.usageMissing
      ? {}
      : {
          prompt_eval_count:
            tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWrite5mTokens + tokens.cacheWrite1hTokens,
          prompt_eval_duration: 1_000,
          eval_count: tokens.outputTokens,
          eval_duration: 1_000,
        }),
  };
}

function readMessage(raw: Json): SeenMessage {
  if (raw["role"] === "tool") {
    const result = {
      callId: text(raw["tool_call_id"]),
      name: text(raw["tool_name"]),
      output: text(raw["content"]),
      failed: false,
    };
    return message("tool", { toolResults: [result] });
  }
  if (raw["role"] !== "assistant") return message("user", { text: text(raw["content"]) });
  const thought = text(raw["thinking"]);
  return message("assistant", {
    text: text(raw["content"]),
    reasoning: thought === "" ? [] : [{ text: thought, signature: "" }],
    toolCalls: objects(raw["tool_calls"]).map((call) => {
      const called = object(call["function"]);
      return { id: text(call["id"]), name: text(called["name"]), input: called["arguments"] };
    }),
  });
}
