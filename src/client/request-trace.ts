import type { RequestTrace } from "../dispatch/traces/trace.ts";
import { isAllotError } from "../foundation/errors.ts";
import { randomLetters } from "../foundation/ids.ts";
import { fromUsd, nanoUsd } from "../foundation/units.ts";
import type { KeptMessage } from "./kept-answer.ts";
import type { PreparedRequest } from "./prepare-call.ts";
import type { RequestEnd } from "./survive-request.ts";

/** The trace of a request that was answered, failed or was refused. */
export function traceOfEnd(prepared: PreparedRequest, end: RequestEnd, now: number): RequestTrace {
  const { outcome, attempts, cost, served, fellBackWhy } = end;
  const told =
    outcome.kind === "answered" ? outcome.admitted : outcome.kind === "failed" ? outcome.admitted : undefined;
  const level = outcome.kind === "refused" ? outcome.refused.level : told?.level;
  const firstByteMs = attempts.at(-1)?.firstByteMs;
  return {
    ...about(prepared, now),
    served,
    outcome: outcome.kind,
    ...(outcome.kind === "answered" ? { usage: outcome.answer.usage } : { message: outcome.message }),
    ...(outcome.kind === "failed" ? { code: outcome.code } : {}),
    ...(outcome.kind === "refused" ? { code: "limit-reached" } : {}),
    ...(fellBackWhy === undefined ? {} : { fellBackWhy }),
    ...(level === undefined ? {} : { level }),
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
    cost,
    attempts,
  };
}

/** The trace of a request that was answered by what was kept. */
export function traceOfKept(prepared: PreparedRequest, { usage }: KeptMessage, now: number): RequestTrace {
  const served = prepared.targets[0];
  return { ...about(prepared, now), served, outcome: "answered", cached: true, usage, cost: nanoUsd(0), attempts: [] };
}

/** The trace of a request that ended in a fault of its own: its caller left, the store was busy. */
export function traceOfFault(prepared: PreparedRequest, error: unknown, now: number): RequestTrace {
  const fault = isAllotError(error) ? error : undefined;
  const cost = fault?.details["cost"];
  return {
    ...about(prepared, now),
    outcome: fault?.code === "interrupted" ? "left" : "failed",
    code: fault?.code ?? "internal",
    ...(fault === undefined ? {} : { message: fault.message }),
    cost: typeof cost === "number" ? fromUsd(cost) : nanoUsd(0),
    attempts: [],
  };
}

function about(prepared: PreparedRequest, now: number) {
  const { read, startedAt } = prepared;
  return {
    id: `req-${startedAt.toString(36)}-${randomLetters(10)}`,
    at: startedAt,
    origin: "client" as const,
    session: prepared.session,
    requestedModel: prepared.requestedModel,
    status: 0,
    stream: read.stream,
    cached: false,
    tookMs: now - startedAt,
    heldMs: 0,
    ...(read.agent === undefined ? {} : { agent: read.agent }),
    ...(read.project === undefined ? {} : { project: read.project }),
    ...(read.taskType === undefined ? {} : { taskType: read.taskType }),
  };
}
