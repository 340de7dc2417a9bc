import { AllotError, isAllotError } from "../foundation/errors.ts";
import { settleUsage } from "./estimate-usage.ts";
import { connectionFault } from "./connection-faults.ts";
import type { FaultContext } from "./faults.ts";
import type { ModelAnswer, ModelRequest, TokenUsage } from "./provider.ts";
import { NOTHING_READ } from "./wire-reading.ts";
import type { WireReader, WireReading } from "./wire-reading.ts";

/** How far a call has come; the work keeps it up to date, so that a fault finds what was told by then. */
export interface CallProgress {
  reading: WireReading;
  reader: WireReader | undefined;
  /** All output that arrived, thinking and tool input included. */
  received: string;
}

/**
 * Runs one call so that it ends as the port promises: it rejects as soon as `signal` aborts, however the work behind it
 * takes that; an answer that was never said to be whole is `provider-cut`; every rejection is an AllotError. Where the
 * provider had reported usage or had begun to answer, `details.usage` says what that comes to by then, flagged as an
 * estimate; where nothing at all had come, it is absent, and whoever holds money for the call counts the whole hold.
 */
export async function guardCall(
  context: FaultContext,
  request: ModelRequest,
  signal: AbortSignal,
  work: (progress: CallProgress) => Promise<ModelAnswer>,
): Promise<ModelAnswer> {
  const progress: CallProgress = { reading: NOTHING_READ, reader: undefined, received: "" };
  if (signal.aborted) throw abortFault(signal, context, {});
  const aborted = abortion(signal);
  try {
    const answer = await Promise.race([work(progress), aborted.promise]);
    if (!progress.reading.ended) {
      throw new AllotError("provider-cut", `${context.label} ended the answer before it was whole`);
    }
    return answer;
  } catch (error) {
    const begun = progress.reading.usage !== undefined || progress.received !== "";
    const details = begun ? { usage: usageSoFar(request, progress) } : {};
    if (signal.aborted) throw abortFault(signal, context, details);
    const fault = isAllotError(error) ? error : connectionFault(error, context);
    throw new AllotError(fault.code, fault.message, { details: { ...fault.details, ...details } });
  } finally {
    aborted.forget();
  }
}

function usageSoFar(request: ModelRequest, progress: CallProgress): TokenUsage {
  const { usage } = progress.reading;
  const reported = usage === undefined || progress.reader === undefined ? {} : progress.reader.usage(usage);
  return settleUsage(request, reported, { text: progress.received, whole: false });
}

function abortion(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener("abort", stop) };
}

function abortFault(signal: AbortSignal, context: FaultContext, details: { usage?: TokenUsage }): AllotError {
  const late =
    isAllotError(signal.reason, "provider-timeout") || (signal.reason as Error | undefined)?.name === "TimeoutError";
  return late
    ? new AllotError("provider-timeout", `${context.label} did not answer within the time limit of the call`, {
        details,
      })
    : new AllotError("interrupted", `the call to ${context.label} was stopped`, { details });
}
