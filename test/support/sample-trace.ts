import type { AttemptRecord, Target } from "../../src/dispatch/survival/survival.ts";
import type { RequestTrace } from "../../src/dispatch/traces/trace.ts";
import { nanoUsd } from "../../src/foundation/units.ts";
import type { TokenUsage } from "../../src/providers/provider.ts";

export const SAMPLE_AT = Date.parse("2026-03-10T12:00:30Z");
export const SONNET: Target = { provider: "anthropic", model: "claude-sonnet-4-5" };
export const GPT: Target = { provider: "openai", model: "gpt-5-mini" };

export const SAMPLE_USAGE: TokenUsage = {
  inputTokens: 1000,
  cacheReadTokens: 500,
  cacheWrite5mTokens: 100,
  cacheWrite1hTokens: 0,
  outputTokens: 400,
  reasoningTokens: 50,
  estimated: false,
};

/** One attempt of Sonnet that answered, a cent for 2 s. */
export function sampleAttempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    target: SONNET,
    waitedMs: 0,
    startedAt: SAMPLE_AT,
    tookMs: 2_000,
    outcome: "answered",
    call: "call-1",
    status: 200,
    firstByteMs: 300,
    usage: SAMPLE_USAGE,
    cost: nanoUsd(10_000_000),
    ...changes,
  };
}

/** A request of Claude Code that Sonnet answered at the first attempt. */
export function sampleTrace(changes: Partial<RequestTrace> = {}): RequestTrace {
  return {
    id: "req-1",
    at: SAMPLE_AT,
    origin: "gateway",
    surface: "anthropic-messages",
    agent: "claude-code",
    session: "default",
    taskType: "coding",
    requestedModel: "claude-sonnet-4-5",
    served: SONNET,
    outcome: "answered",
    status: 200,
    stream: true,
    cached: false,
    firstByteMs: 310,
    tookMs: 2_010,
    heldMs: 0,
    usage: SAMPLE_USAGE,
    cost: nanoUsd(10_000_000),
    attempts: [sampleAttempt()],
    ...changes,
  };
}

/** A request for Sonnet, which was rate-limited, answered by GPT after 4 s. */
export function sampleFallback(changes: Partial<RequestTrace> = {}): RequestTrace {
  return sampleTrace({
    id: "req-2",
    served: GPT,
    fellBackWhy: "anthropic/claude-sonnet-4-5 is rate-limited",
    tookMs: 4_010,
    firstByteMs: 3_000,
    cost: nanoUsd(4_000_000),
    usage: { ...SAMPLE_USAGE, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 200, reasoningTokens: 0 },
    attempts: [
      {
        number: 1,
        target: SONNET,
        waitedMs: 0,
        startedAt: SAMPLE_AT,
        tookMs: 1_000,
        outcome: "rate-limit",
        call: "call-2",
        status: 429,
        code: "provider-rate-limited",
        message: "too many requests",
      },
      sampleAttempt({
        number: 2,
        target: GPT,
        waitedMs: 500,
        startedAt: SAMPLE_AT + 1_500,
        tookMs: 2_500,
        call: "call-3",
        usage: { ...SAMPLE_USAGE, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 200, reasoningTokens: 0 },
        cost: nanoUsd(4_000_000),
      }),
    ],
    ...changes,
  });
}
