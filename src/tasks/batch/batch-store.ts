import type { Kysely, Selectable } from "kysely";
import { newRunId } from "../../foundation/ids.ts";
import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import type { BatchesTable, BatchItemsTable } from "../../storage/work-schema.ts";
import type { WorkKind, WorkResult } from "../work.ts";
import type { Batch, BatchItem, BatchSpec, NewItem } from "./batch.ts";

export interface NewBatch {
  readonly operation: WorkKind;
  readonly repo: string;
  readonly spec: BatchSpec;
  readonly limit: NanoUsd | null;
  readonly way: string;
  readonly items: readonly NewItem[];
}

/** Rows of one insert; SQLite binds at most 32,766 values a statement. */
const ROWS_AT_ONCE = 500;

/** Writes a batch with all its items in one transaction, and answers its id. */
export async function createBatch(store: Store, batch: NewBatch): Promise<string> {
  const at = store.clock.now();
  const id = newRunId(at);
  await store.transaction(async (trx) => {
    await trx
      .insertInto("batches")
      .values({
        id,
        operation: batch.operation,
        repo: batch.repo,
        spec: JSON.stringify(batch.spec),
        state: "open",
        limit_nano_usd: batch.limit,
        way: batch.way,
        owner: null,
        created_at: at,
        updated_at: at,
      })
      .execute();
    await insertItems(trx, id, batch.items, 0, at);
  });
  return id;
}

/** Adds items behind those that are there; targets that are there already are passed over. Answers how many came. */
export async function addItems(store: Store, id: string, items: readonly NewItem[]): Promise<number> {
  const at = store.clock.now();
  return store.transaction(async (trx) => {
    const known = await trx
      .selectFrom("batch_items")
      .select(["target", "position"])
      .where("batch_id", "=", id)
      .execute();
    const targets = new Set(known.map(({ target }) => target));
    const fresh = items.filter(({ target }) => !targets.has(target));
    const next = known.reduce((most, { position }) => Math.max(most, Number(position) + 1), 0);
    await insertItems(trx, id, fresh, next, at);
    return fresh.length;
  });
}

async function insertItems(
  db: Kysely<Schema>,
  id: string,
  items: readonly NewItem[],
  first: number,
  at: number,
): Promise<void> {
  const rows = items.map(({ target, lane, expectedMs }, index) => ({
    batch_id: id,
    position: first + index,
    target,
    lane,
    expected_ms: Math.round(expectedMs),
    state: "waiting" as const,
    attempts: 0,
    remote_id: null,
    result: null,
    problem: null,
    nano_usd: 0,
    duration_ms: null,
    updated_at: at,
  }));
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    await db
      .insertInto("batch_items")
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .execute();
  }
}

export async function findBatch(db: Kysely<Schema>, id: string): Promise<Batch | undefined> {
  const row = await db.selectFrom("batches").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : batchOf(row);
}

/** The newest batch of these words that is not over: what the same command goes on with. */
export async function findUnfinished(
  db: Kysely<Schema>,
  same: Pick<NewBatch, "operation" | "repo" | "spec">,
): Promise<Batch | undefined> {
  const row = await db
    .selectFrom("batches")
    .selectAll()
    .where("operation", "=", same.operation)
    .where("repo", "=", same.repo)
    .where("spec", "=", JSON.stringify(same.spec))
    .where("state", "in", ["open", "incomplete"])
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : batchOf(row);
}

/** The newest first. */
export async function listBatches(db: Kysely<Schema>, most: number): Promise<readonly Batch[]> {
  const rows = await db.selectFrom("batches").selectAll().orderBy("created_at", "desc").limit(most).execute();
  return rows.map(batchOf);
}

/** By position. */
export async function itemsOf(db: Kysely<Schema>, id: string): Promise<readonly BatchItem[]> {
  const rows = await db.selectFrom("batch_items").selectAll().where("batch_id", "=", id).orderBy("position").execute();
  return rows.map(itemOf);
}

export async function setBatch(
  store: Store,
  id: string,
  change: Partial<Pick<BatchesTable, "state" | "limit_nano_usd" | "way">>,
): Promise<void> {
  await store.db
    .updateTable("batches")
    .set({ ...change, updated_at: store.clock.now() })
    .where("id", "=", id)
    .execute();
}

export type ItemChange = Partial<
  Pick<BatchItemsTable, "state" | "attempts" | "remote_id" | "result" | "problem" | "nano_usd" | "duration_ms">
>;

export async function setItem(store: Store, id: string, position: number, change: ItemChange): Promise<void> {
  await store.db
    .updateTable("batch_items")
    .set({ ...change, updated_at: store.clock.now() })
    .where("batch_id", "=", id)
    .where("position", "=", position)
    .execute();
}

/** What a process that is gone had under way waits again; with `failedToo` also what failed. Answers how many. */
export async function putBack(store: Store, id: string, failedToo: boolean): Promise<number> {
  const { numUpdatedRows } = await store.db
    .updateTable("batch_items")
    .set({ state: "waiting", updated_at: store.clock.now() })
    .where("batch_id", "=", id)
    .where("state", "in", failedToo ? ["running", "failed", "incomplete"] : ["running"])
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

function batchOf(row: Selectable<BatchesTable>): Batch {
  return {
    id: row.id,
    operation: row.operation as WorkKind,
    repo: row.repo,
    spec: JSON.parse(row.spec) as BatchSpec,
    state: row.state,
    limit: row.limit_nano_usd === null ? null : nanoUsd(Number(row.limit_nano_usd)),
    way: row.way,
    owner: row.owner,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function itemOf(row: Selectable<BatchItemsTable>): BatchItem {
  return {
    position: Number(row.position),
    target: row.target,
    lane: row.lane,
    expectedMs: Number(row.expected_ms),
    state: row.state,
    attempts: Number(row.attempts),
    remoteId: row.remote_id,
    result: row.result === null ? null : (JSON.parse(row.result) as WorkResult),
    problem: row.problem,
    cost: nanoUsd(Number(row.nano_usd)),
    durationMs: row.duration_ms === null ? null : Number(row.duration_ms),
    updatedAt: Number(row.updated_at),
  };
}
