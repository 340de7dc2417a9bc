import type { Attributes } from "@opentelemetry/api";
import type { AttemptRecord } from "../../dispatch/survival/survival.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import { toUsd } from "../../foundation/units.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import { genAiProvider, OPERATION } from "./gen-ai.ts";

/** What a request's server span says: whom it was for, who served, what it came to. Pure. */
export function requestAttributes(trace: RequestTrace): Attributes {
  return withoutUndefined({
    "gen_ai.operation.name": OPERATION,
    "gen_ai.provider.name": trace.served === undefined ? undefined : genAiProvider(trace.served.provider),
    "gen_ai.request.model": trace.requestedModel,
    "gen_ai.request.stream": trace.stream,
    "gen_ai.response.model": trace.outcome === "answered" ? trace.served?.model : undefined,
    "gen_ai.conversation.id": trace.session,
    ...usageAttributes(trace.usage),
    "http.response.status_code": trace.status === 0 ? undefined : trace.status,
    "error.type": trace.outcome === "answered" ? undefined : (trace.code ?? trace.outcome),
    "allot.request.id": trace.id,
    "allot.outcome": trace.outcome,
    "allot.agent": trace.agent,
    "allot.key": trace.key,
    "allot.project": trace.project,
    "allot.task_type": trace.taskType,
    "allot.level": trace.level,
    "allot.cached": trace.cached,
    "allot.fallback": trace.fellBackWhy,
    "allot.held_seconds": trace.heldMs / 1000,
    "allot.attempts": trace.attempts.length,
    "allot.cost_usd": toUsd(trace.cost),
  });
}

/** What an attempt's client span says. Pure. */
export function attemptAttributes(attempt: AttemptRecord, trace: RequestTrace): Attributes {
  const isAnswered = attempt.outcome === "answered";
  return withoutUndefined({
    "gen_ai.operation.name": OPERATION,
    "gen_ai.provider.name": genAiProvider(attempt.target.provider),
    "gen_ai.request.model": attempt.target.model,
    "gen_ai.request.stream": trace.stream,
    "gen_ai.response.model": isAnswered ? attempt.target.model : undefined,
    "gen_ai.response.time_to_first_chunk":
      trace.stream && attempt.firstByteMs !== undefined ? attempt.firstByteMs / 1000 : undefined,
    "gen_ai.conversation.id": trace.session,
    ...usageAttributes(attempt.usage),
    "http.response.status_code": attempt.status,
    "error.type": isAnswered ? undefined : (attempt.code ?? attempt.outcome),
    "allot.attempt": attempt.number,
    "allot.call": attempt.call,
    "allot.waited_seconds": attempt.waitedMs / 1000,
    "allot.cost_usd": attempt.cost === undefined ? undefined : toUsd(attempt.cost),
  });
}

/** The conventions count what was read from and written to a cache as input too. */
function usageAttributes(usage: TokenUsage | undefined): Record<string, number | undefined> {
  if (usage === undefined) return {};
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return {
    "gen_ai.usage.input_tokens": usage.inputTokens + usage.cacheReadTokens + written,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cacheReadTokens,
    "gen_ai.usage.cache_creation.input_tokens": written,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoningTokens,
  };
}

function withoutUndefined(attributes: Readonly<Record<string, string | number | boolean | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes;
}
