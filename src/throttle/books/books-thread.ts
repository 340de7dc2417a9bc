import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../foundation/clock.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { returnLease } from "../store/leases.ts";
import { loadLimitSet } from "../store/stored-limits.ts";
import { LeaseDesk } from "./lease-desk.ts";
import type { FromThread, ThreadSettings, ToThread } from "./messages.ts";
import { recoverJournals, removeFiles } from "./journal/recover-journals.ts";
import { snapshotsOf } from "./snapshots.ts";
import { registerJournal, Taker } from "./journal/take-journal.ts";

/*
 * The books thread: everything that a process's books do with the database, one transaction after the other. Lease
 * requests go first; then what is journaled is taken over; then it looks whether somebody recalls a lease.
 */

/** Between two looks at the journal and at recalled leases. Real time: it paces input and output, decides nothing. */
const TICK_MS = 15;
/** The same while nothing is leased. */
const QUIET_TICK_MS = 250;
/** What is journaled in so long goes into one transaction while nobody waits for it: a transaction costs far more than its lines. */
const GATHER_MS = 100;
const IDLE_AFTER_MS = 1000;
const SWEEP_MS = 10_000;
/** A flaky database is asked again for so long before the asks that wait for it are turned away. */
const PATIENCE_MS = 10_000;

const settings = workerData as ThreadSettings;
const port = parentPort;
if (port === null) throw new Error("books-thread.ts is no program of its own");

const requests: ToThread[] = [];
let wake: () => void = () => {};
port.on("message", (message: ToThread) => {
  requests.push(message);
  wake();
});

function say(message: FromThread): void {
  port?.postMessage(message);
}

try {
  await run();
} catch (error) {
  const code = isAllotError(error) ? error.code : "storage-unusable";
  say({ kind: "unusable", code, message: error instanceof Error ? error.message : String(error) });
  throw error;
} finally {
  port.close();
}

async function run(): Promise<void> {
  await using store = await openStore({ ...settings.store, clock: systemClock });
  const place = await registerJournal(store, settings);
  const taker = new Taker(store, settings);
  taker.catchUp(place, say);
  await recover(store, settings.openedAt);
  say({ kind: "ready", set: await loadLimitSet(store.db, settings.limits) });
  await serve(store, taker, new LeaseDesk(store, settings, taker));
}

function recover(store: Store, now: number): Promise<void> {
  return recoverJournals(store, { now, awayMs: settings.awayMs, own: settings.writer });
}

async function serve(store: Store, taker: Taker, desk: LeaseDesk): Promise<void> {
  let flushes: Extract<ToThread, { kind: "flush" }>[] = [];
  let activeAt = systemClock.now();
  let sweptAt = activeAt;
  let tookAt = activeAt;
  for (;;) {
    await messagesIn();
    const message = requests.shift();
    if (message?.kind === "close") return close(store, taker, desk, message);
    if (message?.kind === "flush") flushes.push(message);
    else if (message?.kind === "hurry") tookAt = 0;
    else if (message !== undefined) {
      activeAt = systemClock.now();
      await answer(store, taker, desk, message);
      continue;
    }
    taker.sync();
    const recalled = desk.hasLeases ? await attempt(() => desk.recalled()) : undefined;
    // What is journaled and not taken counts at its hold, which may be in the way of whoever waits, here or elsewhere.
    const isAwaited = flushes.length > 0 || desk.hasPending || (recalled ?? []).length > 0;
    const isDue = isAwaited || taker.hasMuchMore || systemClock.now() - tookAt >= GATHER_MS;
    const took = isDue && (await attempt(() => taker.take(say))) === true;
    if (took) tookAt = systemClock.now();
    flushes = flushes.filter(({ number, bytes }) => {
      if (bytes <= taker.bytes) say({ kind: "flushed", number });
      return bytes > taker.bytes;
    });
    if (recalled !== undefined && recalled.length > 0) say({ kind: "recalled", recalls: recalled });
    if (desk.hasPending) await attempt(() => desk.retry(say));
    if ((took && isAwaited) || requests.length > 0 || taker.hasMuchMore) continue;
    const now = systemClock.now();
    if (desk.hasLeases && now - activeAt > IDLE_AFTER_MS) {
      activeAt = now;
      say({ kind: "idle" });
    }
    if (now - sweptAt > SWEEP_MS) {
      sweptAt = now;
      await attempt(() => sweep(store, desk.now));
    }
    await nextMoment(desk.hasLeases || flushes.length > 0 ? TICK_MS : QUIET_TICK_MS);
  }
}

