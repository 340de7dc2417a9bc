import { asCount, asList, asObject, asText } from "../json.ts";
import type { Json } from "../json.ts";
import type { ModelAnswer } from "../provider.ts";
import type { ReportedUsage, WireReader, WireReading } from "../wire-reading.ts";

/** Reads the Responses API, OpenAI's and xAI's. Usage comes with the last event only. */
export const responsesReader: WireReader = {
  read(before, payload) {
    const type = asText(payload["type"]);
    if (type === "error") {
      const error = Object.keys(asObject(payload["error"])).length > 0 ? asObject(payload["error"]) : payload;
      return {
        ...before,
        fault: { status: undefined, code: asText(error["code"]), message: asText(error["message"]) },
      };
    }
    if (payload["object"] === "response") return readResponse(before, payload);
    if (type.startsWith("response.") && payload["response"] !== undefined)
      return readResponse(before, asObject(payload["response"]));
    if (Object.keys(asObject(payload["error"])).length > 0) {
      const error = asObject(payload["error"]);
      return {
        ...before,
        fault: { status: undefined, code: asText(error["code"] ?? error["type"]), message: asText(error["message"]) },
      };
    }
    return before;
  },

  knows: (event) => KNOWN.test(asText(event["type"])),

  /** Input includes what was read from and written to the cache, output includes reasoning. */
  usage(raw): ReportedUsage {
    const input = asCount(raw["input_tokens"]);
    const output = asCount(raw["output_tokens"]);
    const details = asObject(raw["input_tokens_details"]);
    const cached = asCount(details["cached_tokens"]) ?? 0;
    const written = asCount(details["cache_write_tokens"]) ?? 0;
    return {
      // xAI has been seen to count the cached part beside the input: then it is larger than the input can hold.
      ...(input === undefined ? {} : { inputTokens: cached + written > input ? input : input - cached - written }),
      cacheReadTokens: cached,
      cacheWrite5mTokens: written,
      cacheWrite1hTokens: 0,
      ...(output === undefined ? {} : { outputTokens: output }),
      reasoningTokens: asCount(asObject(raw["output_tokens_details"])["reasoning_tokens"]) ?? 0,
    };
  },
};

const KNOWN =
  /^(error|response\.(created|in_progress|completed|incomplete|failed|output_item\.\w+|output_text\.(delta|done)|refusal\.\w+|function_call_arguments\.\w+|reasoning_\w+\.\w+))$/;

function readResponse(before: WireReading, response: Json): WireReading {
  const status = asText(response["status"]);
  const usage = asObject(response["usage"]);
  const error = asObject(response["error"]);
  const failed = status === "failed" || status === "cancelled";
  return {
    ...before,
    id: asText(response["id"]) || before.id,
    model: asText(response["model"]) || before.model,
    usage: Object.keys(usage).length === 0 ? before.usage : usage,
    finish: finishOf(response, status) ?? before.finish,
    ended: before.ended || status === "completed" || status === "incomplete",
    fault: failed
      ? {
          status: undefined,
          code: asText(error["code"]),
          message: asText(error["message"]) || `the response has the status ${status}`,
        }
      : before.fault,
  };
}

function finishOf(response: Json, status: string): ModelAnswer["finish"] | undefined {
  if (status === "incomplete") {
    const reason = asText(asObject(response["incomplete_details"])["reason"]);
    if (reason === "content_filter") return "content-filter";
    return reason === "max_output_tokens" || reason === "" ? "length" : "other";
  }
  if (status !== "completed") return undefined;
  const output = asList(response["output"]).map(asObject);
  if (output.some((item) => item["type"] === "function_call")) return "tool-calls";
  const refused = output.some((item) => asList(item["content"]).some((part) => asObject(part)["type"] === "refusal"));
  return refused ? "content-filter" : "stop";
}
