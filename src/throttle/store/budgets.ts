import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { AllotError } from "../../foundation/errors.ts";
import { closeHold, openHold } from "../../ledger/holds.ts";
import { settledEver } from "../../ledger/use-minutes.ts";
import type { BudgetsTable, Schema } from "../../storage/schema.ts";
import { limitsFor, scopeKey } from "../limits.ts";
import { type Admission, type Amounts, type LimitSet, type Measure, MEASURES } from "../throttle.ts";
import { decideUnpaced } from "./admission.ts";
import { noteHeldUp } from "./events.ts";
import { answered } from "./free-at.ts";
import { newRecall } from "./leases.ts";
import { statesForDecision } from "./states.ts";

export type Budget = Selectable<BudgetsTable>;

export interface NewBudget {
  readonly id: string;
  /** What it is for, for people. */
  readonly name: string;
  /** The budget it is a part of. */
  readonly parent: string | null;
  readonly session: string;
  /** null: not capped in that measure. */
  readonly caps: Readonly<Record<Measure, number | null>>;
  /**
   * Set the amounts aside now, under the limits of these scope keys and of the parent: whoever spends under this budget
   * then finds room there, and what is not spent goes back when it is closed.
   */
  readonly reserve?: { readonly scopeKeys: readonly string[] };
}

/**
 * Opens a budget: what one command, run or batch and all its children may use up, whenever. With `reserve` it is opened
 * only where its amounts fit now; a refusal moves nothing. In a transaction with `BOOKS`.
 *
 * Throws `usage` for a parent that is unknown or closed, an id that is taken, and a reservation that leaves a measure
 * open which a limit counts.
 */
export async function openBudget(
  trx: Transaction<Schema>,
  set: LimitSet,
  budget: NewBudget,
  now: number,
): Promise<Admission> {
  if ((await budgetOf(trx, budget.id)) !== undefined) {
    throw new AllotError("usage", `a budget ${budget.id} is there already; give the new one another id`);
  }
  if (budget.parent !== null) await openParent(trx, budget.parent);
  await sweepReservations(trx, now);
  const admission = await reserve(trx, set, budget, now);
  if (admission.kind !== "admitted") return admission;
  await trx
    .insertInto("budgets")
    .values({
      id: budget.id,
      parent_id: budget.parent,
      name: budget.name,
      session_id: budget.session,
      tokens: budget.caps.tokens,
      nano_usd: budget.caps.nanoUsd,
      requests: budget.caps.requests,
      reserved: budget.reserve === undefined ? 0 : 1,
      opened_at: now,
    })
    .execute();
  return admission;
}

async function openParent(db: Kysely<Schema>, id: string): Promise<void> {
  const parent = await budgetOf(db, id);
  if (parent?.closed_at === null) return;
  const state = parent === undefined ? "is not known" : "is closed";
  throw new AllotError("usage", `the budget ${id} ${state}; nothing can be opened under it`);
}

async function reserve(trx: Transaction<Schema>, set: LimitSet, budget: NewBudget, now: number): Promise<Admission> {
  const worst = amountsOf(budget.caps);
  if (budget.reserve === undefined) return { kind: "admitted", level: "NONE", held: worst };
  const { scopeKeys, countedKeys } = await scopesUnder(trx, set, budget.reserve.scopeKeys, budget.parent);
  const states = await statesForDecision(trx, set, scopeKeys, now);
  const open = states.find(({ limit }) => budget.caps[limit.measure] === null);
  if (open !== undefined) {
    throw new AllotError(
      "usage",
      `a reservation must say how much of each measure that a limit counts; ${open.scopeKey} has a limit of ${open.limit.measure}`,
    );
  }
  const id = reservationOf(budget.id);
  const ask = { id, scopeKeys, countedKeys, priority: "normal" as const, worst, session: budget.session, runId: "" };
  const admission = await answered(trx, set, decideUnpaced(states, ask, set.thresholds), now);
  if (admission.kind === "refused") {
    await noteHeldUp(trx, "blocked", admission.limit, admission.level, ask, now, `no room to reserve ${budget.name}`);
  }
  if (admission.kind !== "admitted") return admission;
  await openHold(trx, { id, runId: "", session: budget.session, scopeKeys, countedKeys, ...worst, at: now });
  return admission;
}

