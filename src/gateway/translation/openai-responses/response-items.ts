import type { Json } from "../../../providers/json.ts";
import type { ModelAnswer, TokenUsage, ToolCall } from "../../../providers/provider.ts";
import { allInput } from "../answer-parts.ts";
import { fitId } from "../conversation.ts";
import { EMPTY_SEAL } from "../seal.ts";
import { customInput, type ToolTable } from "../tool-table.ts";
import type { AnswerAbout } from "../translation.ts";
import { objectInput } from "../wire-fields.ts";

/** The response object; with null for fields that the request may say and did not. Pure. */
export function responseObject(about: AnswerAbout, status: string, output: readonly Json[], more: Json = {}): Json {
  const { request } = about;
  const told = (field: string, otherwise: unknown): unknown => request[field] ?? otherwise;
  return {
    id: `resp_${about.id}`,
    object: "response",
    created_at: Math.floor(about.at / 1_000),
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: told("instructions", null),
    max_output_tokens: told("max_output_tokens", null),
    model: about.model,
    output,
    parallel_tool_calls: told("parallel_tool_calls", true),
    previous_response_id: null,
    prompt_cache_key: told("prompt_cache_key", null),
    reasoning: told("reasoning", { effort: null, summary: null }),
    service_tier: "default",
    store: false,
    temperature: told("temperature", 1),
    text: told("text", { format: { type: "text" } }),
    tool_choice: told("tool_choice", "auto"),
    tools: told("tools", []),
    top_p: told("top_p", 1),
    truncation: "disabled",
    usage: null,
    user: told("user", null),
    metadata: told("metadata", {}),
    ...more,
  };
}

/** How the response ended and what it used. Pure. */
export function responseEnd(answer: ModelAnswer): { readonly status: string; readonly more: Json } {
  const usage = usageOf(answer.usage);
  const reason =
    answer.finish === "length"
      ? "max_output_tokens"
      : answer.finish === "content-filter"
        ? "content_filter"
        : undefined;
  if (reason === undefined) return { status: "completed", more: { usage } };
  return { status: "incomplete", more: { usage, incomplete_details: { reason } } };
}

/** Thinking as its readable summary, with what is to come back sealed. Pure. */
export function reasoningItem(id: string, thinking: string, seal: string = EMPTY_SEAL): Json {
  const summary = thinking === "" ? [] : [{ type: "summary_text", text: thinking }];
  return { id, type: "reasoning", status: "completed", summary, encrypted_content: seal };
}

export function messageItem(id: string, text: string, status: string = "completed"): Json {
  return { id, type: "message", status, role: "assistant", content: [textPart(text)] };
}

export function textPart(text: string): Json {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

/** A call as the client offered the tool: as a function, or as a custom tool with one text as input. Pure. */
export function callItem(id: string, call: ToolCall, table: ToolTable): CallItem {
  const { name, custom, namespace } = table.wireTool(call.name);
  const group = namespace === undefined ? {} : { namespace };
  const call_id = fitId(call.id);
  if (custom === true)
    return {
      id: `ctc_${id}`,
      type: "custom_tool_call",
      status: "completed",
      call_id,
      name,
      ...group,
      input: customInput(call.input),
    };
  const input = JSON.stringify(objectInput(call.input));
  return { id: `fc_${id}`, type: "function_call", status: "completed", call_id, name, ...group, arguments: input };
}

interface CalledItem {
  readonly id: string;
  readonly status: string;
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
}

export type CallItem =
  | (CalledItem & { readonly type: "function_call"; readonly arguments: string })
  | (CalledItem & { readonly type: "custom_tool_call"; readonly input: string });

/** Input includes what the cache served and took; reasoning is a part of the output. */
function usageOf(usage: TokenUsage): Json {
  const input = allInput(usage);
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + usage.outputTokens,
  };
}
