import type { AttemptRecord, Survived } from "../../dispatch/survival/survival.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import { AllotError, ERRORS, type ErrorCode, isAllotError } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { Asker } from "../clients/identity.ts";
import type { AttemptEnd, PaidParts, PaidRequest, ReadPaid } from "./paid-request.ts";
import { brokenStream, errorAnswer, stopAnswer, type Wrong } from "../surfaces/refusals.ts";
import { asHeader, type Reply } from "./reply.ts";

/** What is known of a request by the time it goes wrong. */
export interface FinishAbout {
  readonly asker: Asker;
  readonly requestedModel: string;
  readonly stream: boolean;
  readonly taskType?: string;
}

/** How a request came out. */
export type Finish =
  | {
      readonly kind: "survived";
      readonly read: ReadPaid;
      readonly survived: Survived<AttemptEnd> | { readonly left: true };
      readonly about: FinishAbout;
    }
  | { readonly kind: "wrong"; readonly error: unknown; readonly about?: FinishAbout };

/** What the trace says of the end. */
type Told = Pick<RequestTrace, "outcome" | "status"> &
  Partial<Pick<RequestTrace, "code" | "message" | "usage" | "cached">>;

/** Above this the client is told to stop instead of to wait. */
const LONGEST_WAIT_MS = 60_000;

/** Ends the answer in the words of the client's protocol, and notes the trace. */
export function finish(parts: PaidParts, request: PaidRequest, reply: Reply, end: Finish): void {
  if (end.kind === "wrong") {
    note(parts, request, reply, end.about, undefined, wrong(request, reply, end.error, end.about));
    return;
  }
  const { survived, about } = end;
  if ("left" in survived) {
    note(parts, request, reply, about, undefined, { outcome: "left", status: 499 });
    return;
  }
  const keyIsOurs = !request.ownKey || (parts.upstreams[survived.target.provider]?.credentials.length ?? 0) > 0;
  const told = tell(request, reply, survived.value, { ...about, keyIsOurs });
  note(parts, request, reply, about, survived, told);
}

/** `keyIsOurs`: the provider was asked with a key of the gateway's, not of the client's. */
type TellAbout = FinishAbout & { readonly keyIsOurs: boolean };

function tell(request: PaidRequest, reply: Reply, value: AttemptEnd, about: TellAbout): Told {
  switch (value.kind) {
    case "answered":
      reply.end();
      return { outcome: "answered", status: value.status, usage: value.usage, cached: value.cached ?? false };
    case "left":
      return { outcome: "left", status: 499 };
    case "refused":
      return refused(request, reply, value, about);
    case "failed":
      return failed(request, reply, value, about);
  }
}

function refused(
  { id, route }: PaidRequest,
  reply: Reply,
  { refused: why, message }: Extract<AttemptEnd, { kind: "refused" }>,
  { asker }: FinishAbout,
): Told {
  const { limit, scopeKey } = why.limit;
  delete reply.told["x-allot-model"];
  delete reply.told["x-allot-fallback"];
  // Nobody served.
  delete reply.told["x-allot-model"];
  reply.told["x-allot-level"] = why.level;
  reply.told["x-allot-limit"] = asHeader(
    `${scopeKey} ${limit.measure === "nanoUsd" ? "usd" : limit.measure}/${limit.window}`,
  );
  if (why.freeAt !== null) reply.told["x-allot-resets-at"] = new Date(why.freeAt).toISOString();
  const soon = why.retryAfterMs !== null && why.retryAfterMs <= LONGEST_WAIT_MS && why.why !== "stopped";
  const about = { code: "limit-reached", message, requestId: id };
  const answer = soon
    ? errorAnswer(route.surface, {
        ...about,
        code: "limit-waits",
        status: 429,
        retryAfterS: (why.retryAfterMs ?? 0) / 1000,
      })
    : stopAnswer(route.surface, asker.agent, about);
  reply.own(answer);
  return { outcome: "refused", status: answer.status, code: "limit-reached", message };
}

