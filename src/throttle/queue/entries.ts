import type { QueueTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";

/** Rows a statement; below what both databases take. */
const CHUNK = 200;

/**
 * Writes the rows of calls that enter at the same time in one transaction: hundreds of commits one after the other would
 * hold the event loop up. A call that waited in an earlier life of its run comes back under its old name.
 */
export function openEntries(store: Store): (row: QueueTable) => Promise<void> {
  let batch: { readonly rows: QueueTable[]; readonly written: Promise<void> } | undefined;
  return (row) => {
    if (batch === undefined) {
      const rows: QueueTable[] = [];
      const written = Promise.resolve().then(() => {
        batch = undefined;
        return write(store, rows);
      });
      batch = { rows, written };
    }
    batch.rows.push(row);
    return batch.written;
  };
}

function write(store: Store, rows: readonly QueueTable[]): Promise<void> {
  return store.transaction(async (trx) => {
    for (let from = 0; from < rows.length; from += CHUNK) {
      const some = rows.slice(from, from + CHUNK);
      const ids = some.map(({ id }) => id);
      await trx.deleteFrom("queue").where("id", "in", ids).execute();
      await trx.insertInto("queue").values(some).execute();
    }
  });
}
