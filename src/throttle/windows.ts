import type { Block } from "./decide.ts";
import type { Window } from "./throttle.ts";

/*
 * Windows over minute buckets. Rolling windows count a bucket as long as any part of it lies in them: at most a minute
 * too long, never too short, so no sixty minutes ever hold more than the limit of an hour.
 */

export const MINUTE_MS = 60_000;

/** Lengths of the rolling windows. */
const ROLLING_MS: Readonly<Partial<Record<Window, number>>> = {
  hour: 3_600_000,
  "5h": 5 * 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

/** The minute bucket of an instant (epoch ms): minutes since the epoch. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}

/** The first minute bucket that counts at `now`. `ever` counts from 0. Throws `RangeError` for an unknown zone. Pure. */
export function windowStart(window: Window, now: number, timeZone: string): number {
  if (window === "ever") return 0;
  if (window === "month") return minuteOf(monthOf(now, timeZone).from);
  return minuteOf(now - (ROLLING_MS[window] ?? 0));
}

/** When a bucket has left the window, as epoch ms; null for `ever`. For a month: when the month of `now` ends. */
export function leavesAt(window: Window, minute: number, now: number, timeZone: string): number | null {
  if (window === "ever") return null;
  if (window === "month") return monthOf(now, timeZone).until;
  return (minute + 1) * MINUTE_MS + (ROLLING_MS[window] ?? 0);
}

/** What was settled in one minute. */
export interface Bucket {
  readonly minute: number;
  readonly amount: number;
}

/**
 * The epoch ms at which `wanted` fits under `amount` again if nothing else is spent: now, when enough buckets (oldest
 * first) have left the window, or null where waiting does not help: the window never ends, or so much never fits.
 *
 * What is `held` is counted as if it were spent now, to the last token: it leaves the window last. Pure.
 */
export function freeAt(
  figures: {
    readonly window: Window;
    readonly amount: number;
    readonly held: number;
    readonly wanted: number;
    readonly buckets: readonly Bucket[];
  },
  now: number,
  timeZone: string,
): number | null {
  const { window, amount, held, wanted, buckets } = figures;
  let over = buckets.reduce((sum, bucket) => sum + bucket.amount, 0) + held + wanted - amount;
  if (over <= 0) return now;
  if (wanted > amount) return null;
  for (const bucket of [...buckets, { minute: minuteOf(now), amount: held }]) {
    over -= bucket.amount;
    if (over <= 0) return leavesAt(window, bucket.minute, now, timeZone);
  }
  return null;
}

/** `freeAt` for a limit that stood in the way of a call, and what was settled in its window. Pure. */
export function freeAtOf(block: Block, buckets: readonly Bucket[], now: number, timeZone: string): number | null {
  const { limit, held } = block.state;
  return freeAt({ window: limit.window, amount: block.most, held, wanted: 0, buckets }, now, timeZone);
}

/** A calendar month as instants: from the first ms to before the first of the next. */
interface Month {
  readonly from: number;
  readonly until: number;
}

/** The month last asked for in each zone: asked before every call, and the same for weeks. */
const months = new Map<string, Month>();

function monthOf(now: number, timeZone: string): Month {
  const known = months.get(timeZone);
  if (known !== undefined && known.from <= now && now < known.until) return known;
  const { year, month } = localMonth(now, timeZone);
  const next = month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
  const found = {
    from: firstMinute(year, month, timeZone) * MINUTE_MS,
    until: firstMinute(next.year, next.month, timeZone) * MINUTE_MS,
  };
  months.set(timeZone, found);
  return found;
}

/** The minute in which that month begins in the zone: found by halving, so that no rule of summer time is needed. */
function firstMinute(year: number, month: number, timeZone: string): number {
  const utc = minuteOf(Date.UTC(year, month - 1, 1));
  let before = utc - 16 * 60;
  let within = utc + 16 * 60;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    const local = localMonth(middle * MINUTE_MS, timeZone);
    if (local.year * 12 + local.month >= year * 12 + month) within = middle;
    else before = middle;
  }
  return within;
}

function localMonth(at: number, timeZone: string): { year: number; month: number } {
  const parts = formatOf(timeZone).formatToParts(at);
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return { year: value("year"), month: value("month") };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "numeric", calendar: "gregory" });
  formats.set(timeZone, made);
  return made;
}
