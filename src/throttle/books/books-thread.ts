import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../foundation/clock.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { loadLimitSet } from "../store/stored-limits.ts";
import { type Desk, openDesk } from "./lease-desk.ts";
import type { FromThread, ThreadSettings, ToThread } from "./messages.ts";
import { recoverJournals } from "./recover-journals.ts";
import { registerJournal, Taker } from "./take-journal.ts";

/*
 * The books thread: everything that a process's books do with the database, one transaction after the other. Lease
 * requests go first; then what is journaled is taken over; then it looks whether somebody recalls a lease.
 */

/** Between two looks at the journal and at recalled leases. Real time: it paces input and output, decides nothing. */
const TICK_MS = 15;
const IDLE_AFTER_MS = 1000;
const SWEEP_MS = 30_000;
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

await run();

async function run(): Promise<void> {
  await using store = await openStore({ ...settings.store, clock: systemClock });
  await registerJournal(store, settings);
  await recoverJournals(store, settings.openedAt);
  const taker = new Taker(store, settings);
  const desk = openDesk(store, settings, taker);
  say({ kind: "ready", set: await loadLimitSet(store.db, settings.limits) });
  await serve(store, taker, desk);
  port?.close();
}

async function serve(store: Store, taker: Taker, desk: Desk): Promise<void> {
  const flushes: Extract<ToThread, { kind: "flush" }>[] = [];
  let activeAt = systemClock.now();
  let sweptAt = activeAt;
  for (;;) {
    await messagesIn();
    const message = requests.shift();
    if (message?.kind === "close") return void (await close(store, taker, desk, message));
    if (message?.kind === "flush") flushes.push(message);
    else if (message !== undefined) {
      activeAt = systemClock.now();
      await untilItWorks(message, () => desk.serve(message, say));
      continue;
    }
    const took = await attempt(() => taker.take(say));
    const done = flushes.filter(({ bytes }) => bytes <= taker.bytes);
    for (const flush of done) {
      flushes.splice(flushes.indexOf(flush), 1);
      say({ kind: "flushed", number: flush.number });
    }
    if (took) continue;
    const now = systemClock.now();
    if (desk.hasLeases) {
      await attempt(() => desk.lookForRecalls(say));
      if (now - activeAt > IDLE_AFTER_MS) {
        activeAt = now;
        say({ kind: "idle" });
      }
    }
    if (now - sweptAt > SWEEP_MS) {
      sweptAt = now;
      await attempt(async () => (await recoverJournals(store, now), true));
    }
    await nextMoment();
  }
}

/** Lets messages in: SQLite answers at once, so a busy thread would hear nobody. */
function messagesIn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Sleeps a tick, or until a message comes. */
async function nextMoment(): Promise<void> {
  if (requests.length > 0) return;
  const awake = new AbortController();
  wake = () => awake.abort();
  await systemClock.sleep(TICK_MS, awake.signal).catch(() => undefined);
  wake = () => {};
}

/** A step that may fail now and work later; what it would have done stands in the journal. */
async function attempt(step: () => Promise<boolean>): Promise<boolean> {
  try {
    return await step();
  } catch (error) {
    if (!isAway(error)) throw error;
    await systemClock.sleep(250);
    return false;
  }
}

/** As `attempt`, again and again; after ten seconds those who wait are told. */
async function untilItWorks(message: ToThread, step: () => Promise<void>): Promise<void> {
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
      const why = error instanceof Error ? error.message : String(error);
      const what = message.kind === "lease" ? ("lease" as const) : ("states" as const);
      const number = "number" in message ? message.number : 0;
      return say({ kind: "failed", what, number, message: `the store could not be asked (${why})` });
    }
  }
}

function isAway(error: unknown): boolean {
  return isAllotError(error, "ledger-busy") || isAllotError(error, "storage-unusable");
}

async function close(
  store: Store,
  taker: Taker,
  desk: Desk,
  message: Extract<ToThread, { kind: "close" }>,
): Promise<void> {
  const since = systemClock.now();
  // A store that is away keeps nobody: the journal stays, and whoever opens the store next takes it over.
  while (systemClock.now() - since < PATIENCE_MS) {
    while (await attempt(() => taker.take(say))) void 0;
    const closed = await attempt(async () => {
      await desk.leave(message);
      return true;
    });
    if (closed) break;
  }
  say({ kind: "closed" });
}
