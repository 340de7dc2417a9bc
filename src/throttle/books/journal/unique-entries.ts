import type { Transaction } from "kysely";
import type { EntryFacts } from "../../../ledger/chain.ts";
import type { Schema } from "../../../storage/schema.ts";

const KEYS_AT_ONCE = 500;

/**
 * The entries with keys that are not in the ledger yet. Two calls under one id are two calls: the second is charged under
 * a key of its own, "settle:ID:2". In the transaction that writes them.
 */
export async function withOwnKeys(
  trx: Transaction<Schema>,
  facts: readonly EntryFacts[],
): Promise<readonly EntryFacts[]> {
  const used = new Set<string>();
  for (let from = 0; from < facts.length; from += KEYS_AT_ONCE) {
    const keys = facts.slice(from, from + KEYS_AT_ONCE).map((fact) => fact.entry_key);
    // Lists of one length, so that the statement stays prepared.
    while (keys.length < KEYS_AT_ONCE && keys.length > 8) keys.push("");
    const rows = await trx.selectFrom("ledger").select("entry_key").where("entry_key", "in", keys).execute();
    for (const { entry_key } of rows) used.add(entry_key);
  }
  const result: EntryFacts[] = [];
  for (const fact of facts) {
    let key = fact.entry_key;
    for (let times = 2; used.has(key); times += 1) {
      key = `${fact.entry_key}:${times}`;
      if (await isThere(trx, key)) used.add(key);
    }
    used.add(key);
    result.push(key === fact.entry_key ? fact : { ...fact, entry_key: key });
  }
  return result;
}

async function isThere(trx: Transaction<Schema>, key: string): Promise<boolean> {
  const row = await trx.selectFrom("ledger").select("entry_key").where("entry_key", "=", key).executeTakeFirst();
  return row !== undefined;
}