/**
 * Closes a budget and all budgets under it: nothing more goes under them, and what is left of their reservations goes
 * back. Answers false when it was closed before, or never was. Calls still under way are settled all the same.
 * In a transaction with `BOOKS`.
 */
export async function closeBudget(trx: Transaction<Schema>, id: string, now: number): Promise<boolean> {
  const budget = await budgetOf(trx, id);
  if (budget === undefined || budget.closed_at !== null) return false;
  const children = await trx
    .selectFrom("budgets")
    .select("id")
    .where("parent_id", "=", id)
    .where("closed_at", "is", null)
    .execute();
  for (const child of children) await closeBudget(trx, child.id, now);
  await trx.updateTable("budgets").set({ closed_at: now }).where("id", "=", id).execute();
  if (budget.reserved === 1) await handBack(trx, id, now);
  return true;
}

/**
 * Gives back what a reservation holds, except what is under way beneath it: a call's own hold takes its room from now
 * on; what processes have leased keeps it through the reservation, until they return it.
 */
async function handBack(trx: Transaction<Schema>, id: string, now: number): Promise<void> {
  const reservation = reservationOf(id);
  const under = scopeKey("budget", id);
  const hold = await trx.selectFrom("holds").selectAll().where("call_key", "=", reservation).executeTakeFirst();
  if (hold === undefined || hold.closed_at !== null) return;
  const calls = await trx.selectFrom("hold_scopes").selectAll().where("scope_key", "=", under).execute();
  const rooms = calls.flatMap((call) =>
    (JSON.parse(hold.scope_keys) as string[]).map((scope_key) => ({ ...call, scope_key })),
  );
  if (rooms.length > 0) {
    await trx
      .insertInto("hold_scopes")
      .values(rooms)
      .onConflict((c) => c.columns(["hold_id", "scope_key"]).doNothing())
      .execute();
  }
  const leased = await sumUnder(trx, "leases", under);
  if (MEASURES.every((measure) => leased[measure] === 0)) {
    await closeHold(trx, reservation, "released", now);
    return;
  }
  await trx.updateTable("leases").set({ recalled: newRecall() }).where("scope_key", "=", under).execute();
  await trx
    .updateTable("hold_scopes")
    .set({ tokens: leased.tokens, nano_usd: leased.nanoUsd, requests: leased.requests })
    .where("hold_id", "=", reservation)
    .execute();
}

/** Ends the reservations of closed budgets that were kept for leases which have come back. With `BOOKS`. */
export async function sweepReservations(trx: Transaction<Schema>, now: number): Promise<void> {
  const kept = await trx
    .selectFrom("budgets")
    .innerJoin("holds", (join) =>
      join.on("holds.call_key", "=", sql<string>`'reservation:' || budgets.id`).on("holds.closed_at", "is", null),
    )
    .select("budgets.id")
    .where("budgets.closed_at", "is not", null)
    .execute();
  for (const { id } of kept) await handBack(trx, id, now);
}

/** What is left of a budget: its caps less what was settled and is held under it. null where it is not capped. */
export async function budgetRoom(
  db: Kysely<Schema>,
  id: string,
): Promise<Readonly<Record<Measure, number | null>> | undefined> {
  const budget = await budgetOf(db, id);
  if (budget === undefined) return undefined;
  const key = scopeKey("budget", id);
  const settled = await settledEver(db, key);
  const held = await heldUnder(db, key);
  const caps = { tokens: budget.tokens, nanoUsd: budget.nano_usd, requests: budget.requests };
  const left = (measure: Measure): number | null =>
    caps[measure] === null ? null : caps[measure] - settled[measure] - held[measure];
  return { tokens: left("tokens"), nanoUsd: left("nanoUsd"), requests: left("requests") };
}

