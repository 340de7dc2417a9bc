import type { AnswerCache } from "../dispatch/cache/answer-cache.ts";
import type { Clock } from "../foundation/clock.ts";
import { nanoUsd } from "../foundation/units.ts";
import type { ProviderName, TokenUsage } from "../providers/provider.ts";
import type { ModelFacts } from "./choose-model.ts";
import type { Message } from "./message.ts";
import { messageOf } from "./message-of-answer.ts";
import { callAt, type PreparedCall, type PreparedRequest } from "./prepare-call.ts";
import type { RequestEnd } from "./survive-request.ts";

/** What answers are kept with. */
export interface KeptParts {
  /** Absent: nothing is kept. */
  readonly cache?: AnswerCache;
  /** Where a provider lives, if not at its usual address: another server is another answer. */
  readonly baseUrlOf?: (name: ProviderName) => string | undefined;
  readonly models: ModelFacts;
  readonly clock: Clock;
}

/** An answer that was kept from an equal request. */
export interface KeptMessage {
  readonly call: PreparedCall;
  readonly message: Message;
  /** What it took when it was bought. */
  readonly usage: TokenUsage;
}

/** The answer of an equal request of this session, where the request may be answered so and its time is not over. */
export async function keptAnswer(parts: KeptParts, prepared: PreparedRequest): Promise<KeptMessage | undefined> {
  if (parts.cache === undefined || prepared.cacheMs === 0) return undefined;
  const call = callAt(prepared, { target: prepared.targets[0], number: 1 }, parts.models, parts.clock);
  const key = keyOf(parts, prepared, call);
  const kept = key === undefined ? undefined : await parts.cache.get(key);
  if (kept === undefined) return undefined;
  const message = messageOf(call, {
    answer: kept.answer,
    cost: nanoUsd(0),
    admitted: undefined,
    priceAssumed: false,
    attempts: 0,
    fellBack: undefined,
    passedOver: [],
  });
  return { call, message, usage: kept.answer.usage };
}

/** Keeps the answer for equal requests, under the model that gave it. */
export async function keepAnswer(parts: KeptParts, prepared: PreparedRequest, end: RequestEnd): Promise<void> {
  const { call, outcome } = end;
  if (parts.cache === undefined || prepared.cacheMs === 0 || outcome.kind !== "answered") return;
  const key = keyOf(parts, prepared, call);
  if (key === undefined) return;
  await parts.cache.put(key, {
    provider: call.ask.provider,
    model: call.ask.request.model,
    answer: outcome.answer,
    cost: outcome.cost,
    lifetimeMs: prepared.cacheMs,
  });
}

function keyOf(
  { cache, baseUrlOf }: KeptParts,
  { session }: PreparedRequest,
  { ask }: PreparedCall,
): string | undefined {
  const { provider, request, service } = ask;
  return cache?.keyOf({ tenant: session, provider, baseUrl: baseUrlOf?.(provider), service, request });
}
