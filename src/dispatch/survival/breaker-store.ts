import type { Selectable } from "kysely";
import type { BreakersTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";

/** A breaker that is not closed, as all processes know it. */
export interface BreakerRow {
  readonly state: "open" | "half-open";
  /** In a row, when it opened. */
  readonly failures: number;
  /** How often it has opened since the target last worked. */
  readonly openings: number;
  readonly openedAt: number;
  /** Open: from then on a probe may go. Half-open: from then on its prober counts as dead. Epoch ms. */
  readonly probeAt: number;
  /** Who probes; null while nobody does. */
  readonly prober: string | null;
}

/** All that are not closed, by "provider/model". */
export async function readBreakers({ db }: Store): Promise<ReadonlyMap<string, BreakerRow>> {
  const rows = await db.selectFrom("breakers").selectAll().execute();
  return new Map(rows.map((row) => [row.target, fromRow(row)]));
}

export async function readBreaker({ db }: Store, key: string): Promise<BreakerRow | undefined> {
  const row = await db.selectFrom("breakers").selectAll().where("target", "=", key).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Opens a breaker, unless another process has done so: its row holds then. */
export async function insertOpen({ db, clock }: Store, key: string, row: BreakerRow): Promise<void> {
  await db
    .insertInto("breakers")
    .values({ target: key, ...toRow(row, clock.now()) })
    .onConflict((conflict) => conflict.column("target").doNothing())
    .execute();
}

/**
 * Puts `next` in the place of `seen`; true for exactly one of all who saw the same. Every change of a breaker that is
 * not closed goes through here.
 */
export async function replaceBreaker(
  { db, clock }: Store,
  key: string,
  seen: Pick<BreakerRow, "state" | "probeAt" | "prober">,
  next: BreakerRow,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("breakers")
    .set(toRow(next, clock.now()))
    .where("target", "=", key)
    .where("state", "=", seen.state)
    .where("probe_at", "=", seen.probeAt)
    .where("prober", seen.prober === null ? "is" : "=", seen.prober)
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}

/** Closes a breaker: the target has worked. */
export async function removeBreaker({ db }: Store, key: string): Promise<void> {
  await db.deleteFrom("breakers").where("target", "=", key).execute();
}

/** Takes out what nobody has asked for since `before`. */
export async function forgetBreakers({ db }: Store, before: number): Promise<void> {
  await db.deleteFrom("breakers").where("probe_at", "<", before).execute();
}

function fromRow(row: Selectable<BreakersTable>): BreakerRow {
  return {
    state: row.state === "half-open" ? "half-open" : "open",
    failures: Number(row.failures),
    openings: Number(row.openings),
    openedAt: Number(row.opened_at),
    probeAt: Number(row.probe_at),
    prober: row.prober,
  };
}

function toRow(row: BreakerRow, now: number): Omit<BreakersTable, "target"> {
  return {
    state: row.state,
    failures: row.failures,
    openings: row.openings,
    opened_at: row.openedAt,
    probe_at: row.probeAt,
    prober: row.prober,
    updated_at: now,
  };
}
