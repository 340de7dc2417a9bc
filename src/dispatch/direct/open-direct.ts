import type { Catalog } from "../../catalog/catalog.ts";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { randomLetters, sha256 } from "../../foundation/ids.ts";
import { type NanoUsd, nanoUsd, toUsd } from "../../foundation/units.ts";
import { priceOfCall } from "../../ledger/worst-case.ts";
import type { Provider, ProviderName } from "../../providers/provider.ts";
import { limitName } from "../../throttle/limits.ts";
import type { Queue } from "../../throttle/queue/queue.ts";
import type { RunawayGuard } from "../../throttle/runaway/runaway.ts";
import { refusalText, spender } from "../../throttle/refusal.ts";
import type { Admitted, Books, Queued, Refused } from "../../throttle/throttle.ts";
import { answered, type CallEnd, endOfFault, settlementOf } from "./call-end.ts";
import { type CallScopes, type CallTerms, scopeKeysOf, termsOf, type UnknownPrice } from "./call-terms.ts";
import type { Cheaper, Direct, DirectAsk, DirectOptions, DirectOutcome } from "./direct.ts";
import type { DirectEvent } from "./direct-events.ts";
import { letIn } from "./let-in.ts";
import { linkSignals } from "./linked-signal.ts";
import { mostWithin, overOwnCap } from "./own-cap.ts";
import { withinTime } from "./within-time.ts";

/** What the direct lane works with. */
export interface DirectParts {
  readonly books: Books;
  /** Where low priority waits at SOFT, and long calls for a place. */
  readonly queue: Pick<Queue, "mustWait" | "wait">;
  /** Stops what runs away. */
  readonly guard: Pick<RunawayGuard, "check">;
  readonly catalog: Catalog;
  /** Opened once by the caller, loaded when its first call comes. Rejects with `provider-not-configured` ... */
  readonly provider: (name: ProviderName) => Promise<Provider>;
  /** Where a provider lives, if not at its usual address: some addresses have known prices. */
  readonly baseUrlOf: (name: ProviderName) => string | undefined;
  readonly clock: Clock;
  readonly unknownPrice: UnknownPrice;
  /** For a whole answer, or for the first sign of a streamed one. */
  readonly callTimeoutMs: number;
  /** The longest silence inside a stream. */
  readonly idleTimeoutMs: number;
  /** Scope keys together with those of a budget and all that it is a part of. Throws `usage` for an unknown one. */
  readonly scopesUnder: (scopeKeys: readonly string[], budget: string) => Promise<CallScopes>;
  /** A way that costs less and has room; null where there is none. */
  readonly cheaper: (ask: DirectAsk, refused: Refused) => Promise<Cheaper | null>;
  readonly onEvent: (event: DirectEvent) => void;
}

/** An id for a call whose caller has none. */
export function newCallId(now: number): string {
  return `call-${now.toString(36)}-${randomLetters(12)}`;
}

/** Opens the direct lane. It owns none of its parts: closing it stops what waits, and leaves books and store open. */
export function openDirect(parts: DirectParts): Direct {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  const lane: Lane = { ...parts, alarmed: new Set(), prompts: new Map() };
  return {
    call(ask, options) {
      const { signal, unlink } = linkSignals([options.signal, closing.signal]);
      const call = oneCall(lane, ask, { ...options, signal }).finally(unlink);
      running.add(call);
      call.then(
        () => running.delete(call),
        () => running.delete(call),
      );
      return call;
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new AllotError("interrupted", "the client was closed"));
      await Promise.allSettled(running);
    },
  };
}

/** What the lane remembers between calls. */
interface Lane extends DirectParts {
  /** Models whose unknown price was told of. */
  readonly alarmed: Set<string>;
  /** Prompts that are under way, and how often, by session and hash. */
  readonly prompts: Map<string, number>;
}

