import type { Kysely, Selectable, Transaction } from "kysely";
import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { book } from "../../ledger/ledger.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import type { LoggedAnswersTable, Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { tokensOfRecord } from "../../transcripts/sums.ts";
import type { PricedUsage } from "../../transcripts/transcripts.ts";
import { bookedAnswers, takenRows } from "./booked-answers.ts";
import { answerName, difference, type ImportPrices, importedEntry } from "./import-entries.ts";

/**
 * Spend that went past allot, out of agents' own logs, taken into the ledger: limits know of work that was done elsewhere.
 *
 * Invariants: an answer is in the ledger once, however often its log is imported, by however many processes, and whether it also
 * went through the gateway (the gateway's row counts, for one answer and no other; one that comes later takes the import's place); an unknown price is booked
 * at the dearest rates, flagged; what a subscription pays is booked at $0 with its tokens; an answer counts in the minute it was
 * given. Nothing is refused: it is spent already, and beyond a limit it is debt.
 */
export interface ImportParts extends ImportPrices {
  readonly store: Pick<Store, "db" | "transaction">;
  /** Process identity: whose chain the entries go into. */
  readonly writer: string;
  /** Answers younger than this are left for the next time: the gateway may be about to book them. Default 0. */
  readonly restMs?: number;
}

/** What became of the answers. */
export interface Imported {
  /** New in the ledger. */
  readonly imported: number;
  readonly tokens: number;
  readonly cost: NanoUsd;
  /** Known already by the gateway's own rows, found now. */
  readonly passed: number;
  /** Part of a piece of work that is booked as one. */
  readonly claimed: number;
  /** Imported before, and told otherwise now: the difference was added. */
  readonly corrected: number;
  /** Nothing was to be done. */
  readonly known: number;
  /** Too young. */
  readonly waiting: number;
}

const AT_ONCE = 400;
/** A gateway's row may come so much later than the log's line: its process writes behind, or was gone for a while. */
const LATE_MS = 2 * 86_400_000;

/**
 * Takes answers into the ledger, each once. Answers what became of them. Safe to repeat and to run at the same time in several
 * processes, on SQLite and Postgres. Throws `ledger-busy` where others were in the way for too long.
 */
export async function importUsage(parts: ImportParts, records: readonly PricedUsage[]): Promise<Imported> {
  const { store, now, restMs = 0 } = parts;
  const ripe = records.filter(({ at }) => at <= now - restMs);
  const sum = { imported: 0, tokens: 0, cost: 0, passed: 0, claimed: 0, corrected: 0, known: 0 };
  const known = await knownAnswers(store.db, ripe.map(answerName));
  const open = ripe.filter((record) => {
    const before = known.get(answerName(record));
    return (
      before === undefined || (before.how === "imported" && (before.at > now - LATE_MS || isOther(before, record)))
    );
  });
  sum.known = ripe.length - open.length;
  const booked = await bookedAnswers(store.db, open);
  const works = await ownLoginWorks(store.db, open);
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const some = open.slice(from, from + AT_ONCE);
    const done = await store.transaction((trx) => takeIn(trx, parts, some, { booked, works }), BOOKS);
    for (const name of ["imported", "tokens", "cost", "passed", "claimed", "corrected", "known"] as const) {
      sum[name] += done[name];
    }
  }
  return { ...sum, cost: nanoUsd(sum.cost), waiting: records.length - ripe.length };
}

type Done = Record<"imported" | "tokens" | "cost" | "passed" | "claimed" | "corrected" | "known", number>;

interface Elsewhere {
  readonly booked: ReadonlyMap<PricedUsage, string>;
  readonly works: readonly Work[];
}

