import type { Clock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { nanoUsd } from "../foundation/units.ts";
import { costOf } from "../ledger/cost.ts";
import type { Provider, TokenUsage } from "../providers/provider.ts";
import { isUnbilled } from "../providers/unbilled.ts";
import type { CallEnd } from "./call-journal.ts";
import { type CallRow, priceOf, requestOf } from "./call-row.ts";
import { withinTime } from "./direct/within-time.ts";

/** The worker that waits for it may die; the call goes on. */
const NOBODY_STOPS = new AbortController().signal;

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
    const answer = await withinTime(provider, requestOf(row), {
      signal: NOBODY_STOPS,
      // Always a stream: it shows that it lives, and tells early what it uses.
      onDelta: () => {},
      timeoutMs: row.timeout_ms,
      idleMs: row.idle_ms ?? row.timeout_ms,
      clock,
    });
    return { answer, usage: answer.usage, cost: costOf(answer.usage, priceOf(row)) };
  } catch (error) {
    return { fault: faultOf(error, row.provider), ...costOfFault(error, row) };
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