async function oneCall(parts: Lane, ask: DirectAsk, options: DirectOptions): Promise<DirectOutcome> {
  throwIfAborted(options.signal, "before anything was held");
  const price = priceOfCall(parts.catalog, ask.provider, ask.request.model, parts.baseUrlOf(ask.provider));
  const model = `${ask.provider}/${ask.request.model}`;
  if (price.assumed && !parts.alarmed.has(model)) {
    parts.alarmed.add(model);
    parts.onEvent({ kind: "price-unknown", ask, policy: parts.unknownPrice });
  }
  const scopes = ask.budget === undefined ? undefined : await parts.scopesUnder(scopeKeysOf(ask), ask.budget);
  const terms = termsOf(ask, price, parts.unknownPrice, scopes);
  if (terms === undefined) return denied(model);
  const { capNanoUsd: cap, ...uncapped } = ask;
  if (cap !== undefined && terms.worst.nanoUsd > cap) return withinCap(parts, uncapped, cap, terms, options);
  if (ask.guarded === false) return letInAndCall(parts, ask, terms, options);
  return guarded(parts, ask, terms, () => letInAndCall(parts, ask, terms, options));
}

/** As much of an answer as the call's own cap lets it have. */
async function withinCap(
  parts: Lane,
  ask: DirectAsk,
  cap: NanoUsd,
  { ask: { clamp } }: CallTerms,
  options: DirectOptions,
): Promise<DirectOutcome> {
  const most = clamp === undefined ? undefined : mostWithin(cap, clamp.leastTokens, clamp.maxTokens, clamp.worstOf);
  if (most === undefined) return { kind: "refused", ...overOwnCap(cap), cheaper: null };
  const request = { ...ask.request, maxOutputTokens: most };
  const onAdmitted = (admitted: Admitted): void => options.onAdmitted?.({ clampedTo: most, ...admitted });
  return oneCall(parts, { ...ask, request }, { ...options, onAdmitted });
}

/**
 * Asks the guard first. A loop sends its prompt again once it has the answer; the same prompt beside itself is a sample
 * of many answers, and is not counted as a repetition; nor is another attempt at the same request.
 */
async function guarded(
  parts: Lane,
  ask: DirectAsk,
  { worst }: CallTerms,
  call: () => Promise<DirectOutcome>,
): Promise<DirectOutcome> {
  const { session, request } = ask;
  const hash = sha256(JSON.stringify([request.system, request.messages]));
  const key = `${session} ${hash}`;
  const beside = parts.prompts.get(key) ?? 0;
  parts.prompts.set(key, beside + 1);
  try {
    const promptHash = beside === 0 && ask.isRetry !== true ? hash : `${hash} ${ask.id}`;
    const stopped = await parts.guard.check({ session, promptHash, worst });
    return stopped === undefined ? await call() : await refusal(parts, ask, stopped);
  } finally {
    const left = (parts.prompts.get(key) ?? 1) - 1;
    if (left === 0) parts.prompts.delete(key);
    else parts.prompts.set(key, left);
  }
}

async function letInAndCall(
  parts: DirectParts,
  ask: DirectAsk,
  terms: CallTerms,
  options: DirectOptions,
): Promise<DirectOutcome> {
  const entry = await letIn(parts, ask, terms, options);
  if (entry.kind === "refused") return refusal(parts, ask, entry.refused);
  if (entry.kind === "expired") return expired(parts, ask, entry.queued);
  try {
    if (entry.admitted.warning !== undefined) parts.onEvent({ kind: "warned", ask, admitted: entry.admitted });
    options.onAdmitted?.(entry.admitted);
    return await carryOut(parts, ask, terms, entry.admitted, options);
  } finally {
    await entry.done();
  }
}

function denied(model: string): DirectOutcome {
  return {
    kind: "failed",
    code: "unknown-model",
    message: `the price of ${model} is not known, and the policy for unknown prices is deny; state its prices under "models" in the user's configuration`,
    cost: nanoUsd(0),
    retryable: false,
  };
}

