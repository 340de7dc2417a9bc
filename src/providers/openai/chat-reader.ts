import { asCount, asList, asObject, asText } from "../json.ts";
import type { Json } from "../json.ts";
import type { ModelAnswer } from "../provider.ts";
import type { ReportedUsage, WireReader, WireReading } from "../wire-reading.ts";

/** Where the reasoning tokens stand: a part of the completion tokens, beside them, or as the total shows. */
export type ReasoningPlace = "inside" | "beside" | "by-total";

/** Reads chat completions, OpenAI's and everybody else's. */
export function chatReader(reasoning: ReasoningPlace): WireReader {
  return { read: readChat, usage: (raw) => chatUsage(raw, reasoning) };
}

function readChat(before: WireReading, payload: Json): WireReading {
  const error = asObject(payload["error"]);
  if (Object.keys(error).length > 0 || typeof payload["error"] === "string") {
    const message = asText(payload["error"]) || asText(error["message"]);
    const code = [error["type"], error["code"]].filter((part) => typeof part === "string").join(" ");
    return { ...before, fault: { status: asCount(error["code"]) ?? asCount(error["status"]), code, message } };
  }
  const reason = asText(asObject(asList(payload["choices"])[0])["finish_reason"]);
  const usage = asObject(payload["usage"]);
  return {
    ...before,
    id: asText(payload["id"]) || before.id,
    model: asText(payload["model"]) || before.model,
    finish: reason === "" ? before.finish : (FINISH[reason] ?? "other"),
    usage: Object.keys(usage).length === 0 ? before.usage : { ...before.usage, ...usage },
    ended: before.ended || reason !== "",
  };
}

/** The prompt includes what was read from and written to the cache. Source: the providers' usage pages. */
function chatUsage(raw: Json, place: ReasoningPlace): ReportedUsage {
  const prompt = asCount(raw["prompt_tokens"]);
  const completion = asCount(raw["completion_tokens"]);
  const details = asObject(raw["prompt_tokens_details"]);
  const cached = asCount(details["cached_tokens"]) ?? asCount(raw["prompt_cache_hit_tokens"]) ?? 0;
  const written = asCount(details["cache_write_tokens"]) ?? 0;
  const reasoning = asCount(asObject(raw["completion_tokens_details"])["reasoning_tokens"]) ?? 0;
  const total = asCount(raw["total_tokens"]);
  const beside =
    place === "beside" ||
    (place === "by-total" && reasoning > 0 && total === (prompt ?? 0) + (completion ?? 0) + reasoning);
  return {
    // A few count the cached part beside the prompt: then it is larger than the prompt can hold.
    ...(prompt === undefined ? {} : { inputTokens: cached + written > prompt ? prompt : prompt - cached - written }),
    cacheReadTokens: cached,
    cacheWrite5mTokens: written,
    cacheWrite1hTokens: 0,
    ...(completion === undefined
      ? {}
      : { outputTokens: beside ? completion + reasoning : Math.max(completion, reasoning) }),
    reasoningTokens: reasoning,
  };
}

const FINISH: Readonly<Record<string, ModelAnswer["finish"]>> = {
  stop: "stop",
  length: "length",
  max_tokens: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};
