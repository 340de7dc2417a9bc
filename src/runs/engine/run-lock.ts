import { randomUUID } from "node:crypto";
import { AllotError } from "../../foundation/errors.ts";
import { formatIdentity, parseIdentity, probe, processIdentity } from "../../foundation/process-identity.ts";
import type { Store } from "../../storage/storage.ts";

/** The right to work on a run. Disposing it gives it back. */
export interface RunClaim extends AsyncDisposable {
  readonly runId: string;
}

/** How often a holder says that it is there; only other machines look at it. */
const SIGN_OF_LIFE_MS = 30_000;
/** After so long without a sign, a holder on another machine counts as gone. */
const GIVEN_UP_AFTER_MS = 300_000;

/**
 * Claims the run for this process: two processes never work on one run at the same time.
 *
 * Compare-and-set on `runs.owner`. On this machine the owner's process itself says whether it lives (a stopped one
 * does); a dead owner's run is taken over at once. Throws `run-busy` naming the owner, `run-not-found`.
 */
export async function claimRun(store: Store, runId: string): Promise<RunClaim> {
  const nonce = randomUUID();
  let written = ownerText(store.clock.now(), nonce);
  for (;;) {
    const row = await store.db.selectFrom("runs").select("owner").where("id", "=", runId).executeTakeFirst();
    if (row === undefined) throw new AllotError("run-not-found", `there is no run "${runId}"`);
    if (row.owner !== null) refuseLiving(runId, row.owner, store.clock.now());
    if (await swap(store, runId, row.owner, written)) break;
  }
  // One after the other: each compares with what the one before it wrote. A sign that fails is only missed.
  let last: Promise<void> = Promise.resolve();
  const sayAlive = (): void => {
    last = last
      .then(async () => {
        const next = ownerText(store.clock.now(), nonce);
        if (await swap(store, runId, written, next)) written = next;
      })
      .catch(() => {});
  };
  const timer = setInterval(sayAlive, SIGN_OF_LIFE_MS);
  timer.unref();
  return {
    runId,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await last;
      await swap(store, runId, written, null);
    },
  };
}

/** "identity|time of the last sign of life|claim". */
function ownerText(nowMs: number, nonce: string): string {
  return `${formatIdentity(processIdentity())}|${nowMs}|${nonce}`;
}

async function swap(store: Store, runId: string, from: string | null, to: string | null): Promise<boolean> {
  const update = store.db.updateTable("runs").set({ owner: to }).where("id", "=", runId);
  const result = await (
    from === null ? update.where("owner", "is", null) : update.where("owner", "=", from)
  ).executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Whether the process that claimed a run (`runs.owner`) is dead, or counts as dead on its machine. */
export function isOwnerGone(owner: string, nowMs: number): boolean {
  const state = probe(parseIdentity(owner));
  if (state !== "elsewhere") return state === "gone";
  return nowMs - Number(owner.split("|")[4]) > GIVEN_UP_AFTER_MS;
}

function refuseLiving(runId: string, owner: string, nowMs: number): void {
  if (isOwnerGone(owner, nowMs)) return;
  const identity = parseIdentity(owner);
  const where = probe(identity) === "elsewhere" ? ` on ${identity.machine}` : "";
  throw new AllotError(
    "run-busy",
    `process ${identity.pid}${where} works on run ${runId}; wait for it, or end it first`,
    {
      details: { runId, pid: identity.pid, machine: identity.machine },
    },
  );
}
