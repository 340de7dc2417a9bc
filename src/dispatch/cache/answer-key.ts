import { canonicalJson, sha256 } from "../../foundation/ids.ts";
import type { Service } from "../../ledger/cost.ts";
import type { ModelAnswer, ModelRequest, ProviderName } from "../../providers/provider.ts";

/** Everything an answer depends on. */
export interface CachedAsk {
  /** Whose answers these are; nobody gets another one's. */
  readonly tenant: string;
  readonly provider: ProviderName;
  /** Where the provider lives, if not at its usual address: another server is another answer. */
  readonly baseUrl?: string | undefined;
  readonly service?: Service | undefined;
  readonly request: ModelRequest;
}

/** Changed whenever stored answers would mean something else. */
const FORM = "answer-1";

/**
 * The name under which a request's answer is kept: SHA-256 over the whole request, field by field whatever fields there
 * are, and over whose it is and where it goes. Fields that are not set are equal to fields that are absent. Pure.
 *
 * undefined for what must never be answered from memory: a turn with tools, or after tools (their results are of now),
 * and pictures behind an address, which may show something else the next time.
 */
export function answerKey(ask: CachedAsk): string | undefined {
  if (!mayBeKept(ask.request)) return undefined;
  const { tenant, provider, request } = ask;
  const whole = {
    form: FORM,
    tenant,
    provider,
    baseUrl: ask.baseUrl ?? null,
    service: ask.service ?? "standard",
    request,
  };
  return sha256(canonicalJson(whole));
}

function mayBeKept({ tools, messages }: ModelRequest): boolean {
  if (tools.length > 0) return false;
  return messages.every((message) => {
    if (message.role === "tool") return false;
    if (message.role === "assistant") return message.toolCalls.length === 0;
    const { content } = message;
    return typeof content === "string" || content.every((part) => part.type === "text" || part.source.kind === "data");
  });
}

/**
 * Is the answer whole? Cut at the output limit, ended by a filter, or made of tool calls it is not, nor where the provider
 * does not say how it ended. Pure.
 */
export function isWhole(answer: ModelAnswer): boolean {
  return answer.finish === "stop" && answer.toolCalls.length === 0 && answer.text !== "";
}