async function answer(store: Store, taker: Taker, desk: LeaseDesk, message: ToThread): Promise<void> {
  await untilItWorks(message, desk, async () => {
    if (message.kind === "lease") await desk.serve(message, say);
    if (message.kind !== "states") return;
    while (await taker.take(say)) void 0;
    const { number, now, scopeKeys } = message;
    say({ kind: "states", number, snapshots: await snapshotsOf(store.db, settings, scopeKeys, now) });
  });
}

/** A sign of life, and a look at who gives none any more. */
async function sweep(store: Store, now: number): Promise<void> {
  const isLost = await store.transaction(async (trx) => {
    const own = await trx
      .selectFrom("journals")
      .select("seen_at")
      .where("writer", "=", settings.writer)
      .executeTakeFirst();
    await trx.updateTable("journals").set({ seen_at: now }).where("writer", "=", settings.writer).execute();
    return own?.seen_at === 0;
  }, BOOKS);
  if (isLost) say({ kind: "lost" });
  await recover(store, now);
}

/** Lets messages in: SQLite answers at once, so a busy thread would hear nobody. */
function messagesIn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Sleeps, or until a message comes. */
async function nextMoment(ms: number): Promise<void> {
  const awake = new AbortController();
  wake = () => awake.abort();
  await systemClock.sleep(ms, awake.signal).catch(() => undefined);
  wake = () => {};
}

/** A step that may fail now and work later; what it would have done stands in the journal. */
async function attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!isAway(error)) throw error;
    await nextMoment(TICK_MS);
    return undefined;
  }
}

/** As `attempt`, again and again; after ten seconds those who wait are told. */
async function untilItWorks(message: ToThread, desk: LeaseDesk, step: () => Promise<void>): Promise<void> {
  const since = systemClock.now();
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isAway(error)) throw error;
      if (systemClock.now() - since < PATIENCE_MS) {
        await systemClock.sleep(100);
        continue;
      }
      desk.drop();
      const why = error instanceof Error ? error.message : String(error);
      const number = "number" in message ? message.number : 0;
      const what = message.kind === "lease" ? ("lease" as const) : ("states" as const);
      return say({ kind: "failed", what, number, message: `the store could not be asked (${why})` });
    }
  }
}

function isAway(error: unknown): boolean {
  return isAllotError(error, "ledger-busy") || isAllotError(error, "storage-unusable");
}

/** Takes all, gives everything back, and removes the journal: unless holds are open, which whoever comes next ends as unknown. */
async function close(
  store: Store,
  taker: Taker,
  desk: LeaseDesk,
  { now, openHolds }: Extract<ToThread, { kind: "close" }>,
): Promise<void> {
  desk.drop();
  const since = systemClock.now();
  let isDone = false;
  // A store that is away keeps nobody: the journal stays, and whoever opens the store next takes it over.
  while (!isDone && systemClock.now() - since < PATIENCE_MS) {
    isDone = (await attempt(() => leave(store, taker, openHolds ? undefined : now))) === true;
  }
  const { path } = taker;
  taker.close();
  if (isDone && !openHolds) removeFiles(path);
  say({ kind: "closed" });
}

async function leave(store: Store, taker: Taker, closedAt: number | undefined): Promise<boolean> {
  while (await taker.take(say)) void 0;
  if (closedAt === undefined) return true;
  await store.transaction(async (trx) => {
    await returnLease(trx, settings.writer);
    await trx.deleteFrom("journals").where("writer", "=", settings.writer).execute();
  }, BOOKS);
  return true;
}
