import { randomInt } from "node:crypto";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Room } from "../../ledger/holds.ts";
import type { LeasesTable, Schema } from "../../storage/schema.ts";
import { levelOf } from "../levels.ts";
import type { Admission, Amounts, Ask, LimitSet, LimitState, Measure, Thresholds } from "../throttle.ts";
import { decideUnpaced } from "./admission.ts";
import { answered } from "./free-at.ts";
import { statesForDecision } from "./states.ts";

/** What a process wants beyond the ask itself. */
export interface Block {
  /** At most so much of each measure. */
  readonly cap: Amounts;
  /** At most this part of the room up to the next level: 256 takes a 256th. */
  readonly divisor: number;
}

export interface LeaseAsk {
  /** The journal's writer. */
  readonly holder: string;
  readonly ask: Ask;
  readonly block: Block;
}

export interface Grant {
  readonly admission: Admission;
  /**
   * What the lease of each scope key grew by, the ask's own need included; empty unless admitted. A measure that no
   * limit of that scope key counts is 0: there is nothing to lease.
   */
  readonly leased: readonly Room[];
  /** The figures the decision was made on, from before the grant; leases of others and of the holder are held. */
  readonly states: readonly LimitState[];
}

/**
 * Decides an ask as `holdInStore` does, but instead of a hold of its own the holder's lease grows: by what the ask needs,
 * and by a block for asks to come, which never carries a limit into its next level. A refused ask moves nothing.
 * In a transaction with `BOOKS`.
 */
export async function grantLease(
  trx: Transaction<Schema>,
  set: LimitSet,
  { holder, ask, block }: LeaseAsk,
  now: number,
): Promise<Grant> {
  const states = await statesForDecision(trx, set, ask.scopeKeys, now);
  const admission = await answered(trx, set, decideUnpaced(states, ask, set.thresholds), now);
  if (admission.kind !== "admitted") return { admission, leased: [], states };
  const leased = [...Map.groupBy(states, ({ scopeKey }) => scopeKey)].map(([scopeKey, own]) => ({
    scopeKey,
    tokens: grown(own, "tokens", admission.held, block, set.thresholds),
    nanoUsd: grown(own, "nanoUsd", admission.held, block, set.thresholds),
    requests: grown(own, "requests", admission.held, block, set.thresholds),
  }));
  await addToLeases(trx, holder, leased, now);
  return { admission, leased, states };
}

/** What the ask needs of a measure, and the part of the block that no limit on it forbids; 0 where no limit counts it. */
function grown(
  states: readonly LimitState[],
  measure: Measure,
  held: Amounts,
  block: Block,
  thresholds: Thresholds,
): number {
  const counting = states.filter(({ limit }) => limit.measure === measure);
  if (counting.length === 0) return 0;
  const spare = Math.min(
    ...counting.map(({ limit, settled, held: before }) =>
      Math.floor(roomInLevel(settled + before + held[measure], limit.amount, thresholds) / block.divisor),
    ),
  );
  return held[measure] + Math.max(0, Math.min(block.cap[measure], spare));
}

/** How much more may be used before a limit's level changes; in CRITICAL, before it is full. Pure. */
export function roomInLevel(used: number, amount: number, thresholds: Thresholds): number {
  const level = levelOf(used, amount, thresholds);
  let within = 0;
  let beyond = Math.max(0, amount - used) + 1;
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (levelOf(used + middle, amount, thresholds) === level) within = middle;
    else beyond = middle;
  }
  return within;
}

async function addToLeases(
  trx: Transaction<Schema>,
  holder: string,
  rooms: readonly Room[],
  now: number,
): Promise<void> {
  if (rooms.length === 0) return;
  await trx
    .insertInto("leases")
    .values(
      rooms.map(({ scopeKey, tokens, nanoUsd, requests }): LeasesTable => ({
        holder,
        scope_key: scopeKey,
        tokens,
        nano_usd: nanoUsd,
        requests,
        recalled: 0,
        renewed_at: now,
      })),
    )
    .onConflict((c) =>
      c.columns(["holder", "scope_key"]).doUpdateSet({
        tokens: sql<number>`leases.tokens + excluded.tokens`,
        nano_usd: sql<number>`leases.nano_usd + excluded.nano_usd`,
        requests: sql<number>`leases.requests + excluded.requests`,
        renewed_at: now,
      }),
    )
    .execute();
}

/**
 * Gives back parts of a holder's lease: what was not needed, or what has been settled and counts as such from now on.
 * Never below nothing; `rooms` left out gives back everything.
 */
export async function returnLease(trx: Transaction<Schema>, holder: string, rooms?: readonly Room[]): Promise<void> {
  if (rooms === undefined) {
    await trx.deleteFrom("leases").where("holder", "=", holder).execute();
    return;
  }
  for (const { scopeKey, ...amounts } of rooms) {
    await trx
      .updateTable("leases")
      .set({
        tokens: less("tokens", amounts.tokens),
        nano_usd: less("nano_usd", amounts.nanoUsd),
        requests: less("requests", amounts.requests),
        recalled: 0,
      })
      .where("holder", "=", holder)
      .where("scope_key", "=", scopeKey)
      .execute();
  }
  await trx
    .deleteFrom("leases")
    .where("holder", "=", holder)
    .where("tokens", "=", 0)
    .where("nano_usd", "=", 0)
    .where("requests", "=", 0)
    .execute();
}

function less(column: "tokens" | "nano_usd" | "requests", amount: number) {
  return sql<number>`case when ${sql.ref(column)} > ${amount} then ${sql.ref(column)} - ${amount} else 0 end`;
}

/** What a holder has leased now; `recall` is 0 where nobody asks it back. */
export async function leasesOf(db: Kysely<Schema>, holder: string): Promise<readonly (Room & { recall: number })[]> {
  const rows = await db.selectFrom("leases").selectAll().where("holder", "=", holder).execute();
  return rows.map((row) => ({
    scopeKey: row.scope_key,
    tokens: row.tokens,
    nanoUsd: row.nano_usd,
    requests: row.requests,
    recall: row.recalled,
  }));
}

/**
 * A recall's number. An answer names the recall that it heard of: one that was on its way already, with what was unused
 * before, is no answer to a later one.
 */
export function newRecall(): number {
  return randomInt(1, 2 ** 31 - 1);
}

/**
 * Asks all other holders of leases on these scope keys to give back what they do not use; `since`: only those that leased
 * more since then, and were not asked. Answers how many were asked; 0: nobody stands in the way with a lease.
 */
export async function recallLeases(
  trx: Transaction<Schema>,
  scopeKeys: readonly string[],
  exceptHolder: string,
  since?: number,
): Promise<number> {
  if (scopeKeys.length === 0) return 0;
  let recalling = trx
    .updateTable("leases")
    .set({ recalled: newRecall() })
    .where("scope_key", "in", [...scopeKeys])
    .where("holder", "!=", exceptHolder);
  if (since !== undefined) recalling = recalling.where("recalled", "=", 0).where("renewed_at", ">=", since);
  const { numUpdatedRows } = await recalling.executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}
