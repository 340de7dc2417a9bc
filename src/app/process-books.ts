import type { Config } from "../config/config.ts";
import { systemClock } from "../foundation/clock.ts";
import type { Store } from "../storage/storage.ts";
import { openBooks } from "../throttle/books/books.ts";
import { limitSetOf } from "../throttle/limits.ts";
import { loadLimitSet } from "../throttle/store/stored-limits.ts";
import type { Books, LimitSet } from "../throttle/throttle.ts";
import { openConfiguredStore } from "./store.ts";

/** One process's store and books, for as many clients and throttlers as it opens. */
export interface ProcessBooks {
  readonly store: Store;
  readonly books: Books;
  readonly limits: LimitSet;
}

interface Shared {
  readonly db: string;
  readonly opened: Promise<ProcessBooks>;
  users: number;
}

/** The books this process has open, by store and limits. */
const open = new Map<string, Shared>();

/** Whose books these are is given back once; the last one closes them. */
export interface Joined {
  readonly shared: Promise<ProcessBooks>;
  readonly leave: () => Promise<void>;
}

/**
 * Joins the process's books of that configuration's store, and opens them where nobody has. Books that nobody gives back are
 * closed when the program has nothing else to do; they never keep it alive.
 */
export function joinBooks(config: Config): Joined {
  const key = JSON.stringify([config.settings.db, config.settings.home, config.limits]);
  const known = open.get(key) ?? { db: config.settings.db, opened: openBoth(config), users: 0 };
  known.users += 1;
  open.set(key, known);
  closeAtTheEnd();
  let left = false;
  return {
    shared: known.opened,
    async leave() {
      if (left) return;
      left = true;
      known.users -= 1;
      if (known.users > 0) return;
      if (open.get(key) === known) open.delete(key);
      await close(known);
    },
  };
}

/** Resolves once all that this process has settled so far is in the store, under whatever limits it was held. */
export async function flushBooks(config: Config): Promise<void> {
  const ofStore = [...open.values()].filter(({ db }) => db === config.settings.db);
  await Promise.all(ofStore.map(async ({ opened }) => (await opened).books.flush()));
}

async function openBoth(config: Config): Promise<ProcessBooks> {
  const store = await openConfiguredStore(config, systemClock);
  try {
    const limits = await loadLimitSet(store.db, limitSetOf(config.limits));
    const books = await openBooks({ store, limits: limitSetOf(config.limits) });
    return { store, books, limits };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function close({ opened }: Shared): Promise<void> {
  const shared = await opened.catch(() => undefined);
  if (shared === undefined) return;
  await shared.books[Symbol.asyncDispose]();
  await shared.store[Symbol.asyncDispose]();
}

let waits = false;

function closeAtTheEnd(): void {
  if (waits) return;
  waits = true;
  process.once("beforeExit", () => {
    waits = false;
    const left = [...open.values()];
    open.clear();
    void Promise.allSettled(left.map(close));
  });
}
