import type { Transaction } from "kysely";
import { canonicalJson, sha256 } from "../foundation/ids.ts";
import type { LedgerTable, Schema } from "../storage/schema.ts";

/** What an entry says, before it has a place in a chain. */
export type EntryFacts = Omit<LedgerTable, "writer" | "sequence" | "prev_hash" | "hash">;

/** Before the first entry of a writer. */
export const CHAIN_START = "0".repeat(64);

/** The hash of an entry: over its facts, its place, and the hash of the entry before it. */
export function entryHash(entry: Omit<LedgerTable, "hash">): string {
  return sha256(canonicalJson(entry));
}

/**
 * Adds an entry at the end of its writer's chain, inside the caller's transaction. Fails on an `entry_key` that is
 * there already: an entry is made once.
 */
export async function appendEntry(trx: Transaction<Schema>, writer: string, facts: EntryFacts): Promise<void> {
  const end = await trx.selectFrom("ledger_writers").selectAll().where("writer", "=", writer).executeTakeFirst();
  const linked = { ...facts, writer, sequence: (end?.sequence ?? 0) + 1, prev_hash: end?.hash ?? CHAIN_START };
  const hash = entryHash(linked);
  await trx
    .insertInto("ledger")
    .values({ ...linked, hash })
    .execute();
  await trx
    .insertInto("ledger_writers")
    .values({ writer, sequence: linked.sequence, hash })
    .onConflict((c) => c.column("writer").doUpdateSet({ sequence: linked.sequence, hash }))
    .execute();
}