function failed(
  request: PaidRequest,
  reply: Reply,
  value: Extract<AttemptEnd, { kind: "failed" }>,
  { asker, keyIsOurs }: TellAbout,
): Told {
  const { fault, answer, told } = value;
  const { surface } = request.route;
  const about = { code: fault.code, message: fault.message };
  const wrong: Wrong = {
    ...about,
    status: statusOf(fault.code),
    requestId: request.id,
    ...retryOf(fault.retryAfterMs),
  };
  if (reply.begun) {
    const { events, destroy } = brokenStream(surface, wrong);
    const last = told ? "" : events;
    if (destroy) reply.destroy(last);
    else reply.end(last);
    return { outcome: "failed", status: reply.status, ...about };
  }
  reply.told["x-allot-error"] = fault.code;
  if (isOurs(fault.code, keyIsOurs)) {
    const own = stopAnswer(surface, asker.agent, wrong);
    reply.own(own);
    return { outcome: "failed", status: own.status, ...about };
  }
  if (answer !== undefined) {
    const { "retry-after": wait, ...headers } = answer.headers;
    const isBusy = answer.status === 429;
    reply.whole(answer.status, isBusy ? { ...headers, "retry-after": boundedWait(wait) } : answer.headers, answer.body);
    return { outcome: "failed", status: answer.status, ...about };
  }
  const own = errorAnswer(surface, wrong);
  reply.own(own);
  return { outcome: "failed", status: own.status, ...about };
}

/** Nothing that the client could mend: told as the provider says it, a client would think itself logged out, or try for ever. */
function isOurs(code: string, keyIsOurs: boolean): boolean {
  return code === "provider-not-configured" || (code === "provider-auth" && keyIsOurs);
}

/** Clients give up, or sleep for hours, where they are told to wait longer. */
function boundedWait(written: unknown): string {
  const seconds = Number(written);
  return String(Number.isFinite(seconds) && seconds > 0 ? Math.min(60, Math.ceil(seconds)) : 5);
}

function retryOf(retryAfterMs: number | undefined): { readonly retryAfterS?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterS: retryAfterMs / 1000 };
}

function statusOf(code: string): number {
  return code in ERRORS ? ERRORS[code as ErrorCode].httpStatus : 500;
}

/** A request that never came to an attempt: it is wrong, not allowed, or allot itself failed. */
function wrong({ id, route }: PaidRequest, reply: Reply, error: unknown, about: FinishAbout | undefined): Told {
  const fault = isAllotError(error) ? error : new AllotError("internal", "the gateway failed inside; see its output");
  const { code, message } = fault;
  const own = { code, message, requestId: id };
  const stops = code === "provider-not-configured" || code === "model-not-allowed";
  const answer = stops
    ? stopAnswer(route.surface, about?.asker.agent ?? "", own)
    : errorAnswer(route.surface, { ...own, status: ERRORS[code].httpStatus });
  if (reply.begun) reply.destroy();
  else reply.own(answer);
  return {
    outcome: ERRORS[code].httpStatus < 500 || stops ? "rejected" : "failed",
    status: answer.status,
    code,
    message,
  };
}

function note(
  { clock, note: take }: PaidParts,
  request: PaidRequest,
  reply: Reply,
  about: FinishAbout | undefined,
  survived: Survived<AttemptEnd> | undefined,
  told: Told,
): void {
  const now = clock.now();
  const attempts: readonly AttemptRecord[] = survived?.attempts ?? [];
  const { project } = request.key;
  take({
    id: request.id,
    at: request.at,
    origin: "gateway",
    surface: request.route.surface,
    ...(about === undefined || about.asker.agent === "" ? {} : { agent: about.asker.agent }),
    session: about?.asker.session ?? "",
    key: request.key.id,
    ...(project === null ? {} : { project }),
    ...(about?.taskType === undefined ? {} : { taskType: about.taskType }),
    requestedModel: about?.requestedModel ?? "",
    ...(survived === undefined ? {} : { served: survived.target }),
    ...(survived?.fellBackWhy === undefined ? {} : { fellBackWhy: survived.fellBackWhy }),
    ...told,
    stream: about?.stream ?? false,
    cached: told.cached ?? false,
    ...(reply.told["x-allot-level"] === undefined ? {} : { level: reply.told["x-allot-level"] }),
    ...(reply.begunAt === undefined ? {} : { firstByteMs: reply.begunAt - request.at }),
    tookMs: now - request.at,
    heldMs: attempts.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
    cost: nanoUsd(attempts.reduce((sum, { cost }) => sum + (cost ?? 0), 0)),
    attempts,
  });
}
