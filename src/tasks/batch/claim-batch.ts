import { AllotError } from "../../foundation/errors.ts";
import { randomLetters } from "../../foundation/ids.ts";
import { formatIdentity, parseIdentity, probe, processIdentity } from "../../foundation/process-identity.ts";
import { isOwnerGone } from "../../runs/engine/run-lock.ts";
import type { Store } from "../../storage/storage.ts";

/** How often a holder says that it is there; only other machines look at it. */
const SIGN_OF_LIFE_MS = 30_000;

/**
 * Claims a batch for this process, as runs are claimed: by compare-and-set on its owner. On this machine the owner's process
 * itself says whether it lives; a dead one's batch is taken over at once. Disposing the claim gives it back.
 * Throws `batch-busy` naming the owner, `batch-not-found`.
 */
export async function claimBatch(store: Store, id: string): Promise<AsyncDisposable> {
  const nonce = randomLetters(12);
  let written = ownerText(store.clock.now(), nonce);
  for (;;) {
    const row = await store.db.selectFrom("batches").select("owner").where("id", "=", id).executeTakeFirst();
    if (row === undefined)
      throw new AllotError("batch-not-found", `there is no batch "${id}"; allot batch list names them`);
    if (row.owner !== null && !isOwnerGone(row.owner, store.clock.now())) throw busy(id, row.owner);
    if (await swap(store, id, row.owner, written)) break;
  }
  const left = new AbortController();
  const signs = (async (): Promise<void> => {
    for (;;) {
      await store.clock.sleep(SIGN_OF_LIFE_MS, left.signal);
      const next = ownerText(store.clock.now(), nonce);
      // A sign that fails is only missed.
      if (await swap(store, id, written, next).catch(() => false)) written = next;
    }
  })().catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      left.abort(new AllotError("interrupted", "the batch was given back"));
      await signs;
      await swap(store, id, written, null);
    },
  };
}

/** Whether a living process has it. */
export function isCarried(owner: string | null, nowMs: number): boolean {
  return owner !== null && !isOwnerGone(owner, nowMs);
}

/** "identity|time of the last sign of life|claim", as `runs.owner`. */
function ownerText(nowMs: number, nonce: string): string {
  return `${formatIdentity(processIdentity())}|${nowMs}|${nonce}`;
}

async function swap(store: Store, id: string, from: string | null, to: string | null): Promise<boolean> {
  const update = store.db.updateTable("batches").set({ owner: to }).where("id", "=", id);
  const result = await (
    from === null ? update.where("owner", "is", null) : update.where("owner", "=", from)
  ).executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function busy(id: string, owner: string): AllotError {
  const identity = parseIdentity(owner);
  const where = probe(identity) === "elsewhere" ? ` on ${identity.machine}` : "";
  return new AllotError(
    "batch-busy",
    `process ${identity.pid}${where} carries batch ${id}; wait for it, or end it first`,
    {
      details: { batch: id, pid: identity.pid, machine: identity.machine },
    },
  );
}
