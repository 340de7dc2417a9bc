import type { Direct, DirectOutcome } from "../dispatch/direct/direct.ts";
import { linkSignals } from "../dispatch/direct/linked-signal.ts";
import { OWN_WORK } from "../dispatch/survival/policies.ts";
import type { Survival, SurvivalPolicy } from "../dispatch/survival/survival.ts";
import type { RequestTrace } from "../dispatch/traces/trace.ts";
import type { Clock } from "../foundation/clock.ts";
import { AllotError, type ErrorCode, ERRORS } from "../foundation/errors.ts";
import { toUsd } from "../foundation/units.ts";
import { estimateInputTokens } from "../providers/estimate-usage.ts";
import { limitName } from "../throttle/limits.ts";
import type { ModelFacts } from "./choose-model.ts";
import type { Message, MessageRequest } from "./message.ts";
import { messageOf, usageOf } from "./message-of-answer.ts";
import { MessageStream, type StreamFeed } from "./message-stream.ts";
import { keepAnswer, type KeptParts, keptAnswer } from "./kept-answer.ts";
import { type ClientDefaults, type PreparedCall, type PreparedRequest, prepareRequest } from "./prepare-call.ts";
import { readRequest, type ReadRequest } from "./read-request.ts";
import { traceOfEnd, traceOfFault, traceOfKept } from "./request-trace.ts";
import { type AttemptListeners, nameOf, type RequestEnd, surviveRequest } from "./survive-request.ts";

/**
 * The unified client: requests and answers in Anthropic's Messages shape, whatever provider serves them, and every one of them
 * held, made and settled by `dispatch/`. It owns the shape: what is read, what is refused as wrong, what an answer looks
 * like. Its invariant: no request goes out that was not understood whole; a field that nobody reads is an error.
 *
 * What fails is tried again by one policy, each attempt held and charged by itself, never after a part was shown; the answer
 * says how often, and who gave it.
 *
 * Rejected: giving a request to another model without being told to (`fallback_models`, the option `fallback`;
 * LLM_DEFAULT_PROVIDER is being told too).
 */
export interface Client extends AsyncDisposable {
  readonly messages: {
    /** Resolves with the first event of a stream; a request that is refused rejects. */
    create(request: MessageRequest & { readonly stream: true }, options?: CallControls): Promise<MessageStream>;
    /**
     * Answers when the whole answer is there. Throws `usage` for a wrong request, `limit-reached` where the throttle
     * refuses (details: limit, scope, level, used, resets_at, cheaper), `interrupted` when `signal` aborts, or the
     * provider's fault (details: cost).
     */
    create(request: MessageRequest & { readonly stream?: false }, options?: CallControls): Promise<Message>;
    create(request: MessageRequest, options?: CallControls): Promise<Message | MessageStream>;
    /** As `create` with `stream: true`, at once; what goes wrong is met in reading it. */
    stream(request: MessageRequest, options?: CallControls): MessageStream;
  };
}

export interface CallControls {
  readonly signal?: AbortSignal;
  /** Told once when the request waits in the queue. */
  readonly onQueued?: (queued: { readonly level: string; readonly limit: string }) => void;
}

/** What a client works with. */
export interface ClientParts extends KeptParts {
  readonly direct: Direct;
  readonly survival: Survival;
  /** Default: that of one's own work. */
  readonly policy?: SurvivalPolicy;
  readonly models: ModelFacts;
  readonly defaults: ClientDefaults;
  readonly clock: Clock;
  /** Told once of every request, when it is over. Must not throw. */
  readonly onTrace?: (trace: RequestTrace) => void;
}

/**
 * A client on parts that are opened when its first request comes. Closing it stops what is under way, and what waits for
 * another attempt; `close` gives the parts back.
 */
export function openClient(parts: () => Promise<ClientParts>, close: () => Promise<void>): Client {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  const ask = (
    read: () => ReadRequest,
    { signal, ...options }: CallControls,
    feed?: StreamFeed,
    stop?: AbortSignal,
  ): Promise<Message> => {
    const linked = linkSignals([closing.signal, signal, stop].filter((one) => one !== undefined));
    const asked = (async () => answer(await parts(), read(), { ...options, signal: linked.signal }, feed))();
    const over = asked.then(linked.unlink, linked.unlink).finally(() => running.delete(over));
    running.add(over);
    return asked;
  };
  const stream = (request: MessageRequest, options: CallControls = {}): MessageStream => {
    const stop = new AbortController();
    return new MessageStream(stop, (feed) => ask(() => readRequest(request), options, feed, stop.signal));
  };
  async function create(request: MessageRequest, options: CallControls = {}): Promise<Message | MessageStream> {
    const read = readRequest(request);
    return read.stream ? stream(request, options).started() : ask(() => read, options);
  }
  return {
    messages: { create: create as Client["messages"]["create"], stream },
    async [Symbol.asyncDispose]() {
      closing.abort(new AllotError("interrupted", "the client was closed"));
      await Promise.allSettled(running);
      await close();
    },
  };
}

