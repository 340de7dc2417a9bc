import { type Kysely, sql, type Transaction } from "kysely";
import { PostgresJSDialect } from "kysely-postgres-js";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { sha256 } from "../foundation/ids.ts";
import { type PostgresAddress, parsePostgresUrl } from "./postgres-address.ts";
import { isDuplicate } from "./postgres-faults.ts";
import { PATIENCE_MS, PostgresPool } from "./postgres-pool.ts";
import type { Schema } from "./schema.ts";
import type { StoreDriver, TransactionOptions } from "./store-driver.ts";

/** A row that two transactions want to add is a race at most so often; then it is simply there. */
const MOST_DUPLICATES = 3;

/**
 * A schema of our own in a Postgres database, for many processes on many machines. `folder` is where this machine keeps
 * the files that go with the store. Nothing is connected yet.
 *
 * A transaction that names what it works on runs under locks of those names, so that each of its statements sees all
 * that was committed under them; any other one is serializable. Either is run again when it collides, for ten seconds.
 *
 * Throws `config-invalid` for an address that cannot be read.
 */
export function postgresDriver(url: string, folder: string): StoreDriver {
  const address = parsePostgresUrl(url);
  return {
    kind: "postgres",
    place: address.schema === "allot" ? address.place : `${address.place}?schema=${address.schema}`,
    folder,
    settings: { url, folder },
    dialect: new PostgresJSDialect({ postgres: () => new PostgresPool(address) }),
    schema: address.schema,
    transaction: (db, work, options) => untilItHolds(() => once(db, address, work, options)),
  };
}

async function once<T>(
  db: Kysely<Schema>,
  address: PostgresAddress,
  work: (trx: Transaction<Schema>) => Promise<T>,
  { exclusive }: TransactionOptions,
): Promise<T> {
  if (exclusive === undefined) return db.transaction().setIsolationLevel("serializable").execute(work);
  const keys = lockKeys(address.schema, exclusive);
  return db
    .transaction()
    .setIsolationLevel("read committed")
    .execute(async (trx) => {
      // A statement of its own: the next one takes its snapshot after the locks are ours.
      if (keys !== "") {
        await sql`select pg_advisory_xact_lock(key) from unnest(string_to_array(${keys}, ',')::int8[]) as key`.execute(
          trx,
        );
      }
      return work(trx);
    });
}

/** In one order for everybody, so that two transactions never wait for each other. */
function lockKeys(schema: string, names: readonly string[]): string {
  const keys = names.map((name) => BigInt.asIntN(64, BigInt(`0x${sha256(`allot\n${schema}\n${name}`).slice(0, 16)}`)));
  return [...new Set(keys)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(",");
}

/** Runs a transaction again as long as it only met others, for ten seconds; then throws what it failed with last. */
async function untilItHolds<T>(attempt: () => Promise<T>): Promise<T> {
  const since = systemClock.now();
  for (let tries = 1, duplicates = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const duplicate = isDuplicate(error);
      if (duplicate) duplicates += 1;
      const again = duplicate
        ? duplicates <= MOST_DUPLICATES
        : isAllotError(error, "ledger-busy") && error.details["again"] === true;
      if (!again || systemClock.now() - since > PATIENCE_MS) throw error;
      await systemClock.sleep(Math.random() * Math.min(2 ** tries, 250));
    }
  }
}
