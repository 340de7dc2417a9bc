import type { DirectAsk, DirectOutcome } from "../../dispatch/direct/direct.ts";
import { faultKindOf } from "../../dispatch/survival/fault-kind.ts";
import type { Attempted, AttemptFacts, AttemptStep, Fault } from "../../dispatch/survival/survival.ts";
import { estimateInputTokens } from "../../providers/estimate-usage.ts";
import type { ModelAnswer, ModelRequest } from "../../providers/provider.ts";
import type { AttemptEnd, PaidParts, ReadPaid } from "./paid-request.ts";
import { noteOf } from "./passing-attempt.ts";
import type { Reply } from "./reply.ts";
import type { AnswerStream, Translation } from "../translation/translation.ts";
import { TRANSLATIONS } from "../translation/translations.ts";

/** An attempt at a provider of another protocol than the client's. */
export async function translatedAttempt(
  parts: PaidParts,
  read: ReadPaid,
  step: AttemptStep,
  id: string,
  reply: Reply,
  signal: AbortSignal,
): Promise<Attempted<AttemptEnd>> {
  const { target } = step;
  const translation = TRANSLATIONS[read.route.surface];
  const request = fitting(parts, read, translation.readRequest(read.json, target), target.provider);
  const writer = openWriter(translation, read, request, reply);
  const name = cacheName(parts, read, step, request);
  const kept = name === undefined ? undefined : await parts.cache.get(name);
  if (kept !== undefined) {
    reply.told["x-allot-cache"] = "hit";
    writer.give(kept.answer);
    return { kind: "done", value: { kind: "answered", status: 200, usage: kept.answer.usage, cached: true } };
  }
  const { streamed, unstreamed } = parts.settings;
  const { stream } = writer;
  const { firstByteMs: timeoutMs } = stream === undefined ? unstreamed : streamed;
  const outcome = await parts.direct.call(askOf(parts, read, step, id, request, timeoutMs), {
    signal,
    onAdmitted: (admitted) => reply.tellLevel(admitted),
    ...(stream === undefined ? {} : { onDelta: (delta) => stream.delta(delta) }),
  });
  if (outcome.kind === "answered") {
    writer.give(outcome.answer);
    if (name !== undefined) {
      const { answer, cost } = outcome;
      const lifetimeMs = read.wishes.cacheMs ?? 0;
      await parts.cache.put(name, { provider: target.provider, model: target.model, answer, cost, lifetimeMs });
    }
  }
  return attemptedOf(outcome, id, writer.isShown());
}

/** Writes an answer in the client's format. */
interface Writer {
  readonly stream: AnswerStream | undefined;
  readonly give: (answer: ModelAnswer) => void;
  /** The client has been given something. */
  readonly isShown: () => boolean;
}

function openWriter(translation: Translation, read: ReadPaid, request: ModelRequest, reply: Reply): Writer {
  const about = {
    id: read.id,
    model: request.model,
    at: read.at,
    inputTokens: estimateInputTokens(request),
    includeUsage: read.facts.wantsUsage,
    request: read.json,
  };
  const frame = framing(read);
  let shown = false;
  const write = (events: string): void => {
    shown = true;
    reply.head(200, frame.headers);
    reply.write(frame.write(events));
  };
  const stream = read.facts.stream ? translation.stream(about, write) : undefined;
  return {
    stream,
    isShown: () => shown,
    give(answer) {
      if (stream === undefined) {
        reply.whole(200, { ...JSON_TYPE, ...idsOf(read) }, JSON.stringify(translation.body(answer, about)));
        return;
      }
      stream.end(answer);
      if (frame.last !== "") reply.write(frame.last);
    },
  };
}

/** Under what an answer is kept, and looked for; undefined where nobody asked for that, or it must not be. */
function cacheName(
  { cache, upstreams }: PaidParts,
  { wishes, facts, key }: ReadPaid,
  { target }: AttemptStep,
  request: ModelRequest,
): string | undefined {
  if (wishes.cacheMs === undefined || facts.hasTools) return undefined;
  const { origin = "", basePath = "" } = upstreams[target.provider] ?? {};
  return cache.keyOf({ tenant: `key:${key.id}`, provider: target.provider, baseUrl: `${origin}${basePath}`, request });
}

