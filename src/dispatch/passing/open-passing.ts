import { Pool } from "undici";
import type { Catalog } from "../../catalog/catalog.ts";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { sha256 } from "../../foundation/ids.ts";
import { UnderWay } from "../../foundation/under-way.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { type CallPrice, priceOfCall } from "../../ledger/worst-case.ts";
import type { FaultContext } from "../../providers/faults.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { readerOf } from "../../providers/wires.ts";
import type { Queue } from "../../throttle/queue/queue.ts";
import { refusalText } from "../../throttle/refusal.ts";
import type { RunawayGuard } from "../../throttle/runaway/runaway.ts";
import type { Admitted, Books, Refused } from "../../throttle/throttle.ts";
import type { CallScopes, UnknownPrice } from "../direct/call-terms.ts";
import type { AskFacts, DirectEvent } from "../direct/direct-events.ts";
import { letIn, type Entry } from "../direct/let-in.ts";
import { overOwnCap } from "../direct/own-cap.ts";
import { faultKindOf } from "../survival/fault-kind.ts";
import type { Fault } from "../survival/survival.ts";
import { Exchange, type Exchanged } from "./exchange.ts";
import { outcomeOf, type PassOutcome, passSettlement } from "./pass-end.ts";
import { passScopeKeys, type PassTerms, passTerms } from "./pass-terms.ts";
import type { PassAsk, PassEnd, Passing, PassReader, Spent } from "./passing.ts";
import { bytesBound, countedBound, measuredBound } from "./request-size.ts";
import { TokenRatios } from "./token-ratios.ts";

/** What the passing lane works with. */
export interface PassingParts {
  readonly books: Books;
  readonly queue: Pick<Queue, "mustWait" | "wait">;
  readonly guard: Pick<RunawayGuard, "check">;
  readonly catalog: Catalog;
  readonly contextOf: (name: ProviderName) => FaultContext;
  readonly clock: Clock;
  readonly unknownPrice: UnknownPrice;
  /** Scope keys together with those of a budget and all that it is a part of. Throws `usage` for an unknown one. */
  readonly scopesUnder: (scopeKeys: readonly string[], budget: string) => Promise<CallScopes>;
  readonly onEvent: (event: DirectEvent) => void;
}

/** What is known of a model; prices hold from a date on, so it is looked up again after a while. */
interface ModelTerms {
  readonly price: CallPrice;
  readonly tier: string;
  readonly mostOutputTokens: number;
  readonly until: number;
}

const MODEL_TERMS_MS = 60_000;
const MOST_MODELS = 2_000;

/** Where nobody knows how much a model can write. */
const UNKNOWN_OUTPUT = 32_000;

/** Opens the passing lane. It owns the connections to providers, and none of its parts. */
export function openPassing(parts: PassingParts): Passing {
  return new PassingLane(parts);
}

class PassingLane implements Passing {
  readonly #parts: PassingParts;
  readonly #pools = new Map<string, Pool>();
  readonly #models = new Map<string, ModelTerms>();
  readonly #ratios = new TokenRatios();
  readonly #alarmed = new Set<string>();
  readonly #running = new UnderWay<Exchange>();

  constructor(parts: PassingParts) {
    this.#parts = parts;
  }

