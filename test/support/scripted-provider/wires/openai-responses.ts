import type { FullAnswer, SeenMessage, SeenTool } from "../script.ts";
import { pieces } from "../script.ts";
import { count, ERROR_STATUS, message, namedEvent, object, objects, parsed, text } from "../wire.ts";
import type { Json, Wire } from "../wire.ts";
import { openaiError } from "./openai-chat.ts";

/** OpenAI's Responses API: POST /v1/responses. */
export const openaiResponsesWire: Wire = responsesWire("openai-responses");

/** The same as xAI serves it. */
export const xaiResponsesWire: Wire = responsesWire("xai-responses");

function responsesWire(name: "openai-responses" | "xai-responses"): Wire {
  return {
    name,
    matches: (path) => path.endsWith("/responses") && path.startsWith("/xai/") === (name === "xai-responses"),
    streamType: "text/event-stream",
    read: (_path, body) => {
      const items: Json[] =
        typeof body["input"] === "string" ? [{ role: "user", content: body["input"] }] : objects(body["input"]);
      const isSystem = (item: Json): boolean => item["role"] === "system" || item["role"] === "developer";
      const system = items.filter(isSystem).map((item) => contentText(item["content"]));
      return {
        model: text(body["model"]),
        system: [text(body["instructions"]), ...system].filter((part) => part !== "").join("\n"),
        messages: readItems(items.filter((item) => !isSystem(item))),
        // Newer agents send their tools as an item of the input.
        tools: [body, ...items.filter((item) => item["type"] === "additional_tools")]
          .flatMap((holder) => objects(holder["tools"]))
          .flatMap((tool) => readTool(tool)),
        toolChoice: readChoice(body["tool_choice"]),
        stream: body["stream"] === true,
        maxOutputTokens: count(body["max_output_tokens"]),
      };
    },
    body: (answer) => response(answer, items(answer), status(answer)),
    chunks: (answer) => events(answer),
    faultChunk: () =>
      namedEvent({
        type: "response.failed",
        sequence_number: 99_999,
        response: {
          id: "resp_failed",
          object: "response",
          created_at: 1_760_000_000,
          status: "failed",
          error: { code: "server_is_overloaded", message: "The server is currently overloaded." },
          incomplete_details: null,
          model: "",
          output: [],
          usage: null,
        },
      }),
    error: (kind) => ({ status: ERROR_STATUS[kind], body: openaiError(kind) }),
  };
}

function readTool(tool: Json, namespace?: string): SeenTool[] {
  if (tool["type"] === "namespace")
    return objects(tool["tools"]).flatMap((inner) => readTool(inner, text(tool["name"])));
  return [
    {
      name: text(tool["name"]),
      description: text(tool["description"]),
      schema: tool["parameters"],
      ...(tool["type"] === "custom" ? { custom: true } : {}),
      ...(namespace === undefined ? {} : { namespace }),
    },
  ];
}

/** Assistant items up to the next user text or result belong to one message. */
function readItems(items: readonly Json[]): SeenMessage[] {
  const found: SeenMessage[] = [];
  const open = (role: SeenMessage["role"]): SeenMessage => {
    const last = found.at(-1);
    if (last?.role === role && role !== "user") return last;
    const fresh = message(role, {});
    found.push(fresh);
    return fresh;
  };
  const change = (role: SeenMessage["role"], edit: (old: SeenMessage) => Partial<SeenMessage>): void => {
    const old = open(role);
    found[found.length - 1] = { ...old, ...edit(old) };
  };
  for (const item of items) {
    if (item["type"] === "function_call" || item["type"] === "custom_tool_call") {
      const input = item["type"] === "function_call" ? parsed(item["arguments"]) : item["input"];
      const call = { id: text(item["call_id"]), name: text(item["name"]), input };
      change("assistant", (old) => ({ toolCalls: [...old.toolCalls, call] }));
    } else if (item["type"] === "reasoning") {
      const thought = {
        text: objects(item["summary"])
          .map((part) => text(part["text"]))
          .join(""),
        signature: text(item["encrypted_content"]),
      };
      change("assistant", (old) => ({ reasoning: [...old.reasoning, thought] }));
    } else if (item["type"] === "function_call_output" || item["type"] === "custom_tool_call_output") {
      const result = { callId: text(item["call_id"]), name: "", output: contentText(item["output"]), failed: false };
      change("tool", (old) => ({ toolResults: [...old.toolResults, result] }));
    } else if (item["role"] === "assistant") {
      change("assistant", (old) => ({ text: old.text + contentText(item["content"]) }));
    } else if (item["type"] === "agent_message") {
      // From one of Codex's agents to another; what it encrypts elsewhere comes in plain from a provider like this one.
      const parts = objects(item["content"]).map((part) => text(part["text"] ?? part["encrypted_content"]));
      change("user", () => ({ text: parts.join("") }));
    } else change("user", () => ({ text: contentText(item["content"]) }));
  }
  return found;
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return objects(content)
    .map((part) => text(part["text"]))
    .join("");
}

function readChoice(choice: unknown): "auto" | "none" | "required" | { tool: string } {
  if (choice === "none" || choice === "required") return choice;
  const named = text(object(choice)["name"]);
  return named === "" ? "auto" : { tool: named };
}

