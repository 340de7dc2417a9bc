import { AllotError } from "../../foundation/errors.ts";
import { baseUrlAt } from "../addresses.ts";
import { reportedFault } from "../faults.ts";
import { asCount, asList, asObject, asText, type Json } from "../json.ts";
import type { ModelAnswer, TokenUsage } from "../provider.ts";
import type { BatchAccess, BatchProvider, BatchRequest, BatchResult, FoundBatch, LostBatch } from "./batch-provider.ts";
import { exchange, exchangeJson, jsonLines, type Line, malformed } from "./exchange.ts";
import { plainMessages } from "./plain-messages.ts";

/** Source: Anthropic's page on Message Batches, November 2026: 100,000 requests or 256 MB. A little is left for the frame. */
const MOST = { requests: 100_000, bytes: 250_000_000 };
/** Clocks differ; a batch handed in "before" us by less than this may be ours. */
const CLOCKS_DIFFER_MS = 300_000;
const PAGE = 100;

/** Anthropic's Message Batches: POST /v1/messages/batches. Makes no connection. */
export function openAnthropicBatches({ apiKey = "", baseUrl = "", now }: BatchAccess): BatchProvider {
  const base = `${baseUrlAt("anthropic", baseUrl)}/messages/batches`;
  const line: Line = {
    label: "Anthropic",
    keyVariable: "ANTHROPIC_API_KEY",
    secrets: [apiKey],
    headers: { "x-api-key": apiKey, "anthropic-version": "2023-06-01" },
    now,
  };
  return {
    name: "anthropic",
    most: MOST,
    async submit(_token, requests, signal) {
      const made = await exchangeJson(line, base, signal, { requests: requests.map(wireRequest) });
      const id = asText(made["id"]);
      if (id === "") throw malformed(line, "a batch without an id");
      return id;
    },
    async state(id, signal) {
      const batch = await exchangeJson(line, `${base}/${encodeURIComponent(id)}`, signal);
      if (batch["processing_status"] === "ended") return { kind: "ended" };
      const counts = asObject(batch["request_counts"]);
      const of = countOf(counts);
      return { kind: "working", done: of - (asCount(counts["processing"]) ?? of), of };
    },
    async results(id, signal) {
      const text = await exchange(line, `${base}/${encodeURIComponent(id)}/results`, signal);
      return jsonLines(line, text).map((each) => resultOf(line, each));
    },
    find: (wanted, signal) => find(line, base, wanted, signal),
    async cancel(id, signal) {
      await exchangeJson(line, `${base}/${encodeURIComponent(id)}/cancel`, signal, {});
    },
  };
}

function wireRequest({ id, request }: BatchRequest): Json {
  const { model, system, maxOutputTokens, temperature } = request;
  return {
    custom_id: id,
    params: {
      model,
      max_tokens: maxOutputTokens,
      ...(system === "" ? {} : { system }),
      messages: plainMessages(request),
      ...(temperature === undefined ? {} : { temperature }),
    },
  };
}

/**
 * A batch there carries no name of ours before it has ended; then its results do. Those that cannot be ours by their time or
 * their number of requests are passed over.
 */
async function find(line: Line, base: string, wanted: LostBatch, signal: AbortSignal): Promise<FoundBatch> {
  let open = false;
  const ids = new Set(wanted.requests);
  for (let after = ""; ;) {
    const page = await exchangeJson(line, `${base}?limit=${PAGE}${after === "" ? "" : `&after_id=${after}`}`, signal);
    const batches = asList(page["data"]).map(asObject);
    for (const batch of batches) {
      const id = asText(batch["id"]);
      if (!isCandidate(batch, wanted) || wanted.known.includes(id)) continue;
      if (batch["processing_status"] !== "ended") {
        open = true;
        continue;
      }
      const text = await exchange(line, `${base}/${encodeURIComponent(id)}/results`, signal);
      if (jsonLines(line, text).some((each) => ids.has(asText(each["custom_id"])))) return { kind: "found", id };
    }
    const oldest = batches.at(-1);
    const isPast = oldest === undefined || Date.parse(asText(oldest["created_at"])) < wanted.sentAt - CLOCKS_DIFFER_MS;
    if (page["has_more"] !== true || isPast) return { kind: open ? "later" : "none" };
    after = encodeURIComponent(asText(page["last_id"]));
  }
}

function isCandidate(batch: Json, { sentAt, requests }: LostBatch): boolean {
  const at = Date.parse(asText(batch["created_at"]));
  return at >= sentAt - CLOCKS_DIFFER_MS && countOf(asObject(batch["request_counts"])) === requests.length;
}

function countOf(counts: Json): number {
  const names = ["processing", "succeeded", "errored", "canceled", "expired"];
  return names.reduce((sum, name) => sum + (asCount(counts[name]) ?? 0), 0);
}

function resultOf(line: Line, each: Json): BatchResult {
  const id = asText(each["custom_id"]);
  const result = asObject(each["result"]);
  if (result["type"] === "succeeded") return { id, kind: "answered", answer: answerOf(asObject(result["message"])) };
  if (result["type"] === "errored") {
    const outer = asObject(result["error"]);
    const error = outer["error"] === undefined ? outer : asObject(outer["error"]);
    return {
      id,
      kind: "failed",
      fault: reportedFault({ code: asText(error["type"]), message: asText(error["message"]), status: undefined }, line),
    };
  }
  const what = result["type"] === "expired" ? "was not answered within a day" : "was cancelled before it was answered";
  return {
    id,
    kind: "failed",
    fault: new AllotError("provider-timeout", `the request ${what} by ${line.label}'s batch interface`),
  };
}

const FINISH: Readonly<Record<string, ModelAnswer["finish"]>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  refusal: "content-filter",
};

function answerOf(message: Json): ModelAnswer {
  const blocks = asList(message["content"]).map(asObject);
  return {
    text: blocks.map((block) => (block["type"] === "text" ? asText(block["text"]) : "")).join(""),
    toolCalls: [],
    finish: FINISH[asText(message["stop_reason"])] ?? "other",
    usage: usageOf(asObject(message["usage"])),
    model: asText(message["model"]),
    responseId: asText(message["id"]),
  };
}

function usageOf(usage: Json): TokenUsage {
  const written = asObject(usage["cache_creation"]);
  const hour = asCount(written["ephemeral_1h_input_tokens"]) ?? 0;
  const all = asCount(usage["cache_creation_input_tokens"]) ?? 0;
  const input = asCount(usage["input_tokens"]);
  const output = asCount(usage["output_tokens"]);
  return {
    inputTokens: input ?? 0,
    cacheReadTokens: asCount(usage["cache_read_input_tokens"]) ?? 0,
    cacheWrite5mTokens: Math.max(0, all - hour),
    cacheWrite1hTokens: hour,
    outputTokens: output ?? 0,
    reasoningTokens: 0,
    estimated: input === undefined || output === undefined,
  };
}
