import type { Kysely } from "kysely";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { LEDGER_COLUMNS } from "./chain.ts";
import type { Selection } from "./totals.ts";

const PAGE = 1000;

/** Entries of the ledger, oldest first, a page at a time: memory stays small however many there are. */
export async function* ledgerEntries(db: Kysely<Schema>, selection: Selection = {}): AsyncGenerator<LedgerTable> {
  let last: LedgerTable | undefined;
  for (;;) {
    const page = await pageAfter(db, selection, last);
    yield* page;
    last = page.at(-1);
    if (page.length < PAGE) return;
  }
}

/**
 * The ledger as lines, each with its newline: JSON objects, or CSV (RFC 4180, with a line of names first). Whole
 * nano-dollars and tokens, `at` in epoch ms; everything that the hashes are made of is in it.
 */
export async function* exportLedger(
  db: Kysely<Schema>,
  format: "jsonl" | "csv",
  selection: Selection = {},
): AsyncGenerator<string> {
  if (format === "csv") yield `${LEDGER_COLUMNS.join(",")}\r\n`;
  for await (const entry of ledgerEntries(db, selection)) {
    yield format === "csv"
      ? `${LEDGER_COLUMNS.map((column) => csvField(entry[column])).join(",")}\r\n`
      : `${JSON.stringify(Object.fromEntries(LEDGER_COLUMNS.map((column) => [column, entry[column]])))}\n`;
  }
}

function pageAfter(db: Kysely<Schema>, selection: Selection, last: LedgerTable | undefined): Promise<LedgerTable[]> {
  let query = db.selectFrom("ledger").selectAll();
  if (selection.runId !== undefined) query = query.where("run_id", "=", selection.runId);
  if (selection.session !== undefined) query = query.where("session_id", "=", selection.session);
  if (selection.since !== undefined) query = query.where("at", ">=", selection.since);
  if (selection.until !== undefined) query = query.where("at", "<", selection.until);
  if (last !== undefined) {
    query = query.where((e) =>
      e(e.refTuple("at", "writer", "sequence"), ">", e.tuple(last.at, last.writer, last.sequence)),
    );
  }
  return query.orderBy("at").orderBy("writer").orderBy("sequence").limit(PAGE).execute();
}

function csvField(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