  async pass(ask: PassAsk, reader: PassReader, signal: AbortSignal): Promise<PassEnd> {
    if (signal.aborted) return { kind: "left" };
    const model = this.#termsOf(ask);
    const scopes = await this.#scopesOf(ask);
    if (model.price.assumed && this.#parts.unknownPrice === "deny") return denied(ask);
    const stopped = await this.#guarded(ask);
    if (stopped !== undefined) {
      const end = this.#refusal(stopped);
      this.#note(ask, end);
      return end;
    }
    const entered = await this.#letIn(ask, model, scopes, signal);
    if (entered.kind !== "in") return entered.end;
    const { entry, terms } = entered;
    try {
      return await this.#carryOut(ask, terms, entry.admitted, model, reader, signal);
    } finally {
      await entry.done();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const exchange of this.#running.all()) exchange.leave(0);
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #termsOf(ask: PassAsk): ModelTerms {
    const name = `${ask.provider}/${ask.model}`;
    const { clock, catalog, onEvent, unknownPrice } = this.#parts;
    const now = clock.now();
    const known = this.#models.get(name);
    if (known !== undefined && known.until > now) return known;
    const price = priceOfCall(catalog, ask.provider, ask.model, ask.origin);
    const listed = catalog.find(ask.model, { provider: ask.provider });
    const made: ModelTerms = {
      price,
      tier: listed?.tier ?? "big",
      mostOutputTokens: listed?.maxOutputTokens ?? UNKNOWN_OUTPUT,
      until: now + MODEL_TERMS_MS,
    };
    if (this.#models.size >= MOST_MODELS) this.#models.clear();
    this.#models.set(name, made);
    if (price.assumed && !this.#alarmed.has(name)) {
      if (this.#alarmed.size < MOST_MODELS) this.#alarmed.add(name);
      onEvent({ kind: "price-unknown", ask: factsOf(ask), policy: unknownPrice });
    }
    return made;
  }

  async #scopesOf(ask: PassAsk): Promise<CallScopes> {
    const scopeKeys = passScopeKeys(ask);
    if (ask.budget === undefined) return { scopeKeys, countedKeys: [] };
    return this.#parts.scopesUnder(scopeKeys, ask.budget);
  }

  #guarded(ask: PassAsk): Promise<Refused | undefined> | undefined {
    if (!ask.guarded) return undefined;
    return this.#parts.guard.check({ session: ask.session, promptHash: sha256(ask.body) });
  }

  /** Holds by the bytes first; only where that does not fit is the request looked at more closely, and then counted. */
  async #letIn(
    ask: PassAsk,
    model: ModelTerms,
    scopes: CallScopes,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "in"; readonly entry: Extract<Entry, { kind: "admitted" }>; readonly terms: PassTerms }
    | { readonly kind: "out"; readonly end: PassEnd }
  > {
    const { unknownPrice } = this.#parts;
    const most = ask.maxOutputTokens ?? model.mostOutputTokens;
    const bounds = [() => bytesBound(ask.body), () => measuredBound(ask.read()), () => countedBound(ask.read())];
    let end: PassEnd | undefined;
    for (const [round, bound] of bounds.entries()) {
      // What waits for its turn is looked at well before it does.
      if (round === 0 && ask.priority === "low") continue;
      const isLast = round === bounds.length - 1;
      const terms = passTerms(ask, model.price, unknownPrice, await bound(), most, scopes);
      if (terms === undefined) continue;
      const { clamp: _, ...whole } = terms.ask;
      const entry = await this.#enter(ask, isLast ? terms.ask : whole, signal);
      if (entry.kind === "admitted") return { kind: "in", entry, terms };
      if (entry.kind === "left") return { kind: "out", end: { kind: "left" } };
      end = this.#outOf(entry);
      if (entry.kind === "expired" || entry.refused.why !== "room") break;
    }
    end ??= overCap(ask);
    if (end.kind === "refused") this.#note(ask, end);
    return { kind: "out", end };
  }

  async #enter(ask: PassAsk, wish: PassTerms["ask"], signal: AbortSignal): Promise<Entry | { readonly kind: "left" }> {
    const { books } = this.#parts;
    if (ask.priority !== "low") {
      const answer = books.admit(wish);
      const first = answer instanceof Promise ? await answer : answer;
      if (first.kind === "admitted" && signal.aborted) {
        books.release(ask.id);
        return { kind: "left" };
      }
      if (first.kind === "admitted") return { kind: "admitted", admitted: first, done: nothing };
      if (first.kind === "refused") return { kind: "refused", refused: first };
    }
    try {
      return await letIn(this.#parts, factsOf(ask), { ask: wish }, { signal });
    } catch (error) {
      if (isAllotError(error, "interrupted")) return { kind: "left" };
      throw error;
    }
  }

  #outOf(entry: Exclude<Entry, { kind: "admitted" }>): PassEnd {
    if (entry.kind === "refused") return this.#refusal(entry.refused);
    const message = "The request waited in the queue until its deadline, and there was no room.";
    const { queued } = entry;
    if (queued === undefined)
      return { kind: "failed", shown: false, told: false, fault: faultOf(new AllotError("limit-reached", message)) };
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
    return { kind: "refused", refused, message };
  }

  #refusal(refused: Refused): Extract<PassEnd, { kind: "refused" }> {
    return { kind: "refused", refused, message: refusalText(refused, this.#parts.clock.now()) };
  }

  #note(ask: PassAsk, { refused, message }: Extract<PassEnd, { kind: "refused" }>): void {
    this.#parts.onEvent({ kind: "blocked", ask: factsOf(ask), refused, message });
  }

