import { type Kysely, sql } from "kysely";
import { ERRORS } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { ProviderName, TokenUsage } from "../../providers/provider.ts";
import type { CallsTable, LedgerTable, Schema } from "../../storage/schema.ts";
import type { AttemptRecord } from "../survival/survival.ts";
import type { RequestTrace } from "./trace.ts";

type Call = Pick<CallsTable, "key" | "launched_at" | "finished_at" | "error_code" | "error_message">;

/**
 * What the ledger still tells of a request: by its id, or the key of one of its attempts (of a run too). Attempts that cost
 * nothing, waits and faults' words are not kept there, and times only of a run's calls. Undefined where it has no row.
 */
export async function traceInLedger(db: Kysely<Schema>, id: string): Promise<RequestTrace | undefined> {
  // Attempts of the gateway go by the request's id, a slash and their number.
  const prefix = `${id}/`;
  const rows = await db
    .selectFrom("ledger")
    .selectAll()
    .where((e) =>
      e.or([
        e("call_key", "=", id),
        e(sql<string>`substr(call_key, 1, cast(${prefix.length} as integer))`, "=", prefix),
        e("entry_key", "=", id),
      ]),
    )
    .orderBy("at")
    .orderBy("sequence")
    .execute();
  if (rows.length === 0) return undefined;
  const byCall = [...Map.groupBy(rows, (row) => row.call_key ?? row.entry_key)];
  const calls = await db
    .selectFrom("calls")
    .select(["key", "launched_at", "finished_at", "error_code", "error_message"])
    .where(
      "key",
      "in",
      byCall.map(([key]) => key),
    )
    .execute();
  const attempts = byCall.map(([key, entries], index) =>
    attemptOf(
      key,
      entries,
      index + 1,
      calls.find((call) => call.key === key),
    ),
  );
  return traceOf(id, rows, attempts);
}

function traceOf(
  id: string,
  rows: readonly LedgerTable[],
  attempts: readonly AttemptRecord[],
): RequestTrace | undefined {
  const [first, last] = [rows[0], attempts.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const began = Math.min(...attempts.map(({ startedAt }) => startedAt));
  const ended = Math.max(...attempts.map(({ startedAt, tookMs }) => startedAt + tookMs));
  const isAnswered = last.outcome === "answered";
  const asked = first.requested_model ?? first.model;
  return {
    id,
    at: began,
    origin: first.run_id !== "" ? "run" : first.api_key !== null ? "gateway" : "client",
    ...(first.agent === null ? {} : { agent: first.agent }),
    session: first.session_id,
    ...(first.api_key === null ? {} : { key: first.api_key }),
    ...(first.project === null ? {} : { project: first.project }),
    ...(first.task_type === null ? {} : { taskType: first.task_type }),
    requestedModel: asked,
    served: last.target,
    outcome: isAnswered ? "answered" : "failed",
    status: 0,
    ...(last.code === undefined ? {} : { code: last.code }),
    ...(last.message === undefined ? {} : { message: last.message }),
    stream: false,
    cached: false,
    tookMs: ended - began,
    heldMs: 0,
    ...(isAnswered && last.usage !== undefined ? { usage: last.usage } : {}),
    cost: nanoUsd(attempts.reduce((sum, { cost }) => sum + (cost ?? 0), 0)),
    attempts,
  };
}

/** One call: its entries together, corrections included. */
function attemptOf(
  key: string,
  entries: readonly LedgerTable[],
  number: number,
  call: Call | undefined,
): AttemptRecord {
  const settled = entries.findLast(({ kind }) => kind !== "correction") ?? entries[0];
  if (settled === undefined) throw new RangeError("a call of the ledger has at least one entry");
  const isCorrected = entries.some(({ kind }) => kind === "correction");
  const code = call?.error_code ?? (settled.kind === "unknown" ? "call-unknown" : codeIn(settled.note));
  const startedAt = call?.launched_at ?? settled.at;
  const message = call?.error_message ?? (code === undefined ? "" : settled.note);
  return {
    number,
    target: { provider: settled.provider as ProviderName, model: settled.model },
    call: key,
    waitedMs: 0,
    startedAt: Number(startedAt),
    tookMs: Math.max(0, Number(call?.finished_at ?? startedAt) - Number(startedAt)),
    outcome: code === undefined || (settled.kind === "unknown" && isCorrected) ? "answered" : kindOf(code),
    ...(code === undefined ? {} : { code }),
    ...(message === "" ? {} : { message }),
    usage: usageOf(entries),
    cost: nanoUsd(entries.reduce((sum, { nano_usd }) => sum + Number(nano_usd), 0)),
  };
}

/** The code of an error that a ledger row's note begins with, or tells after what the caller had noted. */
function codeIn(note: string): string | undefined {
  return note.split("; ").find((part) => part in ERRORS);
}

const KINDS: Readonly<Record<string, AttemptRecord["outcome"]>> = {
  "provider-rate-limited": "rate-limit",
  "provider-overloaded": "overload",
  "provider-timeout": "time-out",
  "provider-unreachable": "network",
  "provider-cut": "network",
  "provider-malformed": "malformed",
  "window-overflow": "window-overflow",
  "content-refused": "content-refusal",
  "provider-auth": "credentials",
  "provider-rejected": "rejected",
};

function kindOf(code: string): AttemptRecord["outcome"] {
  return KINDS[code] ?? "network";
}

function usageOf(entries: readonly LedgerTable[]): TokenUsage {
  const sum = (pick: (entry: LedgerTable) => number): number =>
    entries.reduce((total, entry) => total + Number(pick(entry)), 0);
  return {
    inputTokens: sum((entry) => entry.input_tokens),
    cacheReadTokens: sum((entry) => entry.cache_read_tokens),
    cacheWrite5mTokens: sum((entry) => entry.cache_write_5m_tokens),
    cacheWrite1hTokens: sum((entry) => entry.cache_write_1h_tokens),
    outputTokens: sum((entry) => entry.output_tokens),
    reasoningTokens: sum((entry) => entry.reasoning_tokens),
    estimated: Number(entries.at(-1)?.usage_estimated ?? 0) === 1,
  };
}
