import type { Catalog } from "../catalog/catalog.ts";
import { AllotError } from "../foundation/errors.ts";
import type { NanoUsd } from "../foundation/units.ts";
import { priceOfCall, worstCase } from "../ledger/worst-case.ts";
import type { Store } from "../storage/storage.ts";
import { openCall } from "./call-journal.ts";
import { isOver, outcomeOf } from "./call-row.ts";
import { CallWatch } from "./call-watch.ts";
import type { CallAsk, CallOutcome, Dispatch } from "./dispatch.ts";
import { HostProcess } from "./host-process.ts";
import { clearSeatOfOthers, releaseHost } from "./host-seat.ts";
import { type ProvidersSettings, settingsFingerprint } from "./host-settings.ts";
import { recoverCalls } from "./recover-calls.ts";

export interface DispatchOptions {
  readonly store: Store;
  /** Whose calls these are: the run's id. Its calls share one call host. */
  readonly hostKey: string;
  readonly catalog: Pick<Catalog, "find" | "dearest">;
  readonly providers: ProvidersSettings;
  /** What the run may use up in all; null: no budget of its own. */
  readonly budget?: NanoUsd | null;
}

/**
 * Opens the door for the calls of one host key. Calls that a dead host left behind become `unknown` here, each counted
 * at its hold. Disposing it leaves running calls to their host, which ends after them.
 */
export async function openDispatch(options: DispatchOptions): Promise<Dispatch & AsyncDisposable> {
  const { store, hostKey } = options;
  await recoverCalls(store, hostKey);
  await clearSeatOfOthers(store, hostKey, settingsFingerprint(hostKey, options.providers));
  const watch = new CallWatch(store, hostKey, new HostProcess(store, hostKey, options.providers));
  return {
    call: (ask, signal) => call(options, watch, ask, signal),
    async [Symbol.asyncDispose]() {
      watch.close();
      await releaseHost(store, hostKey);
    },
  };
}

async function call(
  options: DispatchOptions,
  watch: CallWatch,
  ask: CallAsk,
  signal: AbortSignal,
): Promise<CallOutcome> {
  throwIfInterrupted(signal);
  if (ask.key.run !== options.hostKey) {
    throw new AllotError("internal", `a call of run ${ask.key.run} was asked of the dispatch of ${options.hostKey}`);
  }
  const price = priceOfCall(options.catalog, ask.provider, ask.request.model);
  const worst = worstCase(ask.request, price.price);
  const opening = await openCall(options.store, ask, { price, worst, budget: options.budget ?? null });
  if (opening.kind === "refused") return opening;
  if (opening.kind === "known" && isOver(opening.row)) return outcomeOf(opening.row, true);
  const key = opening.kind === "known" ? opening.row.key : opening.key;
  return outcomeOf(await watch.over(key, signal), opening.kind === "known");
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new AllotError("interrupted", "the call was not made: interrupted", { cause: signal.reason });
}