  async #carryOut(
    ask: PassAsk,
    terms: PassTerms,
    admitted: Admitted,
    model: ModelTerms,
    reader: PassReader,
    signal: AbortSignal,
  ): Promise<PassEnd> {
    const { books, clock, onEvent } = this.#parts;
    if (admitted.warning !== undefined) onEvent({ kind: "warned", ask: factsOf(ask), admitted });
    const wireReader = readerOf(ask.provider, ask.wire);
    const maxTokens = admitted.clampedTo ?? (ask.capNanoUsd === undefined ? undefined : terms.maxOutputTokens);
    const told = maxTokens === undefined ? admitted : { ...admitted, clampedTo: maxTokens };
    const exchange = new Exchange(
      ask,
      reader,
      wireReader,
      (status, headers) => reader.head(status, headers, told),
      () => clock.now(),
    );
    this.#send(ask, maxTokens, exchange);
    const leave = (): void => exchange.leave(lettersAfterLeaving(ask, this.#ratios));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    const place = this.#running.enter(exchange);
    const exchanged = await exchange.done;
    this.#running.leave(place);
    signal.removeEventListener("abort", leave);
    const by = {
      reader: wireReader,
      context: this.#parts.contextOf(ask.provider),
      ratios: this.#ratios,
      now: clock.now(),
    };
    const reckoned = outcomeOf(ask, exchanged, by);
    const outcome = reckoned instanceof Promise ? await reckoned : reckoned;
    if (outcome.usage === null) books.release(ask.id);
    const spent = outcome.usage === null ? undefined : this.#settle(ask, terms, admitted, model, outcome, exchanged);
    return endOf(exchanged, outcome, spent, told, reader, signal);
  }

  #send(ask: PassAsk, maxTokens: number | undefined, exchange: Exchange): void {
    const body = maxTokens === undefined ? ask.body : (ask.withMaxTokens?.(maxTokens) ?? ask.body);
    let pool = this.#pools.get(ask.origin);
    if (pool === undefined) {
      pool = new Pool(ask.origin, { pipelining: 1, connectTimeout: 10_000 });
      this.#pools.set(ask.origin, pool);
    }
    pool.dispatch(
      {
        path: ask.path,
        method: "POST",
        headers: ask.headers as string[],
        body,
        headersTimeout: ask.times.firstByteMs,
        bodyTimeout: ask.times.idleMs,
      },
      exchange,
    );
  }

  /** Before the last of the answer is handed on: a crash between the two may lose the answer, never the spend. */
  #settle(
    ask: PassAsk,
    terms: PassTerms,
    { held }: Admitted,
    { tier }: ModelTerms,
    outcome: PassOutcome,
    { status, firstByteMs, headers }: Exchanged,
  ): Spent {
    const { usage } = outcome;
    if (usage === null) throw new AllotError("internal", "nothing to settle");
    const { cost, ...settlement } = passSettlement(ask, terms, held, { ...outcome, usage }, headers, tier);
    this.#parts.books.settle(settlement);
    return { usage, cost, status, headers, ...(firstByteMs === undefined ? {} : { firstByteMs }) };
  }
}

function endOf(
  exchanged: Exchanged,
  { fault, told = false }: PassOutcome,
  spent: Spent | undefined,
  admitted: Admitted,
  reader: PassReader,
  signal: AbortSignal,
): PassEnd {
  const { status, headers, body, watch, broken } = exchanged;
  if (broken === "left" || (signal.aborted && fault === undefined))
    return { kind: "left", ...(spent === undefined ? {} : { spent }) };
  if (fault === undefined && spent !== undefined) {
    if (body !== undefined) reader.whole(status, headers, body, admitted);
    return { kind: "answered", status, spent, admitted };
  }
  const refusedBody = status >= 300 && body !== undefined ? { answer: { status, headers, body } } : {};
  return {
    kind: "failed",
    fault: faultOf(fault ?? new AllotError("internal", "an answer without a price")),
    shown: watch?.shown ?? false,
    told,
    ...refusedBody,
    ...(spent === undefined ? {} : { spent }),
  };
}

const nothing = (): Promise<void> => Promise.resolve();

function lettersAfterLeaving({ onLeave, provider, model }: PassAsk, ratios: TokenRatios): number {
  if (onLeave === "abort") return 0;
  if (onLeave === "drain") return Number.POSITIVE_INFINITY;
  return Math.max(1, ratios.letters(`${provider}/${model}`, onLeave.mostTokens));
}

function faultOf(fault: AllotError): Fault {
  const { status, retryAfterMs } = fault.details;
  return {
    code: fault.code,
    kind: faultKindOf(fault.code),
    message: fault.message,
    ...(typeof status === "number" ? { status } : {}),
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
  };
}

function denied(ask: PassAsk): PassEnd {
  const message = `the price of ${ask.provider}/${ask.model} is not known, and the policy for unknown prices is deny`;
  return { kind: "failed", shown: false, told: false, fault: faultOf(new AllotError("unknown-model", message)) };
}

function overCap(ask: PassAsk): PassEnd {
  return { kind: "refused", ...overOwnCap(ask.capNanoUsd ?? nanoUsd(0)) };
}

function factsOf(ask: PassAsk): AskFacts {
  const { id, provider, priority, session, agent, deadlineAt } = ask;
  return {
    id,
    provider,
    priority,
    session,
    request: { model: ask.model },
    ...(agent === undefined ? {} : { agent }),
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
  };
}
