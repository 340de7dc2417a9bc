import type { Clock } from "../foundation/clock.ts";
import { AllotError, isAllotError } from "../foundation/errors.ts";
import { nanoUsd } from "../foundation/units.ts";
import { costOf } from "../ledger/cost.ts";
import type { ModelAnswer, Provider, TokenUsage } from "../providers/provider.ts";
import { isUnbilled } from "../providers/unbilled.ts";
import { awakeSleep } from "./awake-time.ts";
import type { CallEnd } from "./call-journal.ts";
import { type CallRow, priceOf, requestOf } from "./call-row.ts";

/** Calls that may take longer than an idle connection is kept, or answer at length, are streamed. */
const STREAM_FROM_MS = 120_000;
const STREAM_FROM_TOKENS = 16_000;

/** How long a provider may take to hand over what a call that ran out of time had used. */
const LAST_WORDS_MS = 2_000;

const NO_USAGE: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/**
 * Makes one launched call and says how it ended and what it cost. Once, whatever happens: trying again is the caller's
 * decision, under a new key. Never throws.
 *
 * A call that failed costs what the provider had reported of it; where it was under way and nothing was reported, its
 * hold, flagged; where the provider turned it down, nothing.
 */
export async function makeCall(
  row: CallRow,
  openProvider: (name: string) => Promise<Provider>,
  clock: Clock,
): Promise<CallEnd> {
  let provider: Provider;
  try {
    provider = await openProvider(row.provider);
  } catch (error) {
    return { usage: NO_USAGE, cost: nanoUsd(0), fault: faultOf(error, row.provider) };
  }
  try {
    const answer = await withinTime(row, provider, clock);
    return { answer, usage: answer.usage, cost: costOf(answer.usage, priceOf(row)) };
  } catch (error) {
    return { fault: faultOf(error, row.provider), ...costOfFault(error, row) };
  }
}

async function withinTime(row: CallRow, provider: Provider, clock: Clock): Promise<ModelAnswer> {
  const request = requestOf(row);
  const late = new AbortController();
  const done = new AbortController();
  const timeout = new AllotError(
    "provider-timeout",
    `${row.provider} gave no whole answer within ${row.timeout_ms} ms`,
  );
  const streamed = row.timeout_ms >= STREAM_FROM_MS || request.maxOutputTokens >= STREAM_FROM_TOKENS;
  const call = provider.call(request, { signal: late.signal, ...(streamed ? { onDelta: () => {} } : {}) });
  const limit = awakeSleep(row.timeout_ms, clock, done.signal).then(async () => {
    late.abort(timeout);
    await clock.sleep(LAST_WORDS_MS, done.signal);
    throw timeout;
  });
  try {
    return await Promise.race([call, limit]);
  } catch (error) {
    if (!late.signal.aborted) throw error;
    const details = isAllotError(error) ? error.details : {};
    throw new AllotError("provider-timeout", timeout.message, { cause: error, details });
  } finally {
    done.abort();
    // Whichever lost the race may still reject.
    limit.catch(() => {});
    call.catch(() => {});
  }
}

function costOfFault(error: unknown, row: CallRow): Pick<CallEnd, "usage" | "cost" | "note"> {
  const details = isAllotError(error) ? error.details : {};
  const usage = details["usage"] as TokenUsage | undefined;
  if (usage !== undefined) return { usage, cost: costOf(usage, priceOf(row)) };
  if (isAllotError(error) && isUnbilled(error)) return { usage: NO_USAGE, cost: nanoUsd(0) };
  return {
    usage: { ...NO_USAGE, inputTokens: row.hold_tokens, estimated: true },
    cost: nanoUsd(row.hold_nano_usd),
    note: "failed under way and reported no usage; counted at its hold",
  };
}

function faultOf(error: unknown, provider: string): NonNullable<CallEnd["fault"]> {
  if (!isAllotError(error)) {
    const kind = error instanceof Error ? error.name : typeof error;
    return {
      code: "internal",
      message: `the ${provider} provider failed inside allot (${kind}: ${String(error)})`,
      retryable: false,
    };
  }
  const wait = error.details["retryAfterMs"];
  const retryAfterMs = typeof wait === "number" ? { retryAfterMs: wait } : {};
  return { code: error.code, message: error.message, retryable: error.retryable, ...retryAfterMs };
}
