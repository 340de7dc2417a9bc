import { type Kysely, sql, type Transaction } from "kysely";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import type { EntryFacts } from "./chain.ts";

/**
 * What was settled, by scope key and minute: the sums of ledger entries that limits are held against, kept beside the
 * ledger because a window may have a million entries. They are written in the transaction that writes the entries, and
 * `verify-ledger.ts` adds everything up again.
 */
export interface Use {
  readonly scopeKey: string;
  /** Epoch ms / 60,000, rounded down. */
  readonly minute: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly requests: number;
}

/** Minutes older than these days are one bucket, minute 0, for each scope key: no rolling window looks back further. */
export const KEPT_DAYS = 62;
const MINUTES_A_DAY = 1440;

/** Whom an entry counts under. Entries from before there was a throttle do not say; theirs are what they would be today. */
export function scopeKeysOf(
  entry: Pick<LedgerTable, "scope_keys" | "session_id" | "run_id" | "provider" | "model">,
): readonly string[] {
  if (entry.scope_keys !== null) return JSON.parse(entry.scope_keys) as string[];
  return [
    "global:",
    `model:${entry.model}`,
    `provider:${entry.provider}`,
    `run:${entry.run_id}`,
    `session:${entry.session_id}`,
  ];
}

/** All tokens of an entry, of whatever class. */
export function tokensOf(
  entry: Pick<
    LedgerTable,
    "input_tokens" | "cache_read_tokens" | "cache_write_5m_tokens" | "cache_write_1h_tokens" | "output_tokens"
  >,
): number {
  return (
    entry.input_tokens +
    entry.cache_read_tokens +
    entry.cache_write_5m_tokens +
    entry.cache_write_1h_tokens +
    entry.output_tokens
  );
}

/**
 * The minute an entry counts in. A correction counts when the call did: what was counted too much then would be room
 * that nobody has once that minute has left a window. One of a call that no window reaches any more counts in minute 0.
 */
export function countedMinute(entry: Pick<LedgerTable, "kind" | "at">, correctedAt: number | undefined): number {
  const minute = Math.floor(entry.at / 60_000);
  if (entry.kind !== "correction" || correctedAt === undefined) return minute;
  const then = Math.floor(correctedAt / 60_000);
  return minute - then >= KEPT_DAYS * MINUTES_A_DAY ? 0 : then;
}

const CORRECTED_AT_ONCE = 500;

/** When the calls were settled that these corrections ("correct:CALL:2") are of, by the correction's key. */
export async function correctedTimes(
  db: Kysely<Schema>,
  entryKeys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (let from = 0; from < entryKeys.length; from += CORRECTED_AT_ONCE) {
    const calls = entryKeys
      .slice(from, from + CORRECTED_AT_ONCE)
      .map((key) => ({ key, call: key.slice(key.indexOf(":") + 1, key.lastIndexOf(":")) }));
    const rows = await db
      .selectFrom("ledger")
      .select(["entry_key", "at"])
      .where(
        "entry_key",
        "in",
        calls.flatMap(({ call }) => [`settle:${call}`, `unknown:${call}`]),
      )
      .execute();
    const found = new Map(rows.map((row) => [row.entry_key, row.at]));
    for (const { key, call } of calls) {
      const at = found.get(`settle:${call}`) ?? found.get(`unknown:${call}`);
      if (at !== undefined) times.set(key, at);
    }
  }
  return times;
}

/** What entries add to the minutes, one row a scope key and minute, sorted. A correction is no further request. Pure. */
export function useOf(
  entries: readonly EntryFacts[],
  correctedAt: ReadonlyMap<string, number> = new Map(),
): readonly Use[] {
  const sums = new Map<string, Map<number, { tokens: number; nanoUsd: number; requests: number }>>();
  const parsed = new Map<string, readonly string[]>();
  for (const entry of entries) {
    const text = entry.scope_keys;
    let keys = text === null ? undefined : parsed.get(text);
    if (keys === undefined) {
      keys = scopeKeysOf(entry);
      if (text !== null) parsed.set(text, keys);
    }
    const minute = countedMinute(entry, correctedAt.get(entry.entry_key));
    const tokens = tokensOf(entry);
    const requests = entry.kind === "correction" ? 0 : 1;
    for (const key of keys) {
      let minutes = sums.get(key);
      if (minutes === undefined) sums.set(key, (minutes = new Map()));
      const sum = minutes.get(minute);
      if (sum === undefined) minutes.set(minute, { tokens, nanoUsd: entry.nano_usd, requests });
      else {
        sum.tokens += tokens;
        sum.nanoUsd += entry.nano_usd;
        sum.requests += requests;
      }
    }
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([scopeKey, minutes]) => [...minutes].map(([minute, sum]) => ({ scopeKey, minute, ...sum })));
}

const ROWS_AT_ONCE = 500;

/**
 * Adds what was settled to the minutes, to every running window that they lie in, and takes it off the reservation of
 * each budget it was spent under. Inside the transaction that writes the entries.
 */