type StoppableControls = CallControls & { readonly signal: AbortSignal };

async function answer(
  parts: ClientParts,
  read: ReadRequest,
  options: StoppableControls,
  feed: StreamFeed | undefined,
): Promise<Message> {
  const prepared = await prepareRequest(read, parts.models, parts.defaults, parts.clock);
  const kept = await keptAnswer(parts, prepared);
  if (kept !== undefined) {
    feed?.start(openingOf(kept.call));
    parts.onTrace?.(traceOfKept(prepared, kept, parts.clock.now()));
    return kept.message;
  }
  let end: RequestEnd;
  try {
    end = await surviveRequest({ ...parts, policy: parts.policy ?? OWN_WORK }, prepared, listenersOf(options, feed));
  } catch (error) {
    parts.onTrace?.(traceOfFault(prepared, error, parts.clock.now()));
    throw error;
  }
  parts.onTrace?.(traceOfEnd(prepared, end, parts.clock.now()));
  const { call, outcome } = end;
  if (outcome.kind !== "answered") throw faultOf(outcome, end, prepared);
  feed?.start(openingOf(call));
  await keepAnswer(parts, prepared, end);
  return messageOf(call, {
    ...outcome,
    cost: end.cost,
    attempts: end.attempts.length,
    fellBack: end.fellBackWhy,
    passedOver: prepared.passedOver,
  });
}

function listenersOf({ signal, onQueued }: StoppableControls, feed: StreamFeed | undefined): AttemptListeners {
  return {
    signal,
    onQueued:
      onQueued === undefined ? undefined : ({ level, worst }) => onQueued({ level, limit: limitName(worst.limit) }),
    onDelta:
      feed === undefined
        ? undefined
        : (call, { text }) => {
            if (text === "") return;
            feed.start(openingOf(call));
            feed.text(text);
          },
  };
}

/** What to do about a request that is larger than the window. */
function wayOut({ bigger }: RequestEnd): string {
  return bigger === undefined
    ? ""
    : `. ${nameOf(bigger)} has a larger window: ask it, or allow it with fallback_models: ["${nameOf(bigger)}"]`;
}

/** The message as it begins. Its input is an estimate: most providers tell it with the last event only. */
function openingOf({ ask }: PreparedCall): Omit<Message, "allot"> {
  const nothing = { cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, outputTokens: 0 };
  const inputTokens = estimateInputTokens(ask.request);
  return {
    id: `msg_${ask.id}`,
    type: "message",
    role: "assistant",
    model: ask.request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf({ ...nothing, inputTokens, reasoningTokens: 0, estimated: true }),
  };
}

function faultOf(
  outcome: Exclude<DirectOutcome, { kind: "answered" }>,
  end: RequestEnd,
  prepared: PreparedRequest,
): AllotError {
  const { ask, requestedModel } = end.call;
  const about = { provider: ask.provider, model: ask.request.model, requested_model: requestedModel };
  if (outcome.kind === "failed") {
    const code = outcome.code in ERRORS ? (outcome.code as ErrorCode) : "internal";
    const wait = outcome.retryAfterMs === undefined ? {} : { retry_after_ms: outcome.retryAfterMs };
    const tried = end.attempts.map(({ target, outcome: how, code: fault }) => `${nameOf(target)}: ${fault ?? how}`);
    const passed = prepared.passedOver.map(({ name, why }) => `${name}: ${why}`);
    return new AllotError(code, `${outcome.message}${wayOut(end)}`, {
      details: { ...about, cost: toUsd(end.cost), ...wait, attempts: tried, passed_over: passed },
    });
  }
  const { refused, cheaper, message } = outcome;
  const { limit, scopeKey, settled, held } = refused.limit;
  const shown = (amount: number): number => (limit.measure === "nanoUsd" ? amount / 1_000_000_000 : amount);
  return new AllotError("limit-reached", message, {
    details: {
      ...about,
      session: ask.session,
      priority: ask.priority,
      why: refused.why,
      ...(refused.reason === undefined ? {} : { reason: refused.reason }),
      level: refused.level,
      limit: limitName(limit),
      limit_value: shown(limit.amount),
      scope: scopeKey,
      used: shown(settled + held),
      short_by: shown(refused.shortBy),
      resets_at: refused.freeAt === null ? null : new Date(refused.freeAt).toISOString(),
      retry_after_ms: refused.retryAfterMs,
      cheaper:
        cheaper === null
          ? null
          : { provider: cheaper.provider, model: cheaper.model, worst_cost: toUsd(cheaper.worst) },
    },
  });
}
