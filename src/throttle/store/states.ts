import type { Kysely, Transaction } from "kysely";
import type { Schema } from "../../storage/schema.ts";
import { type AppliedLimit, limitsFor, parseScopeKey } from "../limits.ts";
import { type Amounts, type Limit, type LimitSet, type LimitState, MEASURES } from "../throttle.ts";
import { type KeyWindow, readWindows, rollWindows, windowKey } from "./windows.ts";

/*
 * The throttle's side in the database, on SQLite and Postgres alike: settled (windows over minutes of the ledger), held
 * (holds of the database, leases of processes), and what may still be held. Everything that writes here runs in a
 * transaction of the caller's with `BOOKS`, together with the rows it belongs to.
 *
 * Invariant: settled + holds + leases of a scope key never passes a limit by an ask that was not critical. A refused ask
 * writes an event and nothing else.
 */

/** The limits that apply to these scope keys with their figures now: settled, and held by anybody. Writes nothing. */
export async function statesInStore(
  db: Kysely<Schema>,
  set: LimitSet,
  scopeKeys: readonly string[],
  now: number,
): Promise<readonly LimitState[]> {
  const applied = limitsFor(await withBudgets(db, set, scopeKeys), scopeKeys);
  return statesOf(applied, await readWindows(db, windowsOf(applied), now, set.timeZone), await heldIn(db, applied));
}

/** The same inside a transaction that decides: windows are rolled forward and kept. */
export async function statesForDecision(
  trx: Transaction<Schema>,
  set: LimitSet,
  scopeKeys: readonly string[],
  now: number,
): Promise<readonly LimitState[]> {
  const applied = limitsFor(await withBudgets(trx, set, scopeKeys), scopeKeys);
  return statesOf(applied, await rollWindows(trx, windowsOf(applied), now, set.timeZone), await heldIn(trx, applied));
}

function statesOf(
  applied: readonly AppliedLimit[],
  settled: ReadonlyMap<string, Amounts>,
  held: ReadonlyMap<string, Amounts>,
): readonly LimitState[] {
  return applied.map(({ limit, scopeKey }) => ({
    limit,
    scopeKey,
    settled: settled.get(windowKey({ scopeKey, window: limit.window }))?.[limit.measure] ?? 0,
    held: held.get(scopeKey)?.[limit.measure] ?? 0,
  }));
}

function windowsOf(applied: readonly AppliedLimit[]): readonly KeyWindow[] {
  return applied.map(({ limit, scopeKey }) => ({ scopeKey, window: limit.window }));
}

/** Open holds and leases by scope key. */
async function heldIn(db: Kysely<Schema>, applied: readonly AppliedLimit[]): Promise<ReadonlyMap<string, Amounts>> {
  const keys = [...new Set(applied.map(({ scopeKey }) => scopeKey))];
  if (keys.length === 0) return new Map();
  const held = new Map<string, Amounts>();
  for (const table of ["hold_scopes", "leases"] as const) {
    const rows = await db
      .selectFrom(table)
      .select((e) => [
        "scope_key",
        e.fn.sum<number>("tokens").as("tokens"),
        e.fn.sum<number>("nano_usd").as("nano_usd"),
        e.fn.sum<number>("requests").as("requests"),
      ])
      .where("scope_key", "in", keys)
      .groupBy("scope_key")
      .execute();
    for (const row of rows) {
      const before = held.get(row.scope_key);
      held.set(row.scope_key, {
        tokens: (before?.tokens ?? 0) + Number(row.tokens),
        nanoUsd: (before?.nanoUsd ?? 0) + Number(row.nano_usd),
        requests: (before?.requests ?? 0) + Number(row.requests),
      });
    }
  }
  return held;
}

/** The limits of the set and of the budgets among the scope keys. A closed budget lets nothing more through. */
export async function withBudgets(db: Kysely<Schema>, set: LimitSet, scopeKeys: readonly string[]): Promise<LimitSet> {
  const ids = budgetsAmong(scopeKeys);
  if (ids.length === 0) return set;
  const rows = await db.selectFrom("budgets").selectAll().where("id", "in", ids).execute();
  const limits = rows.flatMap(({ id, tokens, nano_usd, requests, closed_at }): Limit[] => {
    const caps = { tokens, nanoUsd: nano_usd, requests };
    return MEASURES.flatMap((measure): Limit[] => {
      const amount = closed_at === null ? caps[measure] : 0;
      return amount === null ? [] : [{ scope: "budget", of: id, window: "ever", measure, amount }];
    });
  });
  return { ...set, limits: [...set.limits, ...limits] };
}

/** Ids of the budgets among scope keys. */
export function budgetsAmong(scopeKeys: readonly string[]): readonly string[] {
  return scopeKeys.flatMap((key) => {
    const parsed = parseScopeKey(key);
    return parsed?.scope === "budget" ? [parsed.name] : [];
  });
}