export async function countSettled(trx: Transaction<Schema>, uses: readonly Use[]): Promise<void> {
  for (let from = 0; from < uses.length; from += ROWS_AT_ONCE) {
    await addToMinutes(trx, uses.slice(from, from + ROWS_AT_ONCE));
  }
  const byMinute = Map.groupBy(uses, ({ minute }) => minute);
  for (const [minute, rows] of byMinute) {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      await addToWindows(trx, minute, rows.slice(from, from + ROWS_AT_ONCE));
    }
  }
  await shrinkReservations(
    trx,
    uses.flatMap(({ scopeKey }) => (scopeKey.startsWith("budget:") ? [scopeKey.slice("budget:".length)] : [])),
  );
}

async function addToMinutes(trx: Transaction<Schema>, uses: readonly Use[]): Promise<void> {
  await trx
    .insertInto("use_minutes")
    .values(
      uses.map(({ scopeKey, minute, tokens, nanoUsd, requests }) => ({
        scope_key: scopeKey,
        minute,
        tokens,
        nano_usd: nanoUsd,
        requests,
      })),
    )
    .onConflict((c) =>
      c.columns(["scope_key", "minute"]).doUpdateSet({
        tokens: sql<number>`use_minutes.tokens + excluded.tokens`,
        nano_usd: sql<number>`use_minutes.nano_usd + excluded.nano_usd`,
        requests: sql<number>`use_minutes.requests + excluded.requests`,
      }),
    )
    .execute();
}

/** One statement for all: an upsert that meets its row every time, because it was selected. */
async function addToWindows(trx: Transaction<Schema>, minute: number, uses: readonly Use[]): Promise<void> {
  const rows = sql.join(
    uses.map(
      ({ scopeKey, tokens, nanoUsd, requests }) =>
        sql`(${scopeKey}, cast(${tokens} as bigint), cast(${nanoUsd} as bigint), cast(${requests} as bigint))`,
    ),
  );
  await sql`
    with added (key, t, n, r) as (values ${rows})
    update use_windows set tokens = tokens + t, nano_usd = nano_usd + n, requests = requests + r
    from added where scope_key = key and from_minute <= cast(${minute} as bigint)`.execute(trx);
}

/** What a reservation still holds is what its budget has not spent; never less than nothing. */
async function shrinkReservations(trx: Transaction<Schema>, budgets: readonly string[]): Promise<void> {
  if (budgets.length === 0) return;
  const reserved = await trx
    .selectFrom("budgets")
    .select(["id", "tokens", "nano_usd", "requests"])
    .where("id", "in", [...new Set(budgets)])
    .where("reserved", "=", 1)
    .where("closed_at", "is", null)
    .execute();
  for (const { id, ...caps } of reserved) {
    const spent = await settledEver(trx, `budget:${id}`);
    await trx
      .updateTable("hold_scopes")
      .set({
        tokens: rest(caps.tokens, spent.tokens),
        nano_usd: rest(caps.nano_usd, spent.nanoUsd),
        requests: rest(caps.requests, spent.requests),
      })
      .where("hold_id", "=", `reservation:${id}`)
      .execute();
  }
}

function rest(cap: number | null, spent: number): number {
  return cap === null ? 0 : Math.max(0, cap - spent);
}

/** All that was ever settled under a scope key. */
export async function settledEver(
  db: Kysely<Schema>,
  scopeKey: string,
): Promise<Pick<Use, "tokens" | "nanoUsd" | "requests">> {
  const row = await db
    .selectFrom("use_minutes")
    .select((e) => [
      e.fn.sum<number>("tokens").as("tokens"),
      e.fn.sum<number>("nano_usd").as("nano_usd"),
      e.fn.sum<number>("requests").as("requests"),
    ])
    .where("scope_key", "=", scopeKey)
    .executeTakeFirst();
  return {
    tokens: Number(row?.tokens ?? 0),
    nanoUsd: Number(row?.nano_usd ?? 0),
    requests: Number(row?.requests ?? 0),
  };
}

/**
 * Puts the minutes that no rolling window can reach any more into one bucket a scope key, minute 0: what was ever spent
 * stays known. Answers how many rows went. The caller has locked the books.
 */
export async function foldOldMinutes(trx: Transaction<Schema>, now: number): Promise<number> {
  const before = Math.floor(now / 60_000) - KEPT_DAYS * MINUTES_A_DAY;
  const old = trx.selectFrom("use_minutes").where("minute", ">", 0).where("minute", "<", before);
  const sums = await old
    .groupBy("scope_key")
    .select((e) => [
      "scope_key",
      e.fn.sum<number>("tokens").as("tokens"),
      e.fn.sum<number>("nano_usd").as("nano_usd"),
      e.fn.sum<number>("requests").as("requests"),
    ])
    .orderBy("scope_key")
    .execute();
  if (sums.length === 0) return 0;
  // Sums that began among them cannot be rolled forward any more; whoever looks next adds them up anew.
  await trx.deleteFrom("use_windows").where("from_minute", ">", 0).where("from_minute", "<", before).execute();
  const { numDeletedRows } = await trx
    .deleteFrom("use_minutes")
    .where("minute", ">", 0)
    .where("minute", "<", before)
    .executeTakeFirstOrThrow();
  for (let from = 0; from < sums.length; from += ROWS_AT_ONCE) {
    const rows = sums.slice(from, from + ROWS_AT_ONCE).map((sum) => ({
      scopeKey: sum.scope_key,
      minute: 0,
      tokens: Number(sum.tokens),
      nanoUsd: Number(sum.nano_usd),
      requests: Number(sum.requests),
    }));
    await addToMinutes(trx, rows);
  }
  return Number(numDeletedRows);
}
