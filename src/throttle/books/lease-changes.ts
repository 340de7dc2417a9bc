import { type Kysely, sql, type Transaction } from "kysely";
import type { Room } from "../../ledger/holds.ts";
import type { Schema } from "../../storage/schema.ts";
import type { LimitState, Measure } from "../throttle.ts";
import { zero } from "./amounts.ts";
import type { Recall } from "./messages.ts";

/** Changes a holder's leases: above 0 goes back, below 0 is leased without asking, for it is in use already. With `BOOKS`. */
export async function changeLeases(
  trx: Transaction<Schema>,
  holder: string,
  changes: readonly Room[],
  now: number,
): Promise<void> {
  for (const { scopeKey, tokens, nanoUsd, requests } of changes) {
    if (tokens >= 0 && nanoUsd >= 0 && requests >= 0) continue;
    const more = { tokens: Math.max(0, -tokens), nano_usd: Math.max(0, -nanoUsd), requests: Math.max(0, -requests) };
    await trx
      .insertInto("leases")
      .values({ holder, scope_key: scopeKey, ...more, recalled: 0, renewed_at: now })
      .onConflict((c) =>
        c.columns(["holder", "scope_key"]).doUpdateSet((e) => ({
          tokens: e("leases.tokens", "+", e.ref("excluded.tokens")),
          nano_usd: e("leases.nano_usd", "+", e.ref("excluded.nano_usd")),
          requests: e("leases.requests", "+", e.ref("excluded.requests")),
        })),
      )
      .execute();
  }
  await shrinkLeases(trx, holder, changes);
}

/**
 * Takes amounts above 0 off a holder's leases, never below nothing. Unlike `returnLease` it leaves a recall as it is: what
 * is settled, or given back for other reasons, is no answer to it. With `BOOKS`.
 */
export async function shrinkLeases(trx: Transaction<Schema>, holder: string, rooms: readonly Room[]): Promise<void> {
  for (const { scopeKey, tokens, nanoUsd, requests } of rooms) {
    if (tokens <= 0 && nanoUsd <= 0 && requests <= 0) continue;
    await trx
      .updateTable("leases")
      .set({
        tokens: less("tokens", tokens),
        nano_usd: less("nano_usd", nanoUsd),
        requests: less("requests", requests),
      })
      .where("holder", "=", holder)
      .where("scope_key", "=", scopeKey)
      .execute();
  }
  const empty = trx.deleteFrom("leases").where("holder", "=", holder).where("tokens", "=", 0);
  await empty.where("nano_usd", "=", 0).where("requests", "=", 0).execute();
}

function less(column: "tokens" | "nano_usd" | "requests", by: number) {
  const has = sql.ref(column);
  const amount = sql<number>`cast(${Math.max(0, by)} as bigint)`;
  return sql<number>`case when ${has} > ${amount} then ${has} - ${amount} else 0 end`;
}

/** Says that what these recalls asked for has been given back, as far as it was unused. With `BOOKS`. */
export async function answerRecall(
  trx: Transaction<Schema>,
  holder: string,
  recalls: readonly Recall[],
): Promise<void> {
  for (const { scopeKey, recall } of recalls) {
    const own = trx.updateTable("leases").set({ recalled: 0 }).where("holder", "=", holder);
    await own.where("scope_key", "=", scopeKey).where("recalled", "=", recall).execute();
  }
}

/** What others have leased of the limits of these states. */
export interface OthersLeases {
  /** The states as if others used nothing of their leases. */
  readonly freed: readonly LimitState[];
  /** Some of them were recalled and have not answered yet, or were leased since the last recall. */
  readonly mayGive: boolean;
}

export async function othersLeases(
  db: Kysely<Schema>,
  holder: string,
  states: readonly LimitState[],
  recalledAt: number | undefined,
): Promise<OthersLeases> {
  const keys = [...new Set(states.map(({ scopeKey }) => scopeKey))];
  if (keys.length === 0) return { freed: states, mayGive: false };
  const rows = await db
    .selectFrom("leases")
    .selectAll()
    .where("scope_key", "in", keys)
    .where("holder", "!=", holder)
    .execute();
  const sums = new Map<string, Record<Measure, number>>();
  for (const row of rows) {
    const sum = sums.get(row.scope_key) ?? zero();
    sum.tokens += row.tokens;
    sum.nanoUsd += row.nano_usd;
    sum.requests += row.requests;
    sums.set(row.scope_key, sum);
  }
  const freed = states.map((state) => ({
    ...state,
    held: state.held - (sums.get(state.scopeKey)?.[state.limit.measure] ?? 0),
  }));
  const isOpen = recalledAt === undefined;
  return { freed, mayGive: rows.some((row) => isOpen || row.recalled > 0 || row.renewed_at >= recalledAt) };
}
