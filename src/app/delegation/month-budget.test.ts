import { expect, test } from "vitest";
import { sampleEntry } from "../../../test/support/sample-entry.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, type OpenPlace } from "../../../test/support/store-place.ts";
import { loadConfig } from "../../config/load-config.ts";
import { book } from "../../ledger/ledger.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { openStore } from "../../storage/storage.ts";
import { type MonthBudget, monthBudget } from "./month-budget.ts";

const DAY = 86_400_000;
const USD = 1_000_000_000;
/** Ten days and a half into March, 20 and a half to go. */
const NOW = Date.parse("2026-03-11T12:00:00Z");

const config = loadConfig({ flags: {}, env: {}, cwd: "/nowhere", home: "/nowhere", readFile: () => undefined });

/** The month's budget after these days (before now) and dollars were spent. */
async function budgetAfter(
  openPlace: OpenPlace,
  spent: readonly (readonly [daysAgo: number, usd: number])[],
): Promise<MonthBudget> {
  await using place = await openPlace();
  await using store = await openStore({ ...place.settings, clock: new SteppedClock(NOW) });
  const entries = spent.map(([daysAgo, usd], index) =>
    sampleEntry(`call-${index}`, { at: NOW - daysAgo * DAY, nano_usd: usd * USD }),
  );
  await store.transaction((trx) => book(trx, "w", entries), BOOKS);
  return await monthBudget(store, config);
}

describeOnEachStore("the month's budget", (openPlace) => {
  test("is the limit in dollars for all sessions, with what the calendar month has spent of it", async () => {
    const budget = await budgetAfter(openPlace, [
      [30, 40],
      [2, 7],
      [1, 7],
    ]);
    expect(budget).toMatchObject({ limit: 1_000 * USD, spent: 14 * USD, held: 0, timeZone: "UTC" });
    expect([budget.from, budget.until]).toEqual([Date.parse("2026-03-01"), Date.parse("2026-04-01")]);
  });

  test("is forecast by the pace of the last seven days, days before them not counted", async () => {
    const budget = await budgetAfter(openPlace, [
      [9, 100],
      [6, 7],
      [1, 7],
    ]);
    expect(budget.paceDays).toBe(7);
    // $114 so far, and $2 a day for 20.5 days.
    expect(budget.forecast).toBe(155 * USD);
  });

  test("is forecast from fewer days where there are no more, from one at least", async () => {
    const three = await budgetAfter(openPlace, [
      [3, 6],
      [1, 6],
    ]);
    expect([three.paceDays, three.forecast]).toEqual([3, (12 + 4 * 20.5) * USD]);
    const fresh = await budgetAfter(openPlace, [[0.01, 1]]);
    expect([fresh.paceDays, fresh.forecast]).toEqual([1, (1 + 20.5) * USD]);
  });

  test("is nothing spent and nothing forecast in a new store", async () => {
    expect(await budgetAfter(openPlace, [])).toMatchObject({ spent: 0, forecast: 0, paceDays: 1 });
  });
});

test("a user's own limit stands in for the usual one, and none is none", async () => {
  const { openSqlitePlace } = await import("../../../test/support/store-place.ts");
  await using place = await openSqlitePlace();
  await using store = await openStore({ ...place.settings, clock: new SteppedClock(NOW) });
  const limited = (amount: number | null) => ({
    ...config,
    limits: {
      ...config.limits,
      user: {
        ...config.limits.user,
        limits: [{ scope: "global", of: "*", window: "month", measure: "nanoUsd", amount } as const],
      },
    },
  });
  expect((await monthBudget(store, limited(200 * USD))).limit).toBe(200 * USD);
  expect((await monthBudget(store, limited(null))).limit).toBe(null);
});
