import type { AttemptRecord } from "../survival/survival.ts";
import type { RequestTrace } from "./trace.ts";

/** What a message, or a name that a client chose, may take up of a trace. */
const MOST_TEXT = 500;

/** A trace as one line of JSON, without its end; long texts are cut. Pure. */
export function traceLine(trace: RequestTrace): string {
  return JSON.stringify(isShort(trace) ? trace : shortened(trace));
}

/** The trace in a line; undefined where the line was torn, or tells something else. Pure. */
export function readTrace(line: string): RequestTrace | undefined {
  try {
    const value = JSON.parse(line) as Partial<RequestTrace> | null;
    const isTrace = typeof value?.id === "string" && typeof value.at === "number" && Array.isArray(value.attempts);
    return isTrace ? (value as RequestTrace) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the trace goes by that id: its own, or the ledger's key of one of its attempts. Pure. */
export function isNamed(trace: RequestTrace, id: string): boolean {
  return trace.id === id || trace.attempts.some(({ call }) => call === id);
}

function fits(text: string | undefined): boolean {
  return text === undefined || text.length <= MOST_TEXT;
}

function isShort(trace: RequestTrace): boolean {
  return (
    fits(trace.message) &&
    fits(trace.fellBackWhy) &&
    fits(trace.agent) &&
    fits(trace.session) &&
    fits(trace.project) &&
    fits(trace.taskType) &&
    fits(trace.requestedModel) &&
    trace.attempts.every(({ message }) => fits(message))
  );
}

function shortened(trace: RequestTrace): RequestTrace {
  return cutTexts({ ...trace, attempts: trace.attempts.map((attempt): AttemptRecord => cutTexts(attempt)) });
}

function cutTexts<T extends object>(value: T): T {
  const entries = Object.entries(value).map(([name, part]: [string, unknown]) => [
    name,
    typeof part === "string" && part.length > MOST_TEXT ? `${part.slice(0, MOST_TEXT - 1)}…` : part,
  ]);
  return Object.fromEntries(entries) as T;
}
