import { AllotError } from "../../foundation/errors.ts";
import { baseUrlAt } from "../addresses.ts";
import { refusalFault, reportedFault } from "../faults.ts";
import { asCount, asList, asObject, asText, type Json } from "../json.ts";
import type { ModelAnswer, TokenUsage } from "../provider.ts";
import type {
  BatchAccess,
  BatchProvider,
  BatchRequest,
  BatchResult,
  BatchState,
  LostBatch,
  FoundBatch,
} from "./batch-provider.ts";
import { exchange, exchangeJson, jsonLines, type Line, malformed } from "./exchange.ts";
import { plainMessages } from "./plain-messages.ts";

/** Source: OpenAI's page on the Batch API, November 2026: 50,000 requests or 200 MB. */
const MOST = { requests: 50_000, bytes: 195_000_000 };
const ENDPOINT = "/v1/responses";
const PAGE = 100;
const CLOCKS_DIFFER_MS = 300_000;

/** OpenAI's Batch API: a file of requests (POST /v1/files), then a batch of it (POST /v1/batches). Makes no connection. */
export function openOpenaiBatches({ apiKey = "", baseUrl = "", now }: BatchAccess): BatchProvider {
  const base = baseUrlAt("openai", baseUrl);
  const line: Line = {
    label: "OpenAI",
    keyVariable: "OPENAI_API_KEY",
    secrets: [apiKey],
    headers: { authorization: `Bearer ${apiKey}` },
    now,
  };
  const batchAt = (id: string): string => `${base}/batches/${encodeURIComponent(id)}`;
  return {
    name: "openai",
    most: MOST,
    submit: (token, requests, signal) => submit(line, base, token, requests, signal),
    async state(id, signal) {
      return stateOf(line, await exchangeJson(line, batchAt(id), signal));
    },
    async results(id, signal) {
      const batch = await exchangeJson(line, batchAt(id), signal);
      const files = [batch["output_file_id"], batch["error_file_id"]].map(asText).filter((file) => file !== "");
      const found: BatchResult[] = [];
      for (const file of files) {
        const text = await exchange(line, `${base}/files/${encodeURIComponent(file)}/content`, signal);
        found.push(...jsonLines(line, text).map((each) => resultOf(line, each)));
      }
      return found;
    },
    find: (wanted, signal) => find(line, base, wanted, signal),
    async cancel(id, signal) {
      await exchangeJson(line, `${batchAt(id)}/cancel`, signal, {});
    },
  };
}

/** The file alone answers nothing: a fault before the batch itself is asked for means that nothing was taken. */
async function submit(
  line: Line,
  base: string,
  token: string,
  requests: readonly BatchRequest[],
  signal: AbortSignal,
): Promise<string> {
  const rows = requests.map((request) => JSON.stringify(wireRequest(request))).join("\n");
  const form = new FormData();
  form.append("purpose", "batch");
  form.append("file", new Blob([`${rows}\n`], { type: "application/jsonl" }), `${token}.jsonl`);
  let file: string;
  try {
    const answer = JSON.parse(await exchange(line, `${base}/files`, signal, { method: "POST", body: form })) as unknown;
    file = asText(asObject(answer)["id"]);
    if (file === "") throw malformed(line, "a file without an id");
  } catch (error) {
    const fault = error instanceof AllotError ? error : malformed(line, "no JSON");
    throw new AllotError(fault.code, fault.message, { details: { ...fault.details, unsent: true } });
  }
  const batch = await exchangeJson(line, `${base}/batches`, signal, {
    input_file_id: file,
    endpoint: ENDPOINT,
    completion_window: "24h",
    metadata: { allot: token },
  });
  const id = asText(batch["id"]);
  if (id === "") throw malformed(line, "a batch without an id");
  return id;
}

function wireRequest({ id, request }: BatchRequest): Json {
  const { model, system, maxOutputTokens, temperature } = request;
  return {
    custom_id: id,
    method: "POST",
    url: ENDPOINT,
    body: {
      model,
      ...(system === "" ? {} : { instructions: system }),
      input: plainMessages(request),
      max_output_tokens: maxOutputTokens,
      store: false,
      ...(temperature === undefined ? {} : { temperature }),
    },
  };
}