/** What became of a call that waited until its deadline. */
function expired(parts: DirectParts, ask: DirectAsk, queued: Queued | undefined): DirectOutcome {
  if (queued === undefined) {
    return {
      kind: "failed",
      code: "limit-reached",
      message: "the call waited for a place among the long ones until its deadline, and none was free",
      cost: nanoUsd(0),
      retryable: true,
    };
  }
  const { level, worst: limit } = queued;
  const refused: Refused = {
    kind: "refused",
    why: "level",
    level,
    limit,
    shortBy: 0,
    retryAfterMs: null,
    freeAt: null,
  };
  const message =
    `Request throttled: ${level}. It waited in the queue until its deadline, behind ${limitName(limit.limit)} for ` +
    `${spender(limit.scopeKey)}. What helps: a longer wait; priority normal.`;
  parts.onEvent({ kind: "blocked", ask, refused, message });
  return { kind: "refused", refused, message, cheaper: null };
}

async function refusal(parts: DirectParts, ask: DirectAsk, refused: Refused): Promise<DirectOutcome> {
  const cheaper = refused.why === "stopped" ? null : await parts.cheaper(ask, refused);
  const way = cheaper === null ? undefined : `${cheaper.provider}/${cheaper.model}`;
  const message = refusalText(refused, parts.clock.now(), way);
  parts.onEvent({ kind: "blocked", ask, refused, message });
  return { kind: "refused", refused, message, cheaper };
}

async function carryOut(
  parts: DirectParts,
  ask: DirectAsk,
  terms: CallTerms,
  admitted: Admitted,
  options: DirectOptions,
): Promise<DirectOutcome> {
  const { books } = parts;
  let end: CallEnd;
  try {
    end = await callProvider(parts, ask, admitted, options);
  } catch (error) {
    // Nothing was sent yet.
    books.release(ask.id);
    throw error;
  }
  if (end.kind === "unsent") books.release(ask.id);
  else {
    const tier = parts.catalog.find(ask.request.model, { provider: ask.provider })?.tier ?? "big";
    const settlement = settlementOf(ask, terms, admitted.held, end, tier);
    // Before the answer is handed on: a crash between the two may lose the answer, never the spend.
    books.settle(settlement);
    const cost = nanoUsd(settlement.entry.nano_usd);
    if (end.kind === "answered")
      return { kind: "answered", answer: end.answer, cost, admitted, priceAssumed: terms.price.assumed };
    if (options.signal.aborted) throw interrupted("after it was sent", { cost: toUsd(cost), usage: end.usage });
    return failure(end.fault, cost, admitted);
  }
  throwIfAborted(options.signal, "before it was sent");
  return failure(end.fault, nanoUsd(0), admitted);
}

async function callProvider(
  parts: DirectParts,
  ask: DirectAsk,
  admitted: Admitted,
  { signal, onDelta }: DirectOptions,
): Promise<CallEnd> {
  const { clock } = parts;
  const { clampedTo } = admitted;
  const request = clampedTo === undefined ? ask.request : { ...ask.request, maxOutputTokens: clampedTo };
  let provider: Provider;
  try {
    provider = await parts.provider(ask.provider);
  } catch (error) {
    const fault = endOfFault(error, request, 0);
    return fault.kind === "failed" ? { kind: "unsent", fault: fault.fault } : fault;
  }
  throwIfAborted(signal, "before it was sent");
  const startedAt = clock.now();
  try {
    const { timeoutMs = parts.callTimeoutMs } = ask;
    const { idleTimeoutMs: idleMs } = parts;
    return answered(await withinTime(provider, request, { signal, onDelta, timeoutMs, idleMs, clock }));
  } catch (error) {
    return endOfFault(error, request, clock.now() - startedAt);
  }
}

function failure(fault: AllotError, cost: number, admitted: Admitted): DirectOutcome {
  const { retryAfterMs: wait, status } = fault.details;
  return {
    kind: "failed",
    code: fault.code,
    message: fault.message,
    cost: nanoUsd(cost),
    retryable: fault.retryable,
    ...(typeof wait === "number" ? { retryAfterMs: wait } : {}),
    ...(typeof status === "number" ? { status } : {}),
    admitted,
  };
}

function throwIfAborted(signal: AbortSignal, when: string): void {
  if (!signal.aborted) return;
  // Who closed the lane said so himself.
  throw isAllotError(signal.reason, "interrupted") ? signal.reason : interrupted(when, {});
}

function interrupted(when: string, details: Record<string, unknown>): AllotError {
  return new AllotError("interrupted", `the call was stopped ${when}`, { details });
}
