import { type Kysely, sql } from "kysely";
import type { Schema } from "../../storage/schema.ts";
import { scopeKey } from "../limits.ts";
import { MINUTE_MS, minuteOf } from "../windows.ts";
import type { SpendFacts } from "./detect.ts";
import type { RunawaySettings } from "./settings.ts";

/** What a session did lately, as the store knows it. */
export interface Deeds extends Pick<SpendFacts, "recent" | "lastHour"> {
  readonly spawns: readonly number[];
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Newest ledger rows looked at for starts: bounds the read where a session makes calls by the hundred thousand. */
const MOST_ROWS = 2_000;

/** Reads what a session did, leaving out what it did until `since`. */
export async function readDeeds(
  db: Kysely<Schema>,
  session: string,
  { now, since, settings }: { readonly now: number; readonly since: number; readonly settings: RunawaySettings },
): Promise<Deeds> {
  const spawnsSince = Math.max(now - settings.spawns.withinMs, since);
  const newest = db
    .selectFrom("ledger")
    .select(["writer", "run_id", "at"])
    .where("session_id", "=", session)
    .where("at", ">", spawnsSince)
    .orderBy("at", "desc")
    .limit(MOST_ROWS)
    .as("newest");
  const spawns = await db
    .selectFrom(newest)
    .select((e) => e.fn.min<number>("at").as("at"))
    .groupBy(["writer", "run_id"])
    .execute();
  const minutes = await db
    .selectFrom("use_minutes")
    .select(["minute", "nano_usd"])
    .where("scope_key", "=", scopeKey("session", session))
    .where("minute", ">", minuteOf(Math.max(now - HOUR_MS, since)))
    .execute();
  const sumFrom = (minute: number): number =>
    minutes.reduce((sum, row) => (row.minute > minute ? sum + Number(row.nano_usd) : sum), 0);
  return {
    spawns: spawns.map(({ at }) => Number(at)),
    recent: sumFrom(minuteOf(now - settings.slope.overMs)),
    lastHour: sumFrom(Number.NEGATIVE_INFINITY),
  };
}

/** The busiest clock hour of the last week but the present one, in nano-dollars; null where too few hours had any spend. */
export async function readHabit(
  db: Kysely<Schema>,
  key: string,
  now: number,
  { slope }: RunawaySettings,
): Promise<number | null> {
  const hourOf = sql<number>`minute / 60`;
  const hours = await db
    .selectFrom("use_minutes")
    .select((e) => e.fn.sum<number>("nano_usd").as("spent"))
    .where("scope_key", "=", key)
    .where("minute", ">=", minuteOf(now - WEEK_MS))
    .where("minute", "<", Math.floor((now - HOUR_MS) / HOUR_MS) * (HOUR_MS / MINUTE_MS))
    .where("nano_usd", ">", 0)
    .groupBy(hourOf)
    .execute();
  return hours.length < slope.hoursOfHabit ? null : Math.max(...hours.map(({ spent }) => Number(spent)));
}
