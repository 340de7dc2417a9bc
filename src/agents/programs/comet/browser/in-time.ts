import type { Clock } from "../../../../foundation/clock.ts";

/** What is awaited, unless it takes longer or the signal aborts: then it rejects, and what comes later is nobody's. */
export async function inTime<Value>(
  awaited: Promise<Value>,
  ms: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Value> {
  const over = new AbortController();
  const stop = (): void => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  const late = clock.sleep(ms, over.signal).then((): never => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    signal?.removeEventListener("abort", stop);
    over.abort();
    // Whichever lost the race may still reject, and nobody waits for it.
    for (const loser of [awaited, late]) loser.catch(() => undefined);
  }
}
