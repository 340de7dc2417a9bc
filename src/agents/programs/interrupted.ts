import { AllotError } from "../../foundation/errors.ts";

/** Throws `interrupted` where the signal is aborted. */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new AllotError("interrupted", "the agent was stopped", { cause: signal.reason });
}