const JSON_TYPE = { "content-type": "application/json" };

/** Clients write it into their logs, each under the name that its own provider has for it. */
function idsOf({ id }: ReadPaid): Readonly<Record<string, string>> {
  return { "request-id": id, "x-request-id": id };
}

/** How events become bytes: Gemini without `alt=sse` streams one list. */
function framing(read: ReadPaid): {
  readonly headers: Readonly<Record<string, string>>;
  readonly write: (events: string) => string;
  readonly last: string;
} {
  const { route } = read;
  if (route.framing === "array") {
    let separator = "[";
    const write = (events: string): string => {
      const list = `${separator}${events.trimEnd()}`;
      separator = ",\n";
      return list;
    };
    return { headers: { ...JSON_TYPE, ...idsOf(read) }, write, last: "]" };
  }
  const type = route.framing === "lines" ? "application/x-ndjson" : "text/event-stream; charset=utf-8";
  // A Gemini event comes as its JSON alone, for either frame.
  const framed = (events: string): string => (route.surface === "gemini" ? `data: ${events}\n\n` : events);
  return { headers: { "content-type": type, "cache-control": "no-cache", ...idsOf(read) }, write: framed, last: "" };
}

/** How much may be written where the client names no limit, as agents do whose files may be long. */
const UNLIMITED_OUTPUT = 32_000;

/** Not more output than the model can write. */
function fitting({ catalog }: PaidParts, { facts }: ReadPaid, request: ModelRequest, provider: string): ModelRequest {
  const asked = facts.maxOutputTokens === undefined ? UNLIMITED_OUTPUT : request.maxOutputTokens;
  const most = catalog.find(request.model, { provider })?.maxOutputTokens ?? request.maxOutputTokens;
  return { ...request, maxOutputTokens: Math.min(asked, most) };
}

function askOf(
  { settings }: PaidParts,
  read: ReadPaid,
  { target, insteadOf }: AttemptStep,
  id: string,
  request: ModelRequest,
  timeoutMs: number,
): DirectAsk {
  const { asker, wishes, key, facts } = read;
  return {
    id,
    provider: target.provider,
    request,
    priority: wishes.priority,
    timeoutMs,
    session: asker.session,
    key: key.id,
    ...(settings.filing === undefined ? {} : { filing: settings.filing }),
    ...(wishes.project === undefined ? {} : { project: wishes.project }),
    ...(wishes.budget === undefined ? {} : { budget: wishes.budget }),
    ...(asker.agent === "" ? {} : { agent: asker.agent }),
    ...(read.taskType === undefined ? {} : { taskType: read.taskType }),
    ...(target.model === facts.model ? {} : { requestedModel: facts.model }),
    ...(wishes.capNanoUsd === undefined ? {} : { capNanoUsd: wishes.capNanoUsd }),
    guarded: asker.named && facts.hasTools,
    ...(insteadOf === undefined ? {} : { note: noteOf(insteadOf) }),
  };
}

function attemptedOf(outcome: DirectOutcome, id: string, shown: boolean): Attempted<AttemptEnd> {
  switch (outcome.kind) {
    case "answered": {
      const { answer, cost } = outcome;
      const facts: AttemptFacts = { call: id, status: 200, usage: answer.usage, cost };
      return { kind: "done", value: { kind: "answered", status: 200, usage: answer.usage }, facts };
    }
    case "failed": {
      const fault: Fault = {
        code: outcome.code,
        kind: faultKindOf(outcome.code),
        message: outcome.message,
        ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
      };
      const value: AttemptEnd = { kind: "failed", fault, told: false };
      return { kind: "fault", value, fault, open: !shown, facts: { call: id, cost: outcome.cost } };
    }
    case "refused":
      return { kind: "done", value: outcome };
  }
}
