import type { Clock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import type { CallOptions, ModelAnswer, ModelRequest, Provider } from "../../providers/provider.ts";
import { awakeSleep, SLICE_MS } from "../awake-time.ts";

/**
 * Answers that may get longer are streamed also where nobody listens: a stream shows that it lives, idle connections are
 * cut, and usage comes early. At 20 tokens a second, a slow model of today, this many fit into the usual 60 s.
 */
const STREAM_ABOVE_TOKENS = 1_024;

/** No answer takes longer that anybody waits for, however lively its stream is. */
const LONGEST_MS = 1_800_000;

/** How long a provider may take to hand over what a call that ran out of time had used. */
const LAST_WORDS_MS = 2_000;

/** How a call to a provider is bounded. */
export interface CallBounds {
  readonly signal: AbortSignal;
  readonly onDelta: CallOptions["onDelta"] | undefined;
  /** For the whole answer where it is not streamed, else for the first sign of it. */
  readonly timeoutMs: number;
  /** The longest silence inside a stream. */
  readonly idleMs: number;
  readonly clock: Clock;
}

/**
 * One request to the provider, ended with `provider-timeout` after `timeoutMs` (or, in a stream, `idleMs`) of silence
 * while awake, and with `interrupted` when `signal` aborts; the connection is closed in both cases. What was used by then
 * is in the fault's details, where the provider had told it. A stream that lives has half an hour, or `timeoutMs` where that is more.
 */
export async function withinTime(provider: Provider, request: ModelRequest, bounds: CallBounds): Promise<ModelAnswer> {
  const { signal, clock, onDelta } = bounds;
  const late = new AbortController();
  const done = new AbortController();
  const streamed = onDelta !== undefined || request.maxOutputTokens > STREAM_ABOVE_TOKENS;
  const life: Life = { signs: 0, lastAt: clock.now() };
  const listen = (delta: Parameters<NonNullable<CallOptions["onDelta"]>>[0]): void => {
    life.signs += 1;
    life.lastAt = clock.now();
    onDelta?.(delta);
  };
  const call = provider.call(request, {
    signal: AbortSignal.any([signal, late.signal]),
    ...(streamed ? { onDelta: listen } : {}),
  });
  const limit = (streamed ? silence(life, bounds, done.signal) : wholeTime(bounds, done.signal)).then(async (why) => {
    const timeout = new AllotError("provider-timeout", `${provider.name} ${why}`);
    late.abort(timeout);
    await clock.sleep(LAST_WORDS_MS, done.signal);
    throw timeout;
  });
  try {
    return await Promise.race([call, limit]);
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error;
    const { message } = late.signal.reason as AllotError;
    throw new AllotError("provider-timeout", message, {
      cause: error,
      details: isAllotError(error) ? { ...error.details } : {},
    });
  } finally {
    done.abort();
    // Whichever lost the race may still reject.
    limit.catch(() => {});
    call.catch(() => {});
  }
}

/** What a stream has shown of itself. */
interface Life {
  signs: number;
  lastAt: number;
}

async function wholeTime({ timeoutMs, clock }: CallBounds, over: AbortSignal): Promise<string> {
  await awakeSleep(timeoutMs, clock, over);
  return `gave no whole answer within ${timeoutMs} ms`;
}

/** Resolves once a stream has been silent for too long, with what is to be said of it. */
async function silence(life: Life, { timeoutMs, idleMs, clock }: CallBounds, over: AbortSignal): Promise<string> {
  const mostMs = Math.max(LONGEST_MS, timeoutMs);
  let [quietMs, totalMs, seen] = [0, 0, 0];
  for (;;) {
    const limitMs = life.signs === 0 ? timeoutMs : idleMs;
    if (totalMs >= mostMs) return `was still answering after ${mostMs} ms`;
    if (quietMs >= limitMs) {
      return life.signs === 0 ? `gave no sign of an answer within ${limitMs} ms` : `fell silent for ${limitMs} ms`;
    }
    const sliceMs = Math.min(SLICE_MS, limitMs - quietMs, mostMs - totalMs);
    const before = clock.now();
    await awakeSleep(sliceMs, clock, over);
    const passed = Math.min(clock.now() - before, sliceMs);
    totalMs += passed;
    quietMs = life.signs === seen ? quietMs + passed : Math.min(passed, Math.max(0, clock.now() - life.lastAt));
    seen = life.signs;
  }
}
