import type { Config } from "../../config/config.ts";
import type { StopsTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { limitFigure } from "../../throttle/figures.ts";
import { DEFAULT_LIMITS, limitSetOf, parseScopeKey, scopeKey, UNLIMITED } from "../../throttle/limits.ts";
import { usedMore } from "../../throttle/levels.ts";
import { statesInStore } from "../../throttle/store/states.ts";
import { loadLimitSet, storedName } from "../../throttle/store/stored-limits.ts";
import type { Limit, LimitFigure, LimitSet, LimitState } from "../../throttle/throttle.ts";
import { leavesAt, minuteOf, windowStart } from "../../throttle/windows.ts";

/** One limit in force, with the figures of whoever has used most of it. */
export interface LimitLine extends LimitFigure {
  /** Whom it caps: "*" each one by itself; `of` is the one whose figures these are, "" where nobody has used any. */
  readonly caps: string;
  /** Who set it: allot, a configuration file, `allot limits set`. */
  readonly origin: "default" | "file" | "stored";
}

export interface LimitReport {
  readonly limits: readonly LimitLine[];
  /** Shares of a limit, 0 to 1. */
  readonly thresholds: Readonly<Record<"warning" | "soft" | "hard" | "critical", number>>;
  readonly timeZone: string;
  /** What the runaway guard has stopped. */
  readonly stops: readonly StopsTable[];
}

/** Every limit in force and how far it is used now. `session`: only those a session falls under, with its own figures. */
export async function limitReport(store: Store, config: Config, session?: string): Promise<LimitReport> {
  const now = store.clock.now();
  const base = limitSetOf(config.limits);
  const set = await loadLimitSet(store.db, base);
  const stored = new Set((await store.db.selectFrom("stored_limits").select("name").execute()).map(({ name }) => name));
  const keys = session === undefined ? await knownScopeKeys(store, now) : ["global:", scopeKey("session", session)];
  const states = await statesInStore(store.db, set, keys, now);
  const limits: LimitLine[] = [];
  for (const limit of set.limits.filter(({ amount }) => amount !== UNLIMITED)) {
    const own = states.filter((state) => isSame(state.limit, limit));
    if (session !== undefined && own.length === 0) continue;
    const most = own.reduce<LimitState | undefined>((a, b) => (a === undefined || usedMore(b, a) ? b : a), undefined);
    const state = most ?? { limit, scopeKey: `${limit.scope}:`, settled: 0, held: 0 };
    const resetsAt = most === undefined ? null : await resetsAtOf(store, set, most, now);
    const figure = limitFigure(state, set.thresholds, resetsAt);
    limits.push({ ...figure, caps: limit.of, origin: originOf(limit, stored) });
  }
  const stops = await store.db
    .selectFrom("stops")
    .selectAll()
    .where("cleared_at", "is", null)
    .orderBy("at", "desc")
    .execute();
  const { warning, soft, hard, critical } = set.thresholds;
  return {
    limits,
    thresholds: { warning: warning / 1000, soft: soft / 1000, hard: hard / 1000, critical: critical / 1000 },
    timeZone: set.timeZone,
    stops,
  };
}

/** Everybody with figures in the last month; limits of those who never spent are listed without. */
async function knownScopeKeys(store: Store, now: number): Promise<readonly string[]> {
  const keys = new Set(["global:"]);
  const used = await store.db
    .selectFrom("use_minutes")
    .select("scope_key")
    .distinct()
    .where("minute", ">=", minuteOf(now) - 31 * 1440)
    .execute();
  for (const table of ["hold_scopes", "leases"] as const) {
    for (const { scope_key } of await store.db.selectFrom(table).select("scope_key").distinct().execute()) {
      keys.add(scope_key);
    }
  }
  for (const { scope_key } of used) keys.add(scope_key);
  return [...keys].filter((key) => parseScopeKey(key)?.scope !== "budget");
}

/** When the oldest part leaves the window, or the month ends; null where nothing is used. */
async function resetsAtOf(store: Store, set: LimitSet, state: LimitState, now: number): Promise<number | null> {
  const { window } = state.limit;
  const oldest = await store.db
    .selectFrom("use_minutes")
    .select((e) => e.fn.min<number | null>("minute").as("minute"))
    .where("scope_key", "=", state.scopeKey)
    .where("minute", ">=", windowStart(window, now, set.timeZone))
    .executeTakeFirst();
  const minute = oldest?.minute ?? null;
  return minute === null ? null : leavesAt(window, Number(minute), now, set.timeZone);
}

function originOf(limit: Limit, stored: ReadonlySet<string>): LimitLine["origin"] {
  if (stored.has(storedName(limit))) return "stored";
  const usual = DEFAULT_LIMITS.limits.find((known) => isSame(known, limit));
  return usual?.amount === limit.amount ? "default" : "file";
}

function isSame(a: Limit, b: Limit): boolean {
  return a.scope === b.scope && a.of === b.of && a.window === b.window && a.measure === b.measure;
}
