import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { costOf } from "../../ledger/cost.ts";
import { estimateInputTokens } from "../../providers/estimate-usage.ts";
import type { ModelAnswer, ModelRequest, TokenUsage } from "../../providers/provider.ts";
import { isUnbilled, isUnsent } from "../../providers/unbilled.ts";
import type { Settlement } from "../../throttle/throttle.ts";
import type { CallTerms } from "./call-terms.ts";
import type { DirectAsk } from "./direct.ts";

/** How a call that was held ended, and what is to be written of it. */
export type CallEnd =
  | { readonly kind: "answered"; readonly answer: ModelAnswer; readonly usage: TokenUsage; readonly note: "" }
  | { readonly kind: "failed"; readonly fault: AllotError; readonly usage: TokenUsage; readonly note: string }
  /** Nothing left this machine: the hold goes, and no row is written. */
  | { readonly kind: "unsent"; readonly fault: AllotError };

const NOTHING: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/** No model writes faster; what a call of which nothing arrived can have used is bounded by the time it had. */
const OUTPUT_TOKENS_PER_S = 500;

/** The end of a call that was answered. */
export function answered(answer: ModelAnswer): CallEnd {
  return { kind: "answered", answer, usage: answer.usage, note: "" };
}

/**
 * What a fault amounts to: nothing where the provider turned the request down; else what it had reported by then; where
 * it had reported nothing, an estimate from the request and the time that passed, flagged. A call that was under way is
 * never free. Pure.
 */
export function endOfFault(error: unknown, request: ModelRequest, passedMs: number): CallEnd {
  const fault = isAllotError(error) ? error : foreign(error);
  const reported = fault.details["usage"] as TokenUsage | undefined;
  if (reported !== undefined) return { kind: "failed", fault, usage: reported, note: fault.code };
  if (isUnsent(fault)) return { kind: "unsent", fault };
  if (isUnbilled(fault)) return { kind: "failed", fault, usage: NOTHING, note: `${fault.code}; not billed` };
  const written = Math.ceil((Math.max(0, passedMs) * OUTPUT_TOKENS_PER_S) / 1000);
  const usage: TokenUsage = {
    ...NOTHING,
    inputTokens: estimateInputTokens(request),
    outputTokens: Math.min(request.maxOutputTokens, Math.max(1, written)),
    estimated: true,
  };
  return { kind: "failed", fault, usage, note: `${fault.code}; reported no usage, estimated` };
}

function foreign(error: unknown): AllotError {
  const kind = error instanceof Error ? error.name : typeof error;
  return new AllotError("internal", `the provider failed inside allot (${kind}: ${String(error)})`, { cause: error });
}

/** The call as the ledger files it. Pure. */
export function settlementOf(
  ask: DirectAsk,
  terms: CallTerms,
  held: { readonly tokens: number; readonly nanoUsd: number },
  end: Exclude<CallEnd, { kind: "unsent" }>,
  tier: string,
): Settlement {
  const { usage } = end;
  return {
    id: ask.id,
    entry: {
      kind: "settlement",
      call_key: ask.id,
      run_id: ask.filing?.run ?? ask.run ?? "",
      task: ask.filing?.task ?? "",
      phase: ask.filing?.phase ?? "direct",
      tier: ask.filing?.tier ?? tier,
      session_id: ask.session,
      provider: ask.provider,
      model: ask.request.model,
      input_tokens: usage.inputTokens,
      cache_read_tokens: usage.cacheReadTokens,
      cache_write_5m_tokens: usage.cacheWrite5mTokens,
      cache_write_1h_tokens: usage.cacheWrite1hTokens,
      output_tokens: usage.outputTokens,
      reasoning_tokens: usage.reasoningTokens,
      nano_usd: costOf(usage, terms.price.price, ask.service),
      price_version: terms.price.price.version,
      price_assumed: terms.price.assumed ? 1 : 0,
      usage_estimated: usage.estimated ? 1 : 0,
      note: [ask.note ?? "", end.note].filter((text) => text !== "").join("; "),
      hold_tokens: held.tokens,
      hold_nano_usd: held.nanoUsd,
      agent: ask.agent ?? null,
      task_type: ask.taskType ?? null,
      project: ask.project ?? null,
      api_key: ask.key ?? null,
      requested_model: ask.requestedModel ?? null,
      service: ask.service ?? "standard",
      scope_keys: JSON.stringify([...terms.ask.scopeKeys, ...(terms.ask.countedKeys ?? [])]),
    },
  };
}