async function takeIn(
  trx: Transaction<Schema>,
  parts: ImportParts,
  records: readonly PricedUsage[],
  { booked, works }: Elsewhere,
): Promise<Done> {
  const done: Done = { imported: 0, tokens: 0, cost: 0, passed: 0, claimed: 0, corrected: 0, known: 0 };
  const known = await knownAnswers(trx, records.map(answerName));
  const callKeys = records.flatMap((record) => booked.get(record) ?? []);
  // Another process may have found another answer in the row meanwhile.
  const taken = await takenRows(trx, records, callKeys);
  const facts: EntryFacts[] = [];
  const rows: LoggedAnswersTable[] = [];
  for (const record of records) {
    const before = known.get(answerName(record));
    const work = works.find((each) => isOf(each, record));
    const passed = taken.has(booked.get(record) ?? "") ? undefined : booked.get(record);
    const elsewhere = passed ?? work?.callKey;
    const how = passed === undefined ? ("claimed" as const) : ("passed" as const);
    if (before !== undefined && before.how !== "imported") {
      done.known += 1;
    } else if (elsewhere !== undefined) {
      rows.push(rowOf(record, elsewhere, how));
      done[how] += 1;
      if (before !== undefined)
        facts.push(...(await difference(trx, parts, before, undefined, `${how}: counted there`)));
    } else if (before === undefined) {
      const entry = importedEntry(parts, record);
      facts.push(entry);
      rows.push(rowOf(record, entry.call_key ?? "", "imported"));
      done.imported += 1;
      done.tokens += tokensOfRecord(record);
      done.cost += entry.nano_usd;
    } else if (isOther(before, record)) {
      facts.push(...(await difference(trx, parts, before, record, "the log tells more")));
      rows.push(rowOf(record, before.call_key, "imported"));
      done.corrected += 1;
    } else done.known += 1;
  }
  await book(trx, parts.writer, facts);
  await note(trx, rows);
  return done;
}

function isOther({ tokens }: LoggedAnswersTable, record: PricedUsage): boolean {
  return tokens !== tokensOfRecord(record);
}

async function knownAnswers(
  db: Kysely<Schema>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Selectable<LoggedAnswersTable>>> {
  const known = new Map<string, Selectable<LoggedAnswersTable>>();
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    const rows = await db.selectFrom("logged_answers").selectAll().where("answer", "in", some).execute();
    for (const row of rows) known.set(row.answer, row);
  }
  return known;
}

function rowOf(record: PricedUsage, callKey: string, how: LoggedAnswersTable["how"]): LoggedAnswersTable {
  const { agent, session, at } = record;
  return {
    answer: answerName(record),
    agent,
    session_id: session,
    call_key: callKey,
    how,
    tokens: tokensOfRecord(record),
    at,
  };
}

async function note(trx: Transaction<Schema>, rows: readonly LoggedAnswersTable[]): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto("logged_answers")
    .values([...rows])
    .onConflict((c) =>
      c.column("answer").doUpdateSet((e) => ({
        call_key: e.ref("excluded.call_key"),
        how: e.ref("excluded.how"),
        tokens: e.ref("excluded.tokens"),
      })),
    )
    .execute();
}

/** Work of agent programs on the user's own login: it has one entry as a whole. */
interface Work {
  readonly session: string;
  readonly callKey: string;
  readonly from: number;
  readonly until: number;
}

/** Its log goes on for a moment after the host has seen the end. */
const AFTER_MS = 60_000;

async function ownLoginWorks(db: Kysely<Schema>, records: readonly PricedUsage[]): Promise<readonly Work[]> {
  const sessions = [...new Set(records.flatMap(({ session, parentSession }) => [session, parentSession ?? []].flat()))];
  const works: Work[] = [];
  for (let from = 0; from < sessions.length; from += AT_ONCE) {
    const rows = await db
      .selectFrom("agent_works")
      .select(["key", "agent_session", "opened_at", "seen_at", "hold_key"])
      .where("way", "=", "own-login")
      .where("agent_session", "in", sessions.slice(from, from + AT_ONCE))
      .execute();
    for (const { key, agent_session, opened_at, seen_at, hold_key } of rows) {
      works.push({
        session: agent_session ?? "",
        callKey: hold_key ?? key,
        from: opened_at,
        until: seen_at + AFTER_MS,
      });
    }
  }
  return works;
}

function isOf({ session, from, until }: Work, record: PricedUsage): boolean {
  const isOwn = session === record.session || session === record.parentSession;
  return isOwn && record.at >= from && record.at <= until;
}
