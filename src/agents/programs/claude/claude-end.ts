import { asCount, asList, asObject, asText, type Json } from "../../../providers/json.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import type { EndedProcess } from "../agent-process.ts";
import type { AgentEnd, AgentTask, AgentUsage } from "../program.ts";
import { addUsage, largerUsage, NO_USAGE, tokensOf } from "../usage.ts";
import { usageOf } from "./claude-answers.ts";
import type { ToldByClaude } from "./claude-events.ts";

/** How it came out: its exit code says little (0 after SIGINT, 1 with `subtype: "success"`), its last line says it. Pure. */
export function endOfClaude(task: AgentTask, ended: EndedProcess, told: ToldByClaude, passed: string | null): AgentEnd {
  const { result } = told;
  const said = asText(result?.["result"]);
  const errors = asList(result?.["errors"]).map(asText).join("; ");
  const complaint = [errors, said, ended.complaint.trim()].find((text) => text !== "") ?? "";
  const base = {
    text: result?.["is_error"] === true ? told.text : said || told.text,
    session: told.session ?? (asText(result?.["session_id"]) || null),
    usage: usageOfCall(result, told.usage),
    exitCode: ended.exitCode,
    tookMs: ended.tookMs,
    code: null,
    message: null,
  };
  if (passed !== null || ended.why === "over-limit")
    return {
      ...base,
      kind: "over-limit",
      code: "limit-reached",
      message: `claude was stopped: ${passed ?? "a limit"}`,
    };
  if (ended.why === "timed-out")
    return { ...base, kind: "timed-out", message: `claude was stopped after ${Math.round(task.timeoutMs / 1000)} s` };
  if (result === undefined || result["is_error"] === true || ended.exitCode !== 0)
    return { ...base, ...failureOf(task, result, complaint, ended) };
  if (result["stop_reason"] === "refusal")
    return { ...base, kind: "refused", code: "content-refused", message: base.text };
  return { ...base, kind: "done" };
}

function failureOf(
  task: AgentTask,
  result: Json | undefined,
  complaint: string,
  { exitCode }: EndedProcess,
): Pick<AgentEnd, "kind" | "code" | "message"> {
  const message = complaint.slice(0, 2_000) || `claude ended with ${exitCode ?? "a signal"} and said nothing`;
  if (task.resume !== undefined && /no conversation found/i.test(complaint))
    return { kind: "session-lost", code: null, message };
  const subtype = asText(result?.["subtype"]);
  if (subtype === "error_max_turns" || subtype === "error_max_budget_usd")
    return { kind: "over-limit", code: "limit-reached", message: complaint || `claude ended with ${subtype}` };
  const status = asCount(result?.["api_error_status"]);
  // 402 is how the gateway says that a limit is reached; a subscription says it in words.
  if (status === 402 || /(usage|session|weekly|hour) limit (reached|exceeded)|hit your .*limit/i.test(complaint))
    return { kind: "over-limit", code: "limit-reached", message };
  if (status === 401 || /not logged in|please run \/login|invalid api key/i.test(complaint))
    return { kind: "failed", code: "provider-auth", message };
  if (result?.["stop_reason"] === "refusal") return { kind: "refused", code: "content-refused", message };
  return { kind: "failed", code: codeOf(status), message };
}

function codeOf(status: number | undefined): string {
  if (status === 429) return "provider-rate-limited";
  if (status !== undefined && status >= 500) return "provider-overloaded";
  return status === undefined ? "agent-failed" : "provider-rejected";
}

/**
 * What this call used, subagents and compaction among it. `modelUsage` and `total_cost_usd` go on over resumes in newer versions;
 * `model_usage_since_last_result` does not. Where that is missing, the single answers are summed up, and `usage` says what the
 * main thread used at least.
 */
function usageOfCall(result: Json | undefined, summed: AgentUsage): AgentUsage {
  const since = asObject(result?.["model_usage_since_last_result"]);
  if (Object.keys(since).length > 0) {
    const all = Object.values(since).map(usageOfModel).reduce(addUsage, NO_USAGE);
    return tokensOf(all) >= tokensOf(summed) ? all : { ...largerUsage(summed, all), cost: all.cost };
  }
  return largerUsage(summed, usageOf(asObject(result?.["usage"])));
}

function usageOfModel(value: unknown): AgentUsage {
  const model = asObject(value);
  const cost = model["costUSD"];
  return {
    inputTokens: asCount(model["inputTokens"]) ?? 0,
    cacheReadTokens: asCount(model["cacheReadInputTokens"]) ?? 0,
    cacheWriteTokens: asCount(model["cacheCreationInputTokens"]) ?? 0,
    outputTokens: asCount(model["outputTokens"]) ?? 0,
    reasoningTokens: asCount(model["thinkingTokens"]) ?? 0,
    cost: typeof cost === "number" && Number.isFinite(cost) && cost >= 0 ? nanoUsd(Math.round(cost * 1e9)) : null,
  };
}
