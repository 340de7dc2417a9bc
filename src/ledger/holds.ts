import type { Selectable, Transaction } from "kysely";
import type { HoldsTable, Schema } from "../storage/schema.ts";

/** What is set aside in the database itself, and under whose limits. */
export interface NewHold {
  /** The call's key, or "reservation:BUDGET". */
  readonly id: string;
  readonly runId: string;
  readonly session: string;
  /** Whose room it takes. */
  readonly scopeKeys: readonly string[];
  /** Who it will be counted under, while a reservation holds the room. */
  readonly countedKeys: readonly string[];
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly requests: number;
  /** What it takes of each scope key, where that is not all of it under each of `scopeKeys`. */
  readonly rooms?: readonly Room[];
  readonly at: number;
}

/** What is taken of one scope key's limits. */
export interface Room {
  readonly scopeKey: string;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly requests: number;
}

export type Hold = Selectable<HoldsTable>;

/** Sets aside what a call can use and cost at most. Fails when the call has a hold already. */
export async function openHold(trx: Transaction<Schema>, hold: NewHold): Promise<void> {
  await trx
    .insertInto("holds")
    .values({
      call_key: hold.id,
      run_id: hold.runId,
      session_id: hold.session,
      scope_keys: JSON.stringify(hold.scopeKeys),
      counted_keys: JSON.stringify(hold.countedKeys),
      tokens: hold.tokens,
      nano_usd: hold.nanoUsd,
      requests: hold.requests,
      opened_at: hold.at,
    })
    .execute();
  const rooms = hold.rooms ?? hold.scopeKeys.map((scopeKey): Room => ({ ...hold, scopeKey }));
  if (rooms.length === 0) return;
  await trx
    .insertInto("hold_scopes")
    .values(
      rooms.map(({ scopeKey, tokens, nanoUsd, requests }) => ({
        hold_id: hold.id,
        scope_key: scopeKey,
        tokens,
        nano_usd: nanoUsd,
        requests,
      })),
    )
    .execute();
}

/** Sets more tokens aside on an open hold, under all whose room it takes. False where it was ended. */
export async function growHold(trx: Transaction<Schema>, id: string, tokens: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("holds")
    .set((e) => ({ tokens: e("tokens", "+", tokens) }))
    .where("call_key", "=", id)
    .where("closed_at", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await trx
    .updateTable("hold_scopes")
    .set((e) => ({ tokens: e("tokens", "+", tokens) }))
    .where("hold_id", "=", id)
    .execute();
  return true;
}

/** Ends a hold and answers it; undefined when it was ended before, or never was. */
export async function closeHold(
  trx: Transaction<Schema>,
  id: string,
  as: NonNullable<HoldsTable["closed_as"]>,
  at: number,
): Promise<Hold | undefined> {
  const hold = await trx
    .updateTable("holds")
    .set({ closed_at: at, closed_as: as })
    .where("call_key", "=", id)
    .where("closed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
  if (hold !== undefined) await trx.deleteFrom("hold_scopes").where("hold_id", "=", id).execute();
  return hold;
}

/** Everybody that what was spent on a hold counts under, sorted. */
export function countedUnder(hold: Pick<Hold, "scope_keys" | "counted_keys">): readonly string[] {
  const keys = [...(JSON.parse(hold.scope_keys) as string[]), ...(JSON.parse(hold.counted_keys) as string[])];
  return [...new Set(keys)].sort();
}
