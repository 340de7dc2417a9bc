import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { CallOptions, ModelAnswer, ModelRequest, Provider } from "../../providers/provider.ts";
import { awakeSleep } from "../awake-time.ts";

/** Answers of that length are streamed also where nobody listens: idle connections are cut, and usage comes early. */
const STREAM_FROM_TOKENS = 16_000;

/** How a call to a provider is bounded. */
export interface CallBounds {
  readonly signal: AbortSignal;
  readonly onDelta: CallOptions["onDelta"] | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * One request to the provider, ended with `provider-timeout` after `timeoutMs` of being awake and with `interrupted` when
 * `signal` aborts; the connection is closed in both cases.
 */
export async function withinTime(provider: Provider, request: ModelRequest, bounds: CallBounds): Promise<ModelAnswer> {
  const { signal, timeoutMs, clock } = bounds;
  const late = new AbortController();
  const done = new AbortController();
  const onDelta = bounds.onDelta ?? (request.maxOutputTokens >= STREAM_FROM_TOKENS ? () => {} : undefined);
  const limit = awakeSleep(timeoutMs, clock, done.signal).then(
    () => late.abort(new AllotError("provider-timeout", `no whole answer within ${timeoutMs} ms`)),
    // The call was over first.
    () => {},
  );
  try {
    return await provider.call(request, {
      signal: AbortSignal.any([signal, late.signal]),
      ...(onDelta === undefined ? {} : { onDelta }),
    });
  } finally {
    done.abort();
    await limit;
  }
}