async function heldUnder(db: Kysely<Schema>, key: string): Promise<Amounts> {
  const holds = await sumUnder(db, "hold_scopes", key);
  const leased = await sumUnder(db, "leases", key);
  return {
    tokens: holds.tokens + leased.tokens,
    nanoUsd: holds.nanoUsd + leased.nanoUsd,
    requests: holds.requests + leased.requests,
  };
}

async function sumUnder(db: Kysely<Schema>, table: "hold_scopes" | "leases", key: string): Promise<Amounts> {
  const sum = await db
    .selectFrom(table)
    .select((e) => [
      e.fn.sum<number | null>("tokens").as("tokens"),
      e.fn.sum<number | null>("nano_usd").as("nano_usd"),
      e.fn.sum<number | null>("requests").as("requests"),
    ])
    .where("scope_key", "=", key)
    .executeTakeFirstOrThrow();
  return {
    tokens: Number(sum.tokens ?? 0),
    nanoUsd: Number(sum.nano_usd ?? 0),
    requests: Number(sum.requests ?? 0),
  };
}

/** A budget and those it is a part of, up to the root; empty for an unknown one. */
export async function budgetChain(db: Kysely<Schema>, id: string): Promise<readonly Budget[]> {
  const chain: Budget[] = [];
  for (let next: string | null = id; next !== null;) {
    const budget: Budget | undefined = await budgetOf(db, next);
    if (budget === undefined) break;
    chain.push(budget);
    next = budget.parent_id;
  }
  return chain;
}

/**
 * Whom somebody falls under who spends under a budget: its whole chain, and the scope keys given; those among them whose
 * room a reservation of the chain holds already are counted there only. Throws `usage` for an unknown budget.
 */
export async function scopesUnder(
  db: Kysely<Schema>,
  set: LimitSet,
  scopeKeys: readonly string[],
  budgetId: string | null,
): Promise<{ readonly scopeKeys: readonly string[]; readonly countedKeys: readonly string[] }> {
  if (budgetId === null) return { scopeKeys, countedKeys: [] };
  const chain = await budgetChain(db, budgetId);
  if (chain.length === 0) throw new AllotError("usage", `the budget ${budgetId} is not known`);
  const all = [...new Set([...scopeKeys, ...chain.map(({ id }) => scopeKey("budget", id))])];
  const counted = new Set<string>();
  for (const budget of chain.filter(({ reserved, closed_at }) => reserved === 1 && closed_at === null)) {
    const hold = await db
      .selectFrom("holds")
      .select(["scope_keys", "counted_keys"])
      .where("call_key", "=", reservationOf(budget.id))
      .where("closed_at", "is", null)
      .executeTakeFirst();
    if (hold === undefined) continue;
    const keys = [...(JSON.parse(hold.scope_keys) as string[]), ...(JSON.parse(hold.counted_keys) as string[])];
    for (const key of keys) if (isHeldWhole(set, key, budget)) counted.add(key);
  }
  return { scopeKeys: all.filter((key) => !counted.has(key)), countedKeys: all.filter((key) => counted.has(key)) };
}

/** A limit that came after the reservation, in a measure it does not hold, has to be asked. */
function isHeldWhole(set: LimitSet, key: string, budget: Budget): boolean {
  const caps = { tokens: budget.tokens, nanoUsd: budget.nano_usd, requests: budget.requests };
  return limitsFor(set, [key]).every(({ limit }) => caps[limit.measure] !== null);
}

function budgetOf(db: Kysely<Schema>, id: string): Promise<Budget | undefined> {
  return db.selectFrom("budgets").selectAll().where("id", "=", id).executeTakeFirst();
}

function reservationOf(budgetId: string): string {
  return `reservation:${budgetId}`;
}

function amountsOf(caps: Readonly<Record<Measure, number | null>>): Amounts {
  return Object.fromEntries(MEASURES.map((measure) => [measure, caps[measure] ?? 0])) as unknown as Amounts;
}
