import { type Kysely, type Transaction } from "kysely";
import { KEPT_DAYS } from "../../ledger/use-minutes.ts";
import type { Schema, UseWindowsTable } from "../../storage/schema.ts";
import type { Amounts, Window } from "../throttle.ts";
import { minuteOf, windowStart } from "../windows.ts";

/** One scope key's window. */
export interface KeyWindow {
  readonly scopeKey: string;
  readonly window: Window;
}

export interface WindowSum extends KeyWindow, Amounts {
  readonly fromMinute: number;
}

/** "session:a hour" */
export function windowKey({ scopeKey, window }: KeyWindow): string {
  return `${scopeKey} ${window}`;
}

/** What was settled in each of these windows as of `now`, by `windowKey`. Writes nothing. */
export async function readWindows(
  db: Kysely<Schema>,
  windows: readonly KeyWindow[],
  now: number,
  timeZone: string,
): Promise<ReadonlyMap<string, Amounts>> {
  return new Map((await sumsNow(db, windows, now, timeZone)).map(({ sum }) => [windowKey(sum), sum]));
}

/**
 * The same, and keeps the sums, so that the next look costs one row a window: what has left a window is taken off, a
 * window that nobody has looked at is added up once. In a transaction with `BOOKS`.
 */
export async function rollWindows(
  trx: Transaction<Schema>,
  windows: readonly KeyWindow[],
  now: number,
  timeZone: string,
): Promise<ReadonlyMap<string, Amounts>> {
  const sums = await sumsNow(trx, windows, now, timeZone);
  const moved = sums.filter(({ isKept }) => !isKept);
  if (moved.length > 0) {
    await trx
      .insertInto("use_windows")
      .values(moved.map(({ sum }) => rowOf(sum)))
      .onConflict((c) =>
        c.columns(["scope_key", "window"]).doUpdateSet((e) => ({
          from_minute: e.ref("excluded.from_minute"),
          tokens: e.ref("excluded.tokens"),
          nano_usd: e.ref("excluded.nano_usd"),
          requests: e.ref("excluded.requests"),
        })),
      )
      .execute();
  }
  return new Map(sums.map(({ sum }) => [windowKey(sum), sum]));
}

async function sumsNow(
  db: Kysely<Schema>,
  windows: readonly KeyWindow[],
  now: number,
  timeZone: string,
): Promise<readonly { readonly sum: WindowSum; readonly isKept: boolean }[]> {
  if (windows.length === 0) return [];
  const wanted = new Map(windows.map((window) => [windowKey(window), window]));
  const rows = await db
    .selectFrom("use_windows")
    .selectAll()
    .where("scope_key", "in", [...new Set(windows.map(({ scopeKey }) => scopeKey))])
    .execute();
  const kept = new Map(rows.map((row) => [`${row.scope_key} ${row.window}`, row]));
  const oldest = minuteOf(now) - KEPT_DAYS * 1440;
  const sums = [];
  for (const [key, { scopeKey, window }] of wanted) {
    const start = windowStart(window, now, timeZone);
    const row = kept.get(key);
    if (row?.from_minute === start) {
      sums.push({ isKept: true, sum: sumOf(row, { scopeKey, window }) });
    } else if (row !== undefined && row.from_minute < start && row.from_minute >= oldest) {
      const left = await addUp(db, scopeKey, row.from_minute, start);
      sums.push({
        isKept: false,
        sum: {
          scopeKey,
          window,
          fromMinute: start,
          tokens: row.tokens - left.tokens,
          nanoUsd: row.nano_usd - left.nanoUsd,
          requests: row.requests - left.requests,
        },
      });
    } else {
      sums.push({ isKept: false, sum: { scopeKey, window, fromMinute: start, ...(await addUp(db, scopeKey, start)) } });
    }
  }
  return sums;
}

function sumOf(row: UseWindowsTable, key: KeyWindow): WindowSum {
  return { ...key, fromMinute: row.from_minute, tokens: row.tokens, nanoUsd: row.nano_usd, requests: row.requests };
}

function rowOf(sum: WindowSum): UseWindowsTable {
  return {
    scope_key: sum.scopeKey,
    window: sum.window,
    from_minute: sum.fromMinute,
    tokens: sum.tokens,
    nano_usd: sum.nanoUsd,
    requests: sum.requests,
  };
}

/** The minutes of a scope key from one on, and before another where one is given. */
async function addUp(db: Kysely<Schema>, scopeKey: string, from: number, before?: number): Promise<Amounts> {
  let query = db
    .selectFrom("use_minutes")
    .select((e) => [
      e.fn.sum<number | null>("tokens").as("tokens"),
      e.fn.sum<number | null>("nano_usd").as("nano_usd"),
      e.fn.sum<number | null>("requests").as("requests"),
    ])
    .where("scope_key", "=", scopeKey)
    .where("minute", ">=", from);
  if (before !== undefined) query = query.where("minute", "<", before);
  const sum = await query.executeTakeFirstOrThrow();
  return {
    tokens: Number(sum.tokens ?? 0),
    nanoUsd: Number(sum.nano_usd ?? 0),
    requests: Number(sum.requests ?? 0),
  };
}
