import type { Catalog } from "../catalog/catalog.ts";
import { AllotError } from "../foundation/errors.ts";
import { canonicalJson, randomLetters, sha256 } from "../foundation/ids.ts";
import { processIdentity } from "../foundation/process-identity.ts";
import { nanoUsd } from "../foundation/units.ts";
import { foldOldMinutes } from "../ledger/use-minutes.ts";
import { BOOKS } from "../storage/exclusive.ts";
import type { Store } from "../storage/storage.ts";
import { DEFAULT_LIMITS } from "../throttle/limits.ts";
import { openQueue } from "../throttle/queue/queue.ts";
import { openRunawayGuard, type RunawayGuard } from "../throttle/runaway/runaway.ts";
import { sweepReservations } from "../throttle/store/budgets.ts";
import { spender } from "../throttle/refusal.ts";
import { limitTitle } from "../throttle/store/events.ts";
import { loadLimitSet } from "../throttle/store/stored-limits.ts";
import type { Admission, LimitSet, Queued } from "../throttle/throttle.ts";
import { openCall, type Opening } from "./call-journal.ts";
import { openTerms, type RunLimits } from "./call-limits.ts";
import { gaveUpWaiting, stoppedByGuard } from "./call-refusal.ts";
import { isOver, outcomeOf, keyText } from "./call-row.ts";
import { CallWatch } from "./call-watch.ts";
import type { CallAsk, CallOutcome, Dispatch } from "./dispatch.ts";
import { HostProcess } from "./host-process.ts";
import { clearSeatOfOthers, releaseHost } from "./host-seat.ts";
import { type ProvidersSettings, settingsFingerprint } from "./host-settings.ts";
import { expireCalls, recoverCalls } from "./recover-calls.ts";

export interface DispatchOptions extends RunLimits {
  readonly store: Store;
  /** Whose calls these are: the run's id. Its calls share one call host. */
  readonly hostKey: string;
  readonly catalog: Pick<Catalog, "find" | "dearest">;
  readonly providers: ProvidersSettings;
  /** Limits of defaults and configuration; what `allot limits` has stored stands above them, as of each call. */
  readonly limits?: LimitSet;
  /** A hold whose fate nobody has learnt for so long is counted as spent. */
  readonly holdExpiryMs?: number;
  /** Told what the user should know: the first use of a model without a known price, a call that waits in the queue. */
  readonly onNotice?: (text: string) => void;
}

/** A day. */
const HOLD_EXPIRY_MS = 86_400_000;

/** How long a call waits for what others have leased and were asked to give back. */
const RECALL_LOOKS = 6;
const RECALL_LOOK_MS = 50;

/**
 * Opens the door for the calls of one host key. Calls that a dead host left behind become `unknown` here, each counted
 * at its hold. Disposing it leaves running calls to their host, which ends after them.
 */
export async function openDispatch(options: DispatchOptions): Promise<Dispatch & AsyncDisposable> {
  const { store, hostKey } = options;
  await recoverCalls(store, hostKey);
  await expireCalls(store, options.holdExpiryMs ?? HOLD_EXPIRY_MS);
  await store.transaction(async (trx) => {
    await foldOldMinutes(trx, store.clock.now());
    await sweepReservations(trx, store.clock.now());
  }, BOOKS);
  await clearSeatOfOthers(store, hostKey, settingsFingerprint(hostKey, options.providers));
  const watch = new CallWatch(store, hostKey, new HostProcess(store, hostKey, options.providers));
  const guard = openRunawayGuard({ store, clock: store.clock, limits: () => options.limits ?? DEFAULT_LIMITS });
  return {
    async call(ask, signal) {
      const stopped = await stopOf(options, guard, ask);
      return stopped ?? (await call(options, watch, ask, signal));
    },
    async [Symbol.asyncDispose]() {
      watch.close();
      await releaseHost(store, hostKey);
    },
  };
}

