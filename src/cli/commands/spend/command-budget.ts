import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { randomLetters } from "../../../foundation/ids.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { Store } from "../../../storage/storage.ts";
import { limitSetOf } from "../../../throttle/limits.ts";
import { closeBudget, openBudget } from "../../../throttle/store/budgets.ts";
import { loadLimitSet } from "../../../throttle/store/stored-limits.ts";

/**
 * Opens the budget of one command and all its children and answers its id: `limitUsd` at most, unbounded without. It
 * stands under the budget that the command was itself given (`ALLOT_BUDGET`), so that nested ones bound each other.
 *
 * `kind` begins the id; `title` is for people who look at the store.
 */
export async function openCommandBudget(store: Store, config: Config, kind: string, title: string): Promise<string> {
  const { settings } = config;
  const id = `${kind}-${randomLetters(10)}`;
  const now = systemClock.now();
  const set = await loadLimitSet(store.db, limitSetOf(config.limits));
  const caps = { tokens: null, nanoUsd: settings.limitUsd, requests: null };
  const budget = { id, name: title.slice(0, 200), parent: settings.budget, session: settings.session, caps };
  await store.transaction((trx) => openBudget(trx, set, budget, now), BOOKS);
  return id;
}

/** Ends it: nothing more can be drawn on it. */
export async function closeCommandBudget(store: Store, id: string): Promise<void> {
  await store.transaction((trx) => closeBudget(trx, id, systemClock.now()), BOOKS);
}
