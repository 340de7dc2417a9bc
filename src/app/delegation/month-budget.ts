import type { Config } from "../../config/config.ts";
import { type NanoUsd, nanoUsd } from "../../foundation/units.ts";
import type { Store } from "../../storage/storage.ts";
import { limitSetOf } from "../../throttle/limits.ts";
import { statesInStore } from "../../throttle/store/states.ts";
import { loadLimitSet } from "../../throttle/store/stored-limits.ts";
import { readWindows, windowKey } from "../../throttle/store/windows.ts";
import { leavesAt, MINUTE_MS, minuteOf, windowStart } from "../../throttle/windows.ts";

/** What may be spent in this calendar month, and what it comes to. */
export interface MonthBudget {
  readonly timeZone: string;
  /** Epoch ms: its beginning, and that of the next. */
  readonly from: number;
  readonly until: number;
  /** The limit for all sessions together; null where there is none. */
  readonly limit: NanoUsd | null;
  readonly spent: NanoUsd;
  readonly held: NanoUsd;
  /** What the month comes to at the pace of the last days. */
  readonly forecast: NanoUsd;
  /** From how many days the pace was taken: seven, or as many as there are figures of, one at least. */
  readonly paceDays: number;
}

const DAY_MS = 86_400_000;
const PACE_MS = 7 * DAY_MS;
const GLOBAL = "global:";

/**
 * The month's budget by the limit in dollars for all sessions, as `allot limits` has it, and by the ledger's minutes. The
 * forecast is what is spent, and the rest of the month at the pace of the last seven days.
 */
export async function monthBudget(store: Store, config: Config): Promise<MonthBudget> {
  const now = store.clock.now();
  const set = await loadLimitSet(store.db, limitSetOf(config.limits));
  const states = await statesInStore(store.db, set, [GLOBAL], now);
  const state = states.find(({ limit }) => limit.window === "month" && limit.measure === "nanoUsd");
  const month = { scopeKey: GLOBAL, window: "month" } as const;
  const spent = (await readWindows(store.db, [month], now, set.timeZone)).get(windowKey(month))?.nanoUsd ?? 0;
  const until = leavesAt("month", 0, now, set.timeZone) ?? now;
  const pace = await paceOf(store, now);
  return {
    timeZone: set.timeZone,
    from: windowStart("month", now, set.timeZone) * MINUTE_MS,
    until,
    limit: state === undefined ? null : nanoUsd(state.limit.amount),
    spent: nanoUsd(spent),
    held: nanoUsd(state?.held ?? 0),
    forecast: nanoUsd(Math.round(spent + (pace.spent / pace.ms) * Math.max(0, until - now))),
    paceDays: Math.round(pace.ms / DAY_MS),
  };
}

/** What was spent in the last seven days; where the first spend is younger, since then. */
async function paceOf(store: Store, now: number): Promise<{ readonly spent: number; readonly ms: number }> {
  const row = await store.db
    .selectFrom("use_minutes")
    .select((e) => [e.fn.sum<number | null>("nano_usd").as("spent"), e.fn.min<number | null>("minute").as("first")])
    .where("scope_key", "=", GLOBAL)
    .where("minute", ">=", minuteOf(now - PACE_MS))
    .executeTakeFirst();
  const before = await store.db
    .selectFrom("use_minutes")
    .select("minute")
    .where("scope_key", "=", GLOBAL)
    .where("minute", "<", minuteOf(now - PACE_MS))
    .limit(1)
    .executeTakeFirst();
  const since = before !== undefined ? now - PACE_MS : Number(row?.first ?? minuteOf(now)) * MINUTE_MS;
  return { spent: Number(row?.spent ?? 0), ms: Math.min(PACE_MS, Math.max(DAY_MS, now - since)) };
}