/** Whether the guard has stopped the session, or does now. What was called before may be read whatever it says. */
async function stopOf(options: DispatchOptions, guard: RunawayGuard, ask: CallAsk): Promise<CallOutcome | undefined> {
  const { store, catalog, limits } = options;
  const { key, session, request } = ask;
  const known = await store.db.selectFrom("calls").select("state").where("key", "=", keyText(key)).executeTakeFirst();
  if (known !== undefined && known.state !== "refused") return undefined;
  // A run that is made again from the start asks the same again, and may.
  const promptHash = sha256(canonicalJson([key.run, request.system, request.messages]));
  const worst = openTerms(catalog, ask, options, limits ?? DEFAULT_LIMITS, false)?.worst;
  const refused = await guard.check({ session, promptHash, ...(worst === undefined ? {} : { worst }) });
  return refused === undefined ? undefined : stoppedByGuard(refused, store.clock.now());
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
  const opening = await decided(options, ask, signal);
  if (opening === undefined) return denied(ask);
  if (opening.kind === "refused") return opening.outcome;
  if (opening.kind === "queued") return inLine(options, watch, ask, opening.queued, signal);
  return carriedOut(options, watch, opening, signal);
}

async function carriedOut(
  options: DispatchOptions,
  watch: CallWatch,
  opening: Extract<Opening, { kind: "opened" | "known" }>,
  signal: AbortSignal,
): Promise<CallOutcome> {
  if (opening.kind === "opened" && opening.alarm !== null) options.onNotice?.(opening.alarm);
  if (opening.kind === "known" && isOver(opening.row)) return outcomeOf(opening.row, true);
  const key = opening.kind === "known" ? opening.row.key : opening.key;
  return outcomeOf(await watch.over(key, signal), opening.kind === "known");
}

type Decided = Exclude<Opening, { kind: "recalled" }>;

/** Asks until others have given back what they could; undefined where the price is not known and such calls are denied. */
async function decided(options: DispatchOptions, ask: CallAsk, signal: AbortSignal): Promise<Decided | undefined> {
  const { store } = options;
  for (let looks = 0; ; looks += 1) {
    const set = await loadLimitSet(store.db, options.limits ?? DEFAULT_LIMITS);
    const terms = openTerms(options.catalog, ask, options, set, looks < RECALL_LOOKS);
    if (terms === undefined) return undefined;
    const opening = await openCall(store, ask, terms);
    if (opening.kind !== "recalled") return opening;
    await store.clock.sleep(RECALL_LOOK_MS, signal).catch(() => {});
    throwIfInterrupted(signal);
  }
}

/** Waits in the queue of all processes until the call goes, or cannot go by waiting. */
async function inLine(
  options: DispatchOptions,
  watch: CallWatch,
  ask: CallAsk,
  queued: Queued,
  signal: AbortSignal,
): Promise<CallOutcome> {
  const { store, catalog } = options;
  const queue = openQueue({ store, clock: store.clock, identity: processIdentity() });
  const terms = openTerms(catalog, ask, options, options.limits ?? DEFAULT_LIMITS, false);
  const worst = terms?.worst ?? { tokens: 0, nanoUsd: 0, requests: 0 };
  const waiting = {
    // A key may wait more than once in its life; each time is a row of its own.
    id: `${keyText(ask.key)} ${randomLetters(8)}`,
    session: ask.session,
    run: ask.key.run,
    priority: ask.priority,
    model: ask.request.model,
    worst,
    scopeKeys: terms?.scopeKeys ?? [],
  };
  options.onNotice?.(
    `${keyText(ask.key)} waits in the queue: ${limitTitle(queued.worst.limit)} for ${spender(queued.worst.scopeKey)} is at ${queued.level}`,
  );
  let last: Decided | undefined;
  const end = await queue.wait(
    waiting,
    async (priority): Promise<Admission> => {
      last = await decided(options, { ...ask, priority }, signal);
      if (last?.kind === "queued") return last.queued;
      return last?.kind === "refused" ? last.refused : { kind: "admitted", level: "NONE", held: worst };
    },
    signal,
    queued,
  );
  throwIfInterrupted(signal);
  if (end.kind === "admitted") await end.done();
  if (end.kind === "cancelled") throw new AllotError("interrupted", "the waiting call was taken out of the queue");
  if (end.kind === "expired") return gaveUpWaiting(queued);
  if (last === undefined) return denied(ask);
  if (last.kind === "queued") return gaveUpWaiting(last.queued);
  return last.kind === "refused" ? last.outcome : carriedOut(options, watch, last, signal);
}

function denied(ask: CallAsk): CallOutcome {
  return {
    kind: "failed",
    code: "unknown-model",
    message: `the price of ${ask.provider}/${ask.request.model} is not known, and --unknown-price is deny; give its prices in the user's configuration under "models"`,
    cost: nanoUsd(0),
    retryable: false,
  };
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new AllotError("interrupted", "the call was not made: interrupted", { cause: signal.reason });
}
