import { hash as digest } from "node:crypto";
import { type Kysely, type Transaction, CompiledQuery } from "kysely";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { isPostgres } from "../storage/exclusive.ts";

/** What an entry says, before it has a place in a chain. */
export type EntryFacts = Omit<LedgerTable, "writer" | "sequence" | "prev_hash" | "hash">;

/** Before the first entry of a writer. */
export const CHAIN_START = "0".repeat(64);

type Column = Exclude<keyof LedgerTable, "hash">;

/** In the order of canonical JSON. Those that came later are left out of the hash where they are null. */
const HASHED: readonly (readonly [column: Column, later: boolean])[] = [
  ["agent", true],
  ["api_key", true],
  ["at", false],
  ["cache_read_tokens", false],
  ["cache_write_1h_tokens", false],
  ["cache_write_5m_tokens", false],
  ["call_key", false],
  ["entry_key", false],
  ["hold_nano_usd", true],
  ["hold_tokens", true],
  ["input_tokens", false],
  ["kind", false],
  ["model", false],
  ["nano_usd", false],
  ["note", false],
  ["output_tokens", false],
  ["phase", false],
  ["prev_hash", false],
  ["price_assumed", false],
  ["price_version", false],
  ["project", true],
  ["provider", false],
  ["reasoning_tokens", false],
  ["requested_model", true],
  ["run_id", false],
  ["scope_keys", true],
  ["sequence", false],
  ["service", true],
  ["session_id", false],
  ["task", false],
  ["task_type", true],
  ["tier", false],
  ["usage_estimated", false],
  ["writer", false],
];

/**
 * The hash of an entry: hex SHA-256 of the canonical JSON of its facts, its place, and the hash of the entry before it.
 * Columns that the ledger gained later are left out where they are null, so old chains stay as they were.
 */
export function entryHash(entry: Omit<LedgerTable, "hash">): string {
  let text = "";
  for (const [column, later] of HASHED) {
    const value = entry[column] ?? null;
    if (value === null && later) continue;
    text += `${text === "" ? "{" : ","}"${column}":${typeof value === "number" ? value : JSON.stringify(value)}`;
  }
  return digest("sha256", `${text}}`, "hex");
}

const COLUMNS: readonly (keyof LedgerTable)[] = [...HASHED.map(([column]) => column), "hash"];

/** Rows in one statement: few sizes, so that their statements stay prepared; below Postgres's 65,535 parameters. */
const ROWS_AT_ONCE = [500, 50, 5, 1] as const;

/**
 * Adds entries at the end of their writer's chain, in order, inside the caller's transaction. Fails on an `entry_key`
 * that is there already: an entry is made once.
 */
export async function appendEntries(
  trx: Transaction<Schema>,
  writer: string,
  facts: readonly EntryFacts[],
): Promise<void> {
  if (facts.length === 0) return;
  const end = await trx.selectFrom("ledger_writers").selectAll().where("writer", "=", writer).executeTakeFirst();
  let sequence = end?.sequence ?? 0;
  let hash = end?.hash ?? CHAIN_START;
  const rows = facts.map((fact): LedgerTable => {
    sequence += 1;
    const linked = { ...fact, writer, sequence, prev_hash: hash };
    hash = entryHash(linked);
    return { ...linked, hash };
  });
  for (let from = 0; from < rows.length;) {
    const count = ROWS_AT_ONCE.find((size) => size <= rows.length - from) ?? 1;
    await trx.executeQuery(insertion(trx, rows, from, count));
    from += count;
  }
  await trx
    .insertInto("ledger_writers")
    .values({ writer, sequence, hash })
    .onConflict((c) => c.column("writer").doUpdateSet({ sequence, hash }))
    .execute();
}

/** Adds one entry; as `appendEntries`. */
export function appendEntry(trx: Transaction<Schema>, writer: string, facts: EntryFacts): Promise<void> {
  return appendEntries(trx, writer, [facts]);
}

function insertion(db: Kysely<Schema>, rows: readonly LedgerTable[], from: number, count: number): CompiledQuery {
  const parameters: unknown[] = [];
  for (let index = from; index < from + count; index += 1) {
    const row = rows[index] as LedgerTable;
    for (const column of COLUMNS) parameters.push(row[column] ?? null);
  }
  return CompiledQuery.raw(insertText(isPostgres(db), count), parameters);
}

const texts = new Map<string, string>();

/** Written by hand: the query builder takes longer to say this than the database to do it. */
function insertText(numbered: boolean, count: number): string {
  const key = `${numbered} ${count}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const row = (at: number): string =>
    `(${COLUMNS.map((_, index) => (numbered ? `$${at * COLUMNS.length + index + 1}` : "?")).join(", ")})`;
  const names = COLUMNS.map((name) => `"${name}"`).join(", ");
  const text = `insert into "ledger" (${names}) values ${Array.from({ length: count }, (_, at) => row(at)).join(", ")}`;
  texts.set(key, text);
  return text;
}
