import { hash as digest } from "node:crypto";
import { type Kysely, type Transaction, CompiledQuery } from "kysely";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { isPostgres } from "../storage/exclusive.ts";

/** What an entry says, before it has a place in a chain. */
export type EntryFacts = Omit<LedgerTable, "writer" | "sequence" | "prev_hash" | "hash" | NamesOfAnswer> &
  Partial<Pick<LedgerTable, NamesOfAnswer>>;

/** Only what passes through, or comes out of a log, has them. */
type NamesOfAnswer = "request_id" | "response_id";

/** Before the first entry of a writer. */
export const CHAIN_START = "0".repeat(64);

/**
 * The hash of an entry: hex SHA-256 of the canonical JSON of its facts, its place, and the hash of the entry before it.
 * Columns that the ledger gained later are left out where they are null, so old chains stay as they were.
 *
 * Written out in the order of canonical JSON, because it is done for each entry of the busiest process there is; a test
 * holds it equal to `canonicalJson`.
 */
export function entryHash(e: EntryFacts & Pick<LedgerTable, "writer" | "sequence" | "prev_hash">): string {
  return digest(
    "sha256",
    `{${later("agent", e.agent)}${later("api_key", e.api_key)}"at":${e.at},"cache_read_tokens":${e.cache_read_tokens},"cache_write_1h_tokens":${e.cache_write_1h_tokens},"cache_write_5m_tokens":${e.cache_write_5m_tokens},"call_key":${e.call_key === null ? "null" : quoted(e.call_key)},"entry_key":${quoted(e.entry_key)},${later("hold_nano_usd", e.hold_nano_usd)}${later("hold_tokens", e.hold_tokens)}"input_tokens":${e.input_tokens},"kind":"${e.kind}","model":${quoted(e.model)},"nano_usd":${e.nano_usd},"note":${quoted(e.note)},"output_tokens":${e.output_tokens},"phase":${quoted(e.phase)},"prev_hash":"${e.prev_hash}","price_assumed":${e.price_assumed},"price_version":${quoted(e.price_version)},${later("project", e.project)}"provider":${quoted(e.provider)},"reasoning_tokens":${e.reasoning_tokens},${later("request_id", e.request_id)}${later("requested_model", e.requested_model)}${later("response_id", e.response_id)}"run_id":${quoted(e.run_id)},${later("scope_keys", e.scope_keys)}"sequence":${e.sequence},${later("service", e.service)}"session_id":${quoted(e.session_id)},"task":${quoted(e.task)},${later("task_type", e.task_type)}"tier":${quoted(e.tier)},"usage_estimated":${e.usage_estimated},"writer":${quoted(e.writer)}}`,
    "hex",
  );
}

/** A column that old entries lack, with its comma. */
function later(name: string, value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  return `"${name}":${typeof value === "number" ? value : quoted(value)},`;
}

/** Text that JSON writes as it is; most of a ledger's. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Every column, in the order of the table. */
export const LEDGER_COLUMNS: readonly (keyof LedgerTable)[] = [
  "writer",
  "sequence",
  "entry_key",
  "kind",
  "call_key",
  "run_id",
  "task",
  "phase",
  "tier",
  "session_id",
  "provider",
  "model",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
  "nano_usd",
  "price_version",
  "price_assumed",
  "usage_estimated",
  "note",
  "hold_tokens",
  "hold_nano_usd",
  "agent",
  "task_type",
  "project",
  "api_key",
  "requested_model",
  "service",
  "scope_keys",
  "request_id",
  "response_id",
  "at",
  "prev_hash",
  "hash",
];

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
    return { request_id: null, response_id: null, ...linked, hash };
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

function insertion(db: Kysely<Schema>, rows: readonly LedgerTable[], from: number, count: number): CompiledQuery {
  const parameters: unknown[] = [];
  for (let index = from; index < from + count; index += 1) {
    const row = rows[index] as LedgerTable;
    for (const column of LEDGER_COLUMNS) parameters.push(row[column] ?? null);
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
    `(${LEDGER_COLUMNS.map((_, index) => (numbered ? `$${at * LEDGER_COLUMNS.length + index + 1}` : "?")).join(", ")})`;
  const names = LEDGER_COLUMNS.map((name) => `"${name}"`).join(", ");
  const text = `insert into "ledger" (${names}) values ${Array.from({ length: count }, (_, at) => row(at)).join(", ")}`;
  texts.set(key, text);
  return text;
}
