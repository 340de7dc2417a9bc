import { toUsd, type NanoUsd } from "../foundation/units.ts";
import type { ModelAnswer, TokenUsage } from "../providers/provider.ts";
import { limitName } from "../throttle/limits.ts";
import type { Admitted } from "../throttle/throttle.ts";
import type { AllotFacts, ContentBlock, Message, StopReason, Usage } from "./message.ts";
import type { PassedOver } from "../routing/fallback/chains.ts";
import type { PreparedCall } from "./prepare-call.ts";
import { sealTurn } from "./sealed-turn.ts";

/** What an answered request cost, and how it came to its answer. */
export interface AnsweredCall {
  readonly answer: ModelAnswer;
  /** Of all attempts. */
  readonly cost: NanoUsd;
  /** Absent where nobody was asked: the answer was kept. */
  readonly admitted: Admitted | undefined;
  readonly priceAssumed: boolean;
  readonly attempts: number;
  readonly fellBack: string | undefined;
  readonly passedOver: readonly PassedOver[];
}

const NO_USAGE: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/** The answer in the Messages shape. Text comes first, so that `content[0].text` is it wherever there is any. Pure. */
export function messageOf(call: PreparedCall, answered: AnsweredCall): Message {
  const { answer } = answered;
  return {
    id: `msg_${call.ask.id}`,
    type: "message",
    role: "assistant",
    model: answer.model,
    content: contentOf(answer),
    stop_reason: stopReasonOf(answer),
    stop_sequence: answer.stopSequence ?? null,
    // What was kept uses nothing.
    usage: usageOf(answered.attempts === 0 ? NO_USAGE : answer.usage),
    allot: factsOf(call, answered),
  };
}

/** Text, what the provider wants back, tool calls: in this order, streamed or not. Pure. */
export function contentOf(answer: ModelAnswer): readonly ContentBlock[] {
  const sealed = sealTurn(answer);
  return [
    ...(answer.text === "" ? [] : [{ type: "text" as const, text: answer.text }]),
    ...(sealed === undefined ? [] : [sealed]),
    ...answer.toolCalls.map(({ id, name, input }) => ({ type: "tool_use" as const, id, name, input: objectOf(input) })),
  ];
}

/** Why the answer ended. Pure. */
export function stopReasonOf(answer: ModelAnswer): StopReason {
  if (answer.stopSequence !== undefined) return "stop_sequence";
  return STOP_REASONS[answer.finish];
}

const STOP_REASONS: Readonly<Record<ModelAnswer["finish"], StopReason>> = {
  stop: "end_turn",
  "tool-calls": "tool_use",
  length: "max_tokens",
  "content-filter": "refusal",
  other: "end_turn",
};

/** Usage in the Messages shape. Pure. */
export function usageOf(usage: TokenUsage): Usage {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
  };
}

/** What allot has to say of a call. Pure. */
export function factsOf(call: PreparedCall, answered: AnsweredCall): AllotFacts {
  const { ask } = call;
  const { answer, cost, admitted, attempts } = answered;
  const cached = attempts === 0;
  return {
    call_id: cached ? "" : ask.id,
    response_id: answer.responseId,
    session: ask.session,
    priority: ask.priority,
    provider: ask.provider,
    model: ask.request.model,
    requested_model: call.requestedModel,
    fell_back: answered.fellBack ?? null,
    passed_over: answered.passedOver.map(({ name, why }) => `${name}: ${why}`),
    attempts,
    cached,
    cost: toUsd(cost),
    cost_nano_usd: cost,
    level: admitted?.level ?? "NONE",
    clamped_max_tokens: admitted?.clampedTo ?? call.loweredTo ?? null,
    estimated: !cached && answer.usage.estimated,
    price_assumed: answered.priceAssumed,
    warning: admitted === undefined ? null : warningOf(admitted),
  };
}

function warningOf({ warning }: Admitted): string | null {
  if (warning === undefined) return null;
  const { limit, settled, held } = warning;
  const percent = limit.amount === 0 ? 100 : Math.floor((100 * (settled + held)) / limit.amount);
  return `${limitName(limit)} at ${percent}%`;
}

/** A model's call of a tool may hold something else than an object; the shape wants one. */
function objectOf(input: unknown): Readonly<Record<string, unknown>> {
  return input !== null && typeof input === "object" && !Array.isArray(input)
    ? (input as Record<string, unknown>)
    : { unreadable: input };
}
