import { type Kysely, sql } from "kysely";
import { isPostgres } from "../storage/exclusive.ts";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { CHAIN_START, entryHash } from "./chain.ts";
import { standingFaults, type UseFault, UseSums } from "./verify-use.ts";

/** One thing that is wrong with the books. */
export interface LedgerFault {
  readonly code:
    | UseFault["code"] // what limits are held against is not what the entries and holds say
    | "hash-differs" // a row's facts are not those it was written with
    | "link-broken" // a row does not follow the one before it: one is missing, slipped in, or moved
    | "end-missing" // rows are missing at the end of a writer's chain
    | "call-without-entry" // a call that is over has no entry
    | "hold-left-open"; // a call that is over still has a hold
  /** Writer and sequence of the entry, or the call's key. */
  readonly where: string;
  readonly message: string;
}

export interface LedgerVerdict {
  readonly entries: number;
  readonly writers: number;
  readonly faults: readonly LedgerFault[];
}

const PAGE = 1000;

/**
 * Reads every entry of every writer and says what does not hold: in the chains, between calls and entries, and in what
 * is kept beside the ledger. Changes nothing; memory grows with scope keys and minutes, not with entries.
 *
 * What is written while it reads can look like a fault, so faults are looked at once more from one standing point, which
 * on SQLite keeps writers out for as long.
 */
export async function verifyLedger(db: Kysely<Schema>): Promise<LedgerVerdict> {
  const verdict = await verifyOnce(db);
  if (verdict.faults.length === 0 || db.isTransaction) return verdict;
  const transaction = db.transaction();
  return (isPostgres(db) ? transaction.setIsolationLevel("repeatable read") : transaction).execute(verifyOnce);
}

async function verifyOnce(db: Kysely<Schema>): Promise<LedgerVerdict> {
  const ends = await db.selectFrom("ledger_writers").selectAll().orderBy("writer").execute();
  const written = await db.selectFrom("ledger").select("writer").distinct().execute();
  const writers = [...new Set([...ends.map((end) => end.writer), ...written.map((row) => row.writer)])].sort();
  const faults: LedgerFault[] = [];
  const sums = await UseSums.of(db);
  let entries = 0;
  for (const writer of writers) {
    const end = ends.find((candidate) => candidate.writer === writer);
    const chain = await verifyChain(db, writer, end, sums);
    entries += chain.entries;
    faults.push(...chain.faults);
  }
  faults.push(...(await callFaults(db)), ...(await sums.faults(db)), ...(await standingFaults(db)));
  return { entries, writers: writers.length, faults };
}

async function verifyChain(
  db: Kysely<Schema>,
  writer: string,
  end: { sequence: number; hash: string } | undefined,
  sums: UseSums,
): Promise<{ entries: number; faults: LedgerFault[] }> {
  const faults: LedgerFault[] = [];
  let last = { sequence: 0, hash: CHAIN_START };
  let entries = 0;
  for (;;) {
    const page = await entriesAfter(db, writer, last.sequence);
    for (const row of page) {
      const { hash, ...facts } = row;
      sums.add(row);
      const where = `${writer} ${facts.sequence}`;
      if (entryHash(facts) !== hash)
        faults.push({ code: "hash-differs", where, message: `entry ${facts.entry_key} was changed` });
      if (facts.sequence !== last.sequence + 1 || facts.prev_hash !== last.hash) {
        faults.push({
          code: "link-broken",
          where,
          message: `entry ${facts.entry_key} does not follow entry ${last.sequence}`,
        });
      }
      last = { sequence: facts.sequence, hash };
    }
    entries += page.length;
    if (page.length < PAGE) break;
  }
  if (end?.sequence !== last.sequence || end.hash !== last.hash) {
    const expected = end === undefined ? "unknown" : `entry ${end.sequence}`;
    faults.push({
      code: "end-missing",
      where: `${writer} ${last.sequence}`,
      message: `the last entry is ${last.sequence}, written was ${expected}`,
    });
  }
  return { entries, faults };
}

function entriesAfter(db: Kysely<Schema>, writer: string, sequence: number): Promise<LedgerTable[]> {
  return db
    .selectFrom("ledger")
    .selectAll()
    .where("writer", "=", writer)
    .where("sequence", ">", sequence)
    .orderBy("sequence")
    .limit(PAGE)
    .execute();
}

/** Calls that are over, but not in the books. */
async function callFaults(db: Kysely<Schema>): Promise<LedgerFault[]> {
  const over = ["done", "failed", "unknown"] as const;
  const missing = await db
    .selectFrom("calls")
    .select("key")
    .where("state", "in", over)
    .where((e) =>
      e.not(
        e.or(
          ["settle:", "unknown:"].map((kind) =>
            e.exists(
              e
                .selectFrom("ledger")
                .select("sequence")
                .where("entry_key", "=", sql<string>`${kind} || calls.key`),
            ),
          ),
        ),
      ),
    )
    .execute();
  const open = await db
    .selectFrom("calls")
    .innerJoin("holds", "holds.call_key", "calls.key")
    .select("calls.key")
    .where("calls.state", "in", over)
    .where("holds.closed_at", "is", null)
    .execute();
  return [
    ...missing.map(({ key }) => ({
      code: "call-without-entry" as const,
      where: key,
      message: `call ${key} is over and has no entry`,
    })),
    ...open.map(({ key }) => ({
      code: "hold-left-open" as const,
      where: key,
      message: `call ${key} is over and still held`,
    })),
  ];
}
