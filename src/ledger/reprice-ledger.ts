import type { Kysely, Transaction } from "kysely";
import type { Catalog } from "../catalog/catalog.ts";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { costOf, SUBSCRIPTION_PRICES, type Service, type TokenCounts } from "./cost.ts";
import { ledgerEntries } from "./export-ledger.ts";
import { book, type Stamp } from "./ledger.ts";
import type { Selection } from "./totals.ts";

/** One call of the ledger at another price list. */
export interface Repriced {
  /** The call's first entry. */
  readonly entry: LedgerTable;
  /** With its corrections. */
  readonly was: NanoUsd;
  /** By the other list; as it was, where that list does not know the model or nobody knows what was used. */
  readonly now: NanoUsd;
  /** The other list's name; null where `now` is what it was. */
  readonly priceVersion: string | null;
  readonly entries: number;
}

/**
 * What each call of the ledger would cost by the prices of `catalog` (opened for the date that is meant): its tokens with
 * all corrections, in the tier its input falls into, as the service it was made by. Writes nothing.
 */
export async function* repriceLedger(
  db: Kysely<Schema>,
  catalog: Pick<Catalog, "find">,
  selection: Selection = {},
): AsyncGenerator<Repriced> {
  const corrections = await correctionsByCall(db);
  for await (const entry of ledgerEntries(db, selection)) {
    if (entry.kind === "correction") continue;
    const entries = [entry, ...(corrections.get(callOf(entry)) ?? [])];
    const was = nanoUsd(entries.reduce((sum, each) => sum + each.nano_usd, 0));
    const price = catalog.find(entry.model, { provider: entry.provider })?.price ?? null;
    // An unknown call is counted at its hold, of which nobody knows the tokens, until a correction tells them.
    // What a subscription paid cost nothing, whatever the list says.
    const known =
      entry.price_version !== SUBSCRIPTION_PRICES &&
      (entry.kind === "settlement" || entries.some(({ kind, note }) => kind === "correction" && !isReprice(note)));
    yield price === null || !known
      ? { entry, was, now: was, priceVersion: null, entries: entries.length }
      : {
          entry,
          was,
          now: costOf(usageOf(entries), price, (entry.service ?? "standard") as Service),
          priceVersion: price.version,
          entries: entries.length,
        };
  }
}

/** Adds the differences as corrections, one a call whose cost changes; counted as of now. Answers how many. With `BOOKS`. */
export async function applyPrices(
  trx: Transaction<Schema>,
  repriced: readonly Repriced[],
  stamp: Stamp,
): Promise<number> {
  const changed = repriced.filter(({ was, now }) => was !== now);
  await book(
    trx,
    stamp.writer,
    changed.map(({ entry, was, now, priceVersion, entries }) => {
      const { writer: _writer, sequence: _sequence, prev_hash: _prev, hash: _hash, ...facts } = entry;
      return {
        ...facts,
        ...NO_TOKENS,
        entry_key: `correct:${callOf(entry)}:${entries}`,
        kind: "correction" as const,
        nano_usd: now - was,
        price_version: priceVersion ?? entry.price_version,
        price_assumed: 0 as const,
        note: `${REPRICED}${priceVersion ?? entry.price_version}`,
        at: stamp.at,
      };
    }),
  );
  return changed.length;
}

const REPRICED = "repriced by ";

function isReprice(note: string): boolean {
  return note.startsWith(REPRICED);
}

const NO_TOKENS = {
  input_tokens: 0,
  cache_read_tokens: 0,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};

async function correctionsByCall(db: Kysely<Schema>): Promise<ReadonlyMap<string, readonly LedgerTable[]>> {
  const rows = await db.selectFrom("ledger").selectAll().where("kind", "=", "correction").execute();
  return Map.groupBy(rows, callOf);
}

/** "settle:CALL", "unknown:CALL", "correct:CALL:2" -> CALL */
function callOf({ entry_key, kind }: Pick<LedgerTable, "entry_key" | "kind">): string {
  const from = entry_key.indexOf(":") + 1;
  return kind === "correction" ? entry_key.slice(from, entry_key.lastIndexOf(":")) : entry_key.slice(from);
}

function usageOf(entries: readonly LedgerTable[]): TokenCounts {
  const sum = (column: keyof typeof NO_TOKENS): number =>
    Math.max(
      0,
      entries.reduce((total, entry) => total + entry[column], 0),
    );
  return {
    inputTokens: sum("input_tokens"),
    cacheReadTokens: sum("cache_read_tokens"),
    cacheWrite5mTokens: sum("cache_write_5m_tokens"),
    cacheWrite1hTokens: sum("cache_write_1h_tokens"),
    outputTokens: sum("output_tokens"),
    reasoningTokens: sum("reasoning_tokens"),
    estimated: false,
  };
}
