import type { Kysely } from "kysely";
import { AllotError } from "../../foundation/errors.ts";
import type { Schema } from "../../storage/schema.ts";
import { UNLIMITED } from "../limits.ts";
import { type Limit, type LimitSet, MEASURES, SCOPES, type Thresholds, WINDOWS } from "../throttle.ts";

/** A cap by its name, without its amount. */
export type LimitName = Omit<Limit, "amount">;

const THRESHOLDS = ["warning", "soft", "hard", "critical"] as const satisfies readonly (keyof Thresholds)[];
const TIME_ZONE = "time_zone";
const NONE = "none";

/**
 * What caps whom now: `base` (defaults and configuration) with what `allot limits` has stored above it. One small query;
 * a row that this version cannot read is left out.
 */
export async function loadLimitSet(db: Kysely<Schema>, base: LimitSet): Promise<LimitSet> {
  const rows = await db.selectFrom("stored_limits").select(["name", "value"]).execute();
  const limits = new Map(base.limits.map((limit) => [storedName(limit), limit]));
  const thresholds: { -readonly [Key in keyof Thresholds]: number } = { ...base.thresholds };
  let { timeZone } = base;
  for (const { name, value } of rows) {
    const limit = parseStoredName(name);
    const amount = Number(value);
    const level = THRESHOLDS.find((candidate) => name === `threshold:${candidate}`);
    // For a name, "none" has to stand above what caps each.
    if (limit !== undefined && value === NONE && limit.of !== "*") limits.set(name, { ...limit, amount: UNLIMITED });
    else if (limit !== undefined && value === NONE) limits.delete(name);
    else if (limit !== undefined && Number.isSafeInteger(amount)) limits.set(name, { ...limit, amount });
    else if (level !== undefined && Number.isSafeInteger(amount)) thresholds[level] = amount;
    else if (name === TIME_ZONE && isTimeZone(value)) timeZone = value;
  }
  return { limits: [...limits.values()], thresholds, timeZone };
}

/** Stores a limit above defaults and files; `amount` null takes it away. Throws `usage` for an amount that is no whole number of 0 or more. */
export async function setLimit(
  db: Kysely<Schema>,
  limit: LimitName & { readonly amount: number | null },
  at: number,
): Promise<void> {
  const { amount } = limit;
  if (amount !== null && (!Number.isSafeInteger(amount) || amount < 0)) {
    throw new AllotError("usage", `the limit ${storedName(limit)} must be a whole number of 0 or more, got ${amount}`);
  }
  await store(db, storedName(limit), amount === null ? NONE : String(amount), at);
}

/**
 * Stores where a level begins, in thousandths. Throws `usage` unless the four, with those of `now`, rise from 1 to 1000:
 * a level that begins above the next one would never be met.
 */
export async function setThreshold(
  db: Kysely<Schema>,
  change: Partial<Thresholds>,
  now: Thresholds,
  at: number,
): Promise<void> {
  const wanted = THRESHOLDS.map((level) => change[level] ?? now[level]);
  const rises = wanted.every((value, index) => Number.isSafeInteger(value) && value > (wanted[index - 1] ?? 0));
  if (!rises || (wanted.at(-1) ?? 0) > 1000) {
    throw new AllotError(
      "usage",
      `thresholds must be whole thousandths that rise up to 1000, got ${THRESHOLDS.map((level, index) => `${level} ${wanted[index]}`).join(", ")}`,
    );
  }
  for (const level of THRESHOLDS) {
    if (change[level] !== undefined) await store(db, `threshold:${level}`, String(change[level]), at);
  }
}

/** Stores the zone in which a month begins. Throws `usage` for a name that is no IANA zone. */
export async function setTimeZone(db: Kysely<Schema>, timeZone: string, at: number): Promise<void> {
  if (!isTimeZone(timeZone)) {
    throw new AllotError("usage", `${timeZone} is no time zone; give an IANA name such as Europe/Vienna`);
  }
  await store(db, TIME_ZONE, timeZone, at);
}

/** Forgets what was stored for a limit, a threshold ("threshold:soft") or the zone ("time_zone"); with nothing named, all of it. */
export async function resetLimit(db: Kysely<Schema>, what?: LimitName | string): Promise<number> {
  let query = db.deleteFrom("stored_limits");
  if (what !== undefined) query = query.where("name", "=", typeof what === "string" ? what : storedName(what));
  return Number((await query.executeTakeFirstOrThrow()).numDeletedRows);
}

/** "session:*:hour:tokens" */
export function storedName({ scope, of, window, measure }: LimitName): string {
  return `${scope}:${of}:${window}:${measure}`;
}

/** The limit of such a name; undefined where it is none. A name of somebody may have colons in it. */
export function parseStoredName(name: string): LimitName | undefined {
  const parts = name.split(":");
  const scope = SCOPES.find((candidate) => candidate === parts[0]);
  const window = WINDOWS.find((candidate) => candidate === parts.at(-2));
  const measure = MEASURES.find((candidate) => candidate === parts.at(-1));
  if (parts.length < 4 || scope === undefined || window === undefined || measure === undefined) return undefined;
  return { scope, of: parts.slice(1, -2).join(":"), window, measure };
}

async function store(db: Kysely<Schema>, name: string, value: string, at: number): Promise<void> {
  await db
    .insertInto("stored_limits")
    .values({ name, value, at })
    .onConflict((c) => c.column("name").doUpdateSet({ value, at }))
    .execute();
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
