import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqlitePlace, type StorePlace } from "../../../test/support/store-place.ts";
import { systemClock } from "../../foundation/clock.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { DEFAULT_THRESHOLDS } from "../levels.ts";
import type { LimitSet } from "../throttle.ts";
import { loadLimitSet, parseStoredName, resetLimit, setLimit, setThreshold, setTimeZone } from "./stored-limits.ts";

const hourly = { scope: "session", of: "*", window: "hour", measure: "tokens" } as const;
const base: LimitSet = { limits: [{ ...hourly, amount: 100 }], thresholds: DEFAULT_THRESHOLDS, timeZone: "UTC" };

let place: StorePlace;
let store: Store;

beforeEach(async () => {
  place = await openSqlitePlace();
  store = await openStore({ ...place.settings, clock: systemClock });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

test("a stored limit stands above the configured one until it is reset", async () => {
  await setLimit(store.db, { ...hourly, amount: 7 }, 1);
  await setLimit(store.db, { ...hourly, of: "a:b", amount: 9 }, 1);
  expect((await loadLimitSet(store.db, base)).limits).toEqual([
    { ...hourly, amount: 7 },
    { ...hourly, of: "a:b", amount: 9 },
  ]);
  expect(await resetLimit(store.db, hourly)).toBe(1);
  expect((await loadLimitSet(store.db, base)).limits[0]).toEqual({ ...hourly, amount: 100 });
  expect(await resetLimit(store.db)).toBe(1);
  expect(await loadLimitSet(store.db, base)).toEqual(base);
});

test("a stored limit of none takes a configured one away, and 0 lets nothing through", async () => {
  await setLimit(store.db, { ...hourly, amount: null }, 1);
  expect((await loadLimitSet(store.db, base)).limits).toEqual([]);
  await setLimit(store.db, { ...hourly, amount: 0 }, 2);
  expect((await loadLimitSet(store.db, base)).limits).toEqual([{ ...hourly, amount: 0 }]);
});

test("thresholds and zone are stored, and refused where they make no sense", async () => {
  await setThreshold(store.db, { warning: 500 }, DEFAULT_THRESHOLDS, 1);
  await setTimeZone(store.db, "Europe/Vienna", 1);
  expect(await loadLimitSet(store.db, base)).toMatchObject({
    thresholds: { warning: 500, soft: 800, hard: 900, critical: 950 },
    timeZone: "Europe/Vienna",
  });
  const usage = (error: unknown): boolean => isAllotError(error, "usage");
  await expect(setThreshold(store.db, { soft: 950 }, DEFAULT_THRESHOLDS, 1)).rejects.toSatisfy(usage);
  await expect(setThreshold(store.db, { critical: 1001 }, DEFAULT_THRESHOLDS, 1)).rejects.toSatisfy(usage);
  await expect(setTimeZone(store.db, "Middle/Earth", 1)).rejects.toSatisfy(usage);
  await expect(setLimit(store.db, { ...hourly, amount: 1.5 }, 1)).rejects.toSatisfy(usage);
});

test("a row that cannot be read is left out", async () => {
  for (const [name, value] of [
    ["session:*:fortnight:tokens", "5"],
    ["session:*:hour:tokens", "many"],
    ["time_zone", "Middle/Earth"],
    ["threshold:soft", "high"],
  ] as const) {
    await store.db.insertInto("stored_limits").values({ name, value, at: 1 }).execute();
  }
  expect(await loadLimitSet(store.db, base)).toEqual(base);
  expect(parseStoredName("session:a:b:hour:tokens")).toEqual({ ...hourly, of: "a:b" });
});
