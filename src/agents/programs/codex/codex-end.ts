import type { EndedProcess } from "../agent-process.ts";
import type { AgentEnd, AgentTask, AgentUsage } from "../program.ts";
import { largerUsage, NO_USAGE, tokensOf } from "../usage.ts";
import type { ToldByCodex } from "./codex-events.ts";
import type { CodexLog } from "./codex-log.ts";

/** How it came out: by its events; it ends with 1 where a turn failed, and with 0 whatever its commands did. Pure. */
export function endOfCodex(
  task: AgentTask,
  ended: EndedProcess,
  told: ToldByCodex,
  logged: ReturnType<CodexLog["end"]>,
  passed: string | null,
): AgentEnd {
  const base = {
    text: told.text,
    session: told.session,
    usage: usageOfCall(told.total, logged),
    exitCode: ended.exitCode,
    tookMs: ended.tookMs,
    code: null,
    message: null,
  };
  if (passed !== null || ended.why === "over-limit")
    return { ...base, kind: "over-limit", code: "limit-reached", message: `codex was stopped: ${passed ?? "a limit"}` };
  if (ended.why === "timed-out")
    return { ...base, kind: "timed-out", message: `codex was stopped after ${Math.round(task.timeoutMs / 1000)} s` };
  if (told.completed && told.failure === null && ended.exitCode === 0) return { ...base, kind: "done" };
  return { ...base, ...failureOf(task, told, ended) };
}

function failureOf(
  task: AgentTask,
  told: ToldByCodex,
  { complaint, exitCode }: EndedProcess,
): Pick<AgentEnd, "kind" | "code" | "message"> {
  const said = told.failure ?? lastLine(complaint);
  const message = said === "" ? `codex ended with ${exitCode ?? "a signal"} and said nothing` : said.slice(0, 2_000);
  const all = `${told.failure ?? ""}\n${complaint}`;
  if (task.resume !== undefined && /no rollout found|thread not found|session not found|no saved session/i.test(all))
    return { kind: "session-lost", code: null, message };
  // The gateway's 429 `insufficient_quota`, or the plan's own end.
  if (/quota exceeded|insufficient_quota|usage limit|hit your .*limit/i.test(all))
    return { kind: "over-limit", code: "limit-reached", message };
  if (/\b401\b|not logged in|unauthorized|please log in/i.test(all))
    return { kind: "failed", code: "provider-auth", message };
  if (/invalid_prompt|content_policy|flagged/i.test(all)) return { kind: "refused", code: "content-refused", message };
  if (/server_is_overloaded|\b(502|503|504|529)\b|high demand/i.test(all))
    return { kind: "failed", code: "provider-overloaded", message };
  return { kind: "failed", code: "agent-failed", message };
}

function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !/^Reading .*stdin/.test(line));
  return lines.at(-1)?.trim() ?? "";
}

/** By the log where this version writes one, subagents among it; else the thread's total less what stood there before. */
function usageOfCall(total: AgentUsage | null, logged: ReturnType<CodexLog["end"]>): AgentUsage {
  const byTotal = total === null ? NO_USAGE : less(total, logged.before);
  if (!logged.recorded) return byTotal;
  return tokensOf(logged.usage) >= tokensOf(byTotal) ? logged.usage : largerUsage(byTotal, logged.usage);
}

function less(total: AgentUsage, before: AgentUsage): AgentUsage {
  return {
    inputTokens: Math.max(0, total.inputTokens - before.inputTokens),
    cacheReadTokens: Math.max(0, total.cacheReadTokens - before.cacheReadTokens),
    cacheWriteTokens: Math.max(0, total.cacheWriteTokens - before.cacheWriteTokens),
    outputTokens: Math.max(0, total.outputTokens - before.outputTokens),
    reasoningTokens: Math.max(0, total.reasoningTokens - before.reasoningTokens),
    cost: null,
  };
}
