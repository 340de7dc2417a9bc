import { existsSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import type { Selectable, Transaction } from "kysely";
import { parseIdentity, probe } from "../../foundation/process-identity.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { book } from "../../ledger/ledger.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import type { JournalsTable, Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { parseScopeKey } from "../limits.ts";
import { returnLease } from "../store/leases.ts";
import type { Amounts } from "../throttle.ts";
import { type HoldKeys, type JournalLine, readLine } from "./journal-lines.ts";
import { gather } from "./take-journal.ts";

/** What was taken over from processes that are gone. */
export interface Recovered {
  readonly journals: number;
  readonly settlements: number;
  /** Holds that nobody ended: counted as spent, whole. */
  readonly unknown: number;
}

/**
 * Takes over the journals of processes of this machine that are gone: what they settled goes into the ledger, what they
 * held is `unknown` and counts as spent, what they had leased is free again. Exactly once, however many do it at once.
 * Journals of other machines stay, and their leases count, until somebody there does it.
 */
export async function recoverJournals(store: Store, now: number): Promise<Recovered> {
  const sum = { journals: 0, settlements: 0, unknown: 0 };
  const open = await store.db.selectFrom("journals").selectAll().where("closed_at", "is", null).execute();
  for (const { writer, machine } of open) {
    if (machine !== hostname() || probe(parseIdentity(writer)) !== "gone") continue;
    const files = await store.transaction((trx) => recoverOne(trx, writer, now, sum), BOOKS);
    // After the transaction: what is not in the database is still in the file.
    for (const file of files) rmSync(file, { force: true });
  }
  return sum;
}

async function recoverOne(
  trx: Transaction<Schema>,
  writer: string,
  now: number,
  sum: { journals: number; settlements: number; unknown: number },
): Promise<readonly string[]> {
  const row = await trx.selectFrom("journals").selectAll().where("writer", "=", writer).executeTakeFirst();
  if (row === undefined || row.closed_at !== null) return [];
  const { fresh, open, files } = readAll(row);
  const { entries } = gather(fresh);
  const unknown = [...open].map(([id, hold]) => unknownEntry(id, hold));
  await book(trx, writer, [...entries, ...unknown]);
  await returnLease(trx, writer);
  await trx.updateTable("journals").set({ closed_at: now, seen_at: now }).where("writer", "=", writer).execute();
  sum.journals += 1;
  sum.settlements += entries.length;
  sum.unknown += unknown.length;
  return files;
}

interface OpenHold {
  readonly held: Amounts;
  readonly at: number;
  readonly keys: HoldKeys;
}

/** What is not in the database yet, what is still held at the end, and the files. */
function readAll(row: Selectable<JournalsTable>): {
  fresh: readonly JournalLine[];
  open: ReadonlyMap<string, OpenHold>;
  files: readonly string[];
} {
  const fresh: JournalLine[] = [];
  const open = new Map<string, OpenHold>();
  const files: string[] = [];
  let taken = row.taken_bytes;
  for (let path: string | undefined = row.path; path !== undefined && existsSync(path);) {
    files.push(path);
    const bytes = readFileSync(path);
    path = undefined;
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      const line = readLine(bytes.toString("utf8", from, end));
      const isFresh = from >= taken;
      from = end + 1;
      if (line.kind === "hold") open.set(line.id, line);
      if (line.kind === "released") open.delete(line.id);
      if (line.kind === "settled") open.delete(line.entry.call_key ?? "");
      if (line.kind === "moved") path = line.path;
      if (isFresh) fresh.push(line);
    }
    taken = 0;
  }
  return { fresh, open, files };
}

/** A hold of which nobody can say what became of it: all of it is spent, as input for want of knowledge. */
function unknownEntry(id: string, { held, at, keys }: OpenHold): EntryFacts {
  const all = [...keys.scopeKeys, ...keys.countedKeys];
  const named = (scope: string): string => all.map(parseScopeKey).find((parsed) => parsed?.scope === scope)?.name ?? "";
  return {
    entry_key: `unknown:${id}`,
    kind: "unknown",
    call_key: id,
    run_id: named("run"),
    task: "",
    phase: "direct",
    tier: "",
    session_id: named("session"),
    provider: named("provider"),
    model: named("model"),
    input_tokens: held.tokens,
    cache_read_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    nano_usd: held.nanoUsd,
    price_version: "",
    price_assumed: 0,
    usage_estimated: 1,
    note: "the process ended while this call was under way; counted at its hold",
    hold_tokens: held.tokens,
    hold_nano_usd: held.nanoUsd,
    agent: null,
    task_type: null,
    project: named("project") || null,
    api_key: named("key") || null,
    requested_model: null,
    service: null,
    scope_keys: JSON.stringify(all),
    at,
  };
}