/** Of an expired or cancelled batch what was answered by then is there. */
const ENDED = ["completed", "expired", "cancelled"];

function stateOf(line: Line, batch: Json): BatchState {
  const status = asText(batch["status"]);
  if (status === "failed") {
    const [first] = asList(asObject(batch["errors"])["data"]).map(asObject);
    const fault = { code: asText(first?.["code"]), message: asText(first?.["message"]), status: 400 };
    return { kind: "rejected", fault: reportedFault(fault, line) };
  }
  if (ENDED.includes(status)) return { kind: "ended" };
  const counts = asObject(batch["request_counts"]);
  const done = (asCount(counts["completed"]) ?? 0) + (asCount(counts["failed"]) ?? 0);
  return { kind: "working", done, of: asCount(counts["total"]) ?? 0 };
}

async function find(line: Line, base: string, wanted: LostBatch, signal: AbortSignal): Promise<FoundBatch> {
  for (let after = ""; ;) {
    const next = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
    const page = await exchangeJson(line, `${base}/batches?limit=${PAGE}${next}`, signal);
    const batches = asList(page["data"]).map(asObject);
    const ours = batches.find((batch) => asObject(batch["metadata"])["allot"] === wanted.token);
    if (ours !== undefined) return { kind: "found", id: asText(ours["id"]) };
    const oldest = batches.at(-1);
    const createdAt = (asCount(oldest?.["created_at"]) ?? 0) * 1000;
    if (page["has_more"] !== true || oldest === undefined || createdAt < wanted.sentAt - CLOCKS_DIFFER_MS)
      return { kind: "none" };
    after = asText(oldest["id"]);
  }
}

function resultOf(line: Line, each: Json): BatchResult {
  const id = asText(each["custom_id"]);
  const response = asObject(each["response"]);
  const status = asCount(response["status_code"]) ?? 0;
  if (status >= 200 && status < 300) return { id, kind: "answered", answer: answerOf(asObject(response["body"])) };
  if (status >= 400) {
    const body = JSON.stringify(response["body"] ?? {});
    return { id, kind: "failed", fault: refusalFault({ status, body, headers: {} }, line, line.now()) };
  }
  const error = asObject(each["error"]);
  const code = asText(error["code"]);
  if (code === "batch_expired" || code === "batch_cancelled") {
    const what = code === "batch_expired" ? "was not answered within a day" : "was cancelled before it was answered";
    return {
      id,
      kind: "failed",
      fault: new AllotError("provider-timeout", `the request ${what} by OpenAI's batch interface`),
    };
  }
  return {
    id,
    kind: "failed",
    fault: reportedFault({ code, message: asText(error["message"]), status: undefined }, line),
  };
}

function answerOf(body: Json): ModelAnswer {
  const output = asList(body["output"]).map(asObject);
  const parts = output.flatMap((item) => (item["type"] === "message" ? asList(item["content"]).map(asObject) : []));
  const reason = asText(asObject(body["incomplete_details"])["reason"]);
  const isRefused = parts.some((part) => part["type"] === "refusal") || reason === "content_filter";
  return {
    text: parts.map((part) => (part["type"] === "output_text" ? asText(part["text"]) : "")).join(""),
    toolCalls: [],
    finish: isRefused ? "content-filter" : reason === "max_output_tokens" ? "length" : "stop",
    usage: usageOf(asObject(body["usage"])),
    model: asText(body["model"]),
    responseId: asText(body["id"]),
  };
}

function usageOf(usage: Json): TokenUsage {
  const input = asCount(usage["input_tokens"]);
  const output = asCount(usage["output_tokens"]);
  const cached = asCount(asObject(usage["input_tokens_details"])["cached_tokens"]) ?? 0;
  return {
    inputTokens: Math.max(0, (input ?? 0) - cached),
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: output ?? 0,
    reasoningTokens: asCount(asObject(usage["output_tokens_details"])["reasoning_tokens"]) ?? 0,
    estimated: input === undefined || output === undefined,
  };
}
