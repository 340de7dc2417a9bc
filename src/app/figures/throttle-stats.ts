import type { Kysely } from "kysely";
import type { Schema } from "../../storage/schema.ts";
import { isPaced, levelOfAll } from "../../throttle/decide.ts";
import { limitFigure, worstLevel } from "../../throttle/figures.ts";
import { readWindows, windowKey } from "../../throttle/store/windows.ts";
import type {
  AllStats,
  Amounts,
  LimitFigure,
  LimitSet,
  LimitState,
  SessionStats,
  Window,
} from "../../throttle/throttle.ts";
import { leavesAt, minuteOf, windowStart } from "../../throttle/windows.ts";

/** What the figures are read from. */
export interface StatsParts {
  readonly db: Kysely<Schema>;
  readonly set: LimitSet;
  /** The limits that apply to some scope keys with their figures now, open holds included. */
  readonly states: (scopeKeys: readonly string[]) => Promise<readonly LimitState[]>;
  readonly now: number;
}

const GLOBAL = "global:";
const NOTHING: Amounts = { tokens: 0, nanoUsd: 0, requests: 0 };
const NANO_PER_USD = 1_000_000_000;

/** The figures of one session, under the guide's names. Its level is the one its next call would meet. */
export async function sessionStats(parts: StatsParts, session: string): Promise<SessionStats> {
  const key = `session:${session}`;
  const own = await figuresOf(parts, key);
  const limits = [...own.limits, ...(await limitFigures(parts, GLOBAL))];
  return { session_id: session, ...own.stats, throttle_level: worstLevel(limits), limits };
}

/** The figures of everybody together, and of each session that used something in the last day. */
export async function allStats(parts: StatsParts): Promise<AllStats> {
  const { stats, limits } = await figuresOf(parts, GLOBAL);
  const month = await windowOf(parts, GLOBAL, "month");
  const sessions: Record<string, SessionStats> = {};
  for (const session of await sessionsOfTheDay(parts)) sessions[session] = await sessionStats(parts, session);
  return {
    global: {
      ...stats,
      tokens_month: month.tokens,
      cost_month: month.nanoUsd / NANO_PER_USD,
      throttle_level: worstLevel(limits),
      limits,
    },
    sessions,
  };
}

/** How many sessions of the last day are at each level: the level that their next call would meet. */
export async function sessionsByLevel(parts: StatsParts): Promise<Readonly<Record<string, number>>> {
  const keys = (await sessionsOfTheDay(parts)).map((session) => `session:${session}`);
  const byKey = Map.groupBy(await parts.states([GLOBAL, ...keys]), ({ scopeKey }) => scopeKey);
  const counts: Record<string, number> = {};
  for (const key of keys) {
    const states = [...(byKey.get(GLOBAL) ?? []), ...(byKey.get(key) ?? [])];
    const { level } = levelOfAll(states.filter(isPaced), parts.set.thresholds);
    counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}

async function figuresOf(parts: StatsParts, key: string) {
  const hour = await windowOf(parts, key, "hour");
  const day = await windowOf(parts, key, "day");
  const states = await parts.states([key]);
  const held = (measure: keyof Amounts): number =>
    states.reduce((most, state) => (state.limit.measure === measure ? Math.max(most, state.held) : most), 0);
  return {
    stats: {
      tokens_hour: hour.tokens,
      tokens_day: day.tokens,
      cost_hour: hour.nanoUsd / NANO_PER_USD,
      cost_day: day.nanoUsd / NANO_PER_USD,
      requests_hour: hour.requests,
      requests_day: day.requests,
      tokens_held: held("tokens"),
      cost_held: held("nanoUsd") / NANO_PER_USD,
    },
    limits: await figures(parts, states),
  };
}

async function limitFigures(parts: StatsParts, key: string): Promise<readonly LimitFigure[]> {
  return figures(parts, await parts.states([key]));
}

async function figures({ db, set, now }: StatsParts, states: readonly LimitState[]): Promise<readonly LimitFigure[]> {
  const shown: LimitFigure[] = [];
  for (const state of states) {
    const { window } = state.limit;
    const oldest = await db
      .selectFrom("use_minutes")
      .select((e) => e.fn.min("minute").as("minute"))
      .where("scope_key", "=", state.scopeKey)
      .where("minute", ">=", windowStart(window, now, set.timeZone))
      .executeTakeFirst();
    const minute = oldest?.minute ?? null;
    const resetsAt = minute === null ? null : leavesAt(window, Number(minute), now, set.timeZone);
    shown.push(limitFigure(state, set.thresholds, resetsAt));
  }
  return shown;
}

async function windowOf({ db, set, now }: StatsParts, scopeKey: string, window: Window): Promise<Amounts> {
  const key = { scopeKey, window };
  return (await readWindows(db, [key], now, set.timeZone)).get(windowKey(key)) ?? NOTHING;
}

async function sessionsOfTheDay({ db, now }: StatsParts): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("use_minutes")
    .select("scope_key")
    .distinct()
    .where("scope_key", "like", "session:%")
    .where("minute", ">=", minuteOf(now) - 1440)
    .orderBy("scope_key")
    .execute();
  return rows.map(({ scope_key }) => scope_key.slice("session:".length));
}
