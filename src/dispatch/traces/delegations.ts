import { type Kysely, sql } from "kysely";
import type { Clock } from "../../foundation/clock.ts";
import type { DelegationMinutesTable, Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import type { RequestTrace } from "./trace.ts";

/**
 * What became of requests, summed up by minute, task type, provider and model, and added to `delegation_minutes` every few
 * seconds. Rows are only ever added to, so any number of processes write beside each other.
 *
 * Invariant: `note` never waits and never throws; while the store refuses, sums wait in memory, and above their bound they
 * are summed up more coarsely rather than lost.
 */
export interface Delegations extends AsyncDisposable {
  note(trace: RequestTrace): void;
  /** Resolves once all that was noted is in the store, or the store has refused it; then it is tried again later. */
  flush(): Promise<void>;
}

const EVERY_MS = 5_000;
/** Rows that wait; beyond them minutes, task types and models go into one row a provider. */
const MOST_ROWS = 5_000;
const ROWS_AT_ONCE = 200;
const MOST_TEXT = 200;

const COUNTS = [
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
type Sums = Map<string, DelegationMinutesTable>;

/**
 * Opens the sums of this process; disposing adds what is left to the store. A request that was rejected before anybody was
 * asked is no delegation, and is not counted. `duration_ms` and the tokens are those of answered ones; input includes what
 * was written to a cache.
 */
export function openDelegations({ store, clock }: { readonly store: Store; readonly clock: Clock }): Delegations {
  const leaving = new AbortController();
  let sums: Sums = new Map();
  let waiting: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();

  async function write(add: typeof addRows): Promise<void> {
    const rows = storableRows(sums.values());
    sums = new Map();
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      try {
        await add(store, rows.slice(from, from + ROWS_AT_ONCE));
      } catch {
        for (const row of rows.slice(from)) addTo(sums, row);
        return;
      }
    }
  }

  /** One write after the other: else what one has taken and could not write would be missing from the next. */
  function inTurn(add: typeof addRows): Promise<void> {
    last = last.then(() => write(add));
    return last;
  }

  async function writeLater(): Promise<void> {
    await clock.sleep(EVERY_MS, leaving.signal).catch(() => undefined);
    await inTurn(addWithoutWaiting);
    waiting = undefined;
    if (sums.size > 0 && !leaving.signal.aborted) waiting = writeLater();
  }

  return {
    note(trace) {
      if (leaving.signal.aborted || isNone(trace)) return;
      addTo(sums, rowOf(trace));
      waiting ??= writeLater();
    },
    flush: () => inTurn(addRows),
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await waiting;
      await inTurn(addRows);
    },
  };
}

function isNone(trace: RequestTrace): boolean {
  return trace.outcome === "rejected" && trace.attempts.length === 0;
}

function rowOf(trace: RequestTrace): DelegationMinutesTable {
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
    fell_back: isAnswered && trace.fellBackWhy !== undefined ? 1 : 0,
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

function addTo(sums: Sums, row: DelegationMinutesTable): void {
  const known = sums.get(keyOf(row));
  if (known === undefined && sums.size >= MOST_ROWS && row.model !== OTHER) {
    const [first] = sums.values();
    return addTo(sums, { ...row, minute: first?.minute ?? row.minute, task_type: "", model: OTHER });
  }
  if (known === undefined) sums.set(keyOf(row), { ...row });
  else for (const name of COUNTS) known[name] += row[name];
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
function storableRows(rows: Iterable<DelegationMinutesTable>): readonly DelegationMinutesTable[] {
  const storable: Sums = new Map();
  for (const row of rows) {
    addTo(storable, { ...row, task_type: mended(row.task_type), model: mended(row.model) });
  }
  return [...storable.values()].sort(byKey);
}

function mended(text: string): string {
  return text.toWellFormed().replaceAll(/\p{Cc}/gu, " ");
}

async function addRows(store: Store, rows: readonly DelegationMinutesTable[]): Promise<void> {
  await upsert(store.db, rows);
}

/**
 * SQLite waits for another's transaction with the whole process standing still, up to ten seconds; requests must not wait
 * for sums. So it is not waited for: the rows go next time. Nobody else uses the connection meanwhile.
 */
async function addWithoutWaiting(store: Store, rows: readonly DelegationMinutesTable[]): Promise<void> {
  if (store.kind !== "sqlite") return addRows(store, rows);
  await store.db.connection().execute(async (db) => {
    const usual = await sql<{ timeout: number }>`pragma busy_timeout`.execute(db);
    await sql`pragma busy_timeout = 0`.execute(db);
    try {
      await upsert(db, rows);
    } finally {
      await sql`pragma busy_timeout = ${sql.lit(usual.rows[0]?.timeout ?? 10_000)}`.execute(db);
    }
  });
}

async function upsert(db: Kysely<Schema>, rows: readonly DelegationMinutesTable[]): Promise<void> {
  await db
    .insertInto("delegation_minutes")
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .columns(["minute", "task_type", "provider", "model"])
        .doUpdateSet(
          Object.fromEntries(
            COUNTS.map((name) => [
              name,
              sql`${sql.ref(`delegation_minutes.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
            ]),
          ),
        ),
    )
    .execute();
}
