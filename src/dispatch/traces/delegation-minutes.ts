import type { DelegationMinutesTable } from "../../storage/schema.ts";
import { fellBack } from "./fell-back.ts";
import type { RequestTrace } from "./trace.ts";

/** Sums of requests on their way to the store, by `keyOf`. */
export type DelegationMinutes = Map<string, DelegationMinutesTable>;

/** Rows that wait; beyond them minutes, task types and models go into one row a provider. */
const MOST_ROWS = 5_000;
const MOST_TEXT = 200;

/** The columns that are added up. */
export const SUMMED = [
  "requests",
  "answered",
  "failed",
  "refused",
  "fell_back",
  "cached",
  "attempts",
  "duration_ms",
  "input_tokens",
  "cache_read_tokens",
  "output_tokens",
  "reasoning_tokens",
  "nano_usd",
] as const satisfies readonly (keyof DelegationMinutesTable)[];

type Key = Pick<DelegationMinutesTable, "minute" | "task_type" | "provider" | "model">;

/** Whether a request counts: one that was rejected before anybody was asked is no delegation. Pure. */
export function isDelegation(trace: RequestTrace): boolean {
  return trace.outcome !== "rejected" || trace.attempts.length > 0;
}

/** What one request adds. The time and the tokens are those of answered ones; input includes what was written to a cache. Pure. */
export function rowOf(trace: RequestTrace): DelegationMinutesTable {
  const target = trace.served ?? trace.attempts.findLast(({ outcome }) => outcome !== "skipped")?.target;
  const isAnswered = trace.outcome === "answered";
  const usage = isAnswered && !trace.cached ? trace.usage : undefined;
  return {
    minute: Math.floor(trace.at / 60_000),
    task_type: cut(trace.taskType ?? ""),
    provider: target?.provider ?? "",
    model: cut(target?.model ?? trace.requestedModel),
    requests: 1,
    answered: isAnswered ? 1 : 0,
    failed: trace.outcome === "failed" ? 1 : 0,
    refused: trace.outcome === "refused" ? 1 : 0,
    fell_back: fellBack(trace) ? 1 : 0,
    cached: isAnswered && trace.cached ? 1 : 0,
    attempts: trace.attempts.filter(({ outcome }) => outcome !== "skipped").length,
    duration_ms: isAnswered ? Math.max(0, Math.round(trace.tookMs)) : 0,
    input_tokens: usage === undefined ? 0 : usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_tokens: usage?.cacheReadTokens ?? 0,
    output_tokens: usage?.outputTokens ?? 0,
    reasoning_tokens: usage?.reasoningTokens ?? 0,
    nano_usd: trace.cost,
  };
}

/** Adds a row to the sums; more coarsely where they are too many. */
export function addTo(sums: DelegationMinutes, row: DelegationMinutesTable): void {
  const known = sums.get(keyOf(row));
  if (known === undefined && sums.size >= MOST_ROWS && row.model !== OTHER) {
    const [first] = sums.values();
    return addTo(sums, { ...row, minute: first?.minute ?? row.minute, task_type: "", model: OTHER });
  }
  if (known === undefined) sums.set(keyOf(row), { ...row });
  else for (const name of SUMMED) known[name] += row[name];
}

/** Stands for models that were too many to be told apart. */
const OTHER = "(other)";

function keyOf({ minute, task_type, provider, model }: Key): string {
  return `${minute}\n${task_type}\n${provider}\n${model}`;
}

/** All processes in one order, so that none waits for another's rows while it has those that the other waits for. */
function byKey(a: Key, b: Key): number {
  return a.minute - b.minute || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function cut(text: string): string {
  return text.length > MOST_TEXT ? text.slice(0, MOST_TEXT) : text;
}

/**
 * The rows as any database takes them, in one order for all processes. Clients choose the texts; Postgres takes neither NUL nor
 * halves of characters, and a row that it refused would hold up all others.
 */
export function storableRows(rows: Iterable<DelegationMinutesTable>): readonly DelegationMinutesTable[] {
  const storable: DelegationMinutes = new Map();
  for (const row of rows) {
    addTo(storable, { ...row, task_type: mended(row.task_type), model: mended(row.model) });
  }
  return [...storable.values()].sort(byKey);
}

function mended(text: string): string {
  return text.toWellFormed().replaceAll(/\p{Cc}/gu, " ");
}