function status(answer: FullAnswer): "completed" | "incomplete" {
  return answer.finish === "length" || answer.finish === "content-filter" ? "incomplete" : "completed";
}

function response(answer: FullAnswer, output: readonly Json[], state: string): Json {
  const reason = answer.finish === "length" ? "max_output_tokens" : "content_filter";
  return {
    id: answer.id,
    object: "response",
    created_at: 1_760_000_000,
    status: state,
    error: null,
    incomplete_details: state === "incomplete" ? { reason } : null,
    instructions: null,
    model: answer.model,
    output,
    parallel_tool_calls: true,
    store: false,
    usage: state === "in_progress" || answer.usageMissing ? null : usage(answer),
  };
}

function items(answer: FullAnswer): Json[] {
  return [
    ...(answer.reasoning === ""
      ? []
      : [
          {
            id: `rs_${answer.id}`,
            type: "reasoning",
            status: "completed",
            summary: [{ type: "summary_text", text: answer.reasoning }],
            encrypted_content: answer.signature,
          },
        ]),
    ...(answer.text === ""
      ? []
      : [
          {
            id: `msg_${answer.id}`,
            type: "message",
            status: "completed",
            role: "assistant",
            content: [{ type: "output_text", text: answer.text, annotations: [], logprobs: [] }],
          },
        ]),
    ...answer.toolCalls.map((call, index) => ({
      id: `fc_${answer.id}_${index}`,
      type: call.custom === true ? "custom_tool_call" : "function_call",
      status: "completed",
      call_id: call.id,
      name: call.name,
      ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
      ...(call.custom === true ? { input: String(call.input) } : { arguments: call.json }),
    })),
  ];
}

function events(answer: FullAnswer): string[] {
  let sequence = 0;
  const event = (type: string, data: Json): string => namedEvent({ type, sequence_number: sequence++, ...data });
  const found = [
    event("response.created", { response: response(answer, [], "in_progress") }),
    event("response.in_progress", { response: response(answer, [], "in_progress") }),
  ];
  const output = items(answer);
  for (const [index, item] of output.entries()) {
    const at = { item_id: item["id"], output_index: index };
    const started = { ...item, status: "in_progress" };
    if (item["type"] === "reasoning") {
      found.push(
        event("response.output_item.added", {
          output_index: index,
          item: { ...started, summary: [], encrypted_content: "" },
        }),
      );
      found.push(
        event("response.reasoning_summary_part.added", {
          ...at,
          summary_index: 0,
          part: { type: "summary_text", text: "" },
        }),
      );
      for (const delta of pieces(answer.reasoning))
        found.push(event("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta }));
      found.push(event("response.reasoning_summary_text.done", { ...at, summary_index: 0, text: answer.reasoning }));
      found.push(
        event("response.reasoning_summary_part.done", {
          ...at,
          summary_index: 0,
          part: { type: "summary_text", text: answer.reasoning },
        }),
      );
    } else if (item["type"] === "message") {
      found.push(event("response.output_item.added", { output_index: index, item: { ...started, content: [] } }));
      const part = { type: "output_text", text: "", annotations: [], logprobs: [] };
      found.push(event("response.content_part.added", { ...at, content_index: 0, part }));
      for (const delta of pieces(answer.text))
        found.push(event("response.output_text.delta", { ...at, content_index: 0, delta, logprobs: [] }));
      found.push(event("response.output_text.done", { ...at, content_index: 0, text: answer.text, logprobs: [] }));
      found.push(
        event("response.content_part.done", { ...at, content_index: 0, part: { ...part, text: answer.text } }),
      );
    } else if (item["type"] === "custom_tool_call") {
      const input = text(item["input"]);
      found.push(event("response.output_item.added", { output_index: index, item: { ...started, input: "" } }));
      for (const delta of pieces(input)) found.push(event("response.custom_tool_call_input.delta", { ...at, delta }));
      found.push(event("response.custom_tool_call_input.done", { ...at, input }));
    } else {
      const json = text(item["arguments"]);
      found.push(event("response.output_item.added", { output_index: index, item: { ...started, arguments: "" } }));
      for (const delta of pieces(json)) found.push(event("response.function_call_arguments.delta", { ...at, delta }));
      found.push(event("response.function_call_arguments.done", { ...at, name: item["name"], arguments: json }));
    }
    found.push(event("response.output_item.done", { output_index: index, item }));
  }
  const state = status(answer);
  found.push(event(`response.${state}`, { response: response(answer, output, state) }));
  return found;
}

/** Input includes what was cached, output includes reasoning. */
function usage(answer: FullAnswer): Json {
  const tokens = answer.usage;
  const written = tokens.cacheWrite5mTokens + tokens.cacheWrite1hTokens;
  const input = tokens.inputTokens + tokens.cacheReadTokens + written;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: tokens.cacheReadTokens,
      ...(written > 0 ? { cache_write_tokens: written } : {}),
    },
    output_tokens: tokens.outputTokens,
    output_tokens_details: { reasoning_tokens: tokens.reasoningTokens },
    total_tokens: input + tokens.outputTokens,
  };
}
