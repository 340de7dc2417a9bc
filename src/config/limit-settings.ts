import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { LimitSetting, LimitSettings } from "./config.ts";
import { parseUsd } from "./parse-value.ts";

/*
 * The `limits` section of a configuration: caps by scope and name, thresholds, the zone of the calendar month. What they
 * mean together (defaults, who may raise what) is the throttle's to say; here is what was written, checked.
 */

/** Scopes a configuration can cap; a budget is capped by the command that opens it. */
const SCOPES: readonly LimitSetting["scope"][] = ["session", "run", "key", "project", "provider", "model", "global"];
const WINDOWS = {
  hour: "hour",
  "5h": "5h",
  day: "day",
  week: "week",
  month: "month",
  total: "ever",
} as const satisfies Record<string, LimitSetting["window"]>;
const MEASURES = { tokens: "tokens", usd: "nanoUsd", cost: "nanoUsd", requests: "requests" } as const satisfies Record<
  string,
  LimitSetting["measure"]
>;
const THRESHOLDS: readonly ThresholdName[] = ["warning", "soft", "hard", "critical"];

type ThresholdName = keyof LimitSettings["thresholds"];

export const NO_LIMIT_SETTINGS: LimitSettings = { limits: [], thresholds: {}, timeZone: null };

/** Two sources as one; the second stands above the first. Pure. */
export function mergeLimits(below: LimitSettings, above: LimitSettings): LimitSettings {
  return {
    limits: [...below.limits, ...above.limits],
    thresholds: { ...below.thresholds, ...above.thresholds },
    timeZone: above.timeZone ?? below.timeZone,
  };
}

interface LimitKind {
  readonly window: LimitSetting["window"];
  readonly measure: LimitSetting["measure"];
}

/** "tokens_per_hour" ... "usd_total", in the order in which messages list them. */
const KINDS: ReadonlyMap<string, LimitKind> = new Map(
  Object.entries(MEASURES).flatMap(([measureKey, measure]) =>
    Object.entries(WINDOWS).map(([windowKey, window]): [string, LimitKind] => [
      windowKey === "total" ? `${measureKey}_total` : `${measureKey}_per_${windowKey}`,
      { window, measure },
    ]),
  ),
);

/** The names that limits have in a configuration. */
export const LIMIT_KEYS: readonly string[] = [...KINDS.keys()];

/** As listed in messages: without the second word for dollars. */
const SHOWN_KEYS = LIMIT_KEYS.filter((key) => !key.startsWith("cost"));
const SECTION_KEYS = [...SCOPES, "thresholds", "time_zone"];
/** Names of the guide's ThrottleConfig: limits of each session, dollars of a month of all, and thresholds. */
const FLAT_THRESHOLDS: ReadonlyMap<string, ThresholdName> = new Map(
  THRESHOLDS.map((name) => [`${name}_threshold`, name]),
);

/**
 * What a `limits` section says. `place` names it in messages; `owner` "project": a file that comes with a repository, which
 * may lower limits (whatever they are elsewhere) but take none away, nor move the zone.
 *
 * Throws `config-invalid` with the place, the value met and what would be right.
 */
export function parseLimits(place: string, written: unknown, owner: "user" | "project"): LimitSettings {
  if (!isObject(written)) throw wrong(place, written, "an object of scopes, like session and global");
  const limits: LimitSetting[] = [];
  const thresholds: Partial<Record<ThresholdName, number>> = {};
  let timeZone: string | null = null;
  for (const [key, value] of Object.entries(written)) {
    const at = `${place}.${key}`;
    const scope = SCOPES.find((candidate) => candidate === key);
    const flatThreshold = FLAT_THRESHOLDS.get(key);
    if (scope !== undefined) limits.push(...parseScope(at, scope, value));
    else if (key === "thresholds") Object.assign(thresholds, parseThresholds(at, value));
    else if (key === "time_zone") timeZone = parseTimeZone(at, value);
    else if (flatThreshold !== undefined) thresholds[flatThreshold] = parseShare(at, value);
    else if (KINDS.has(key)) limits.push(parseLimit(at, { scope: flatScope(key), of: "*" }, key, value));
    else
      throw unknown(
        at,
        key,
        [...SECTION_KEYS, ...LIMIT_KEYS, ...FLAT_THRESHOLDS.keys()],
        [...SECTION_KEYS, ...SHOWN_KEYS],
      );
  }
  if (owner === "project") refuseRaising(place, limits, timeZone);
  return { limits, thresholds, timeZone };
}

/**
 * One limit by its name in a configuration: `tokens_per_hour` of a scope. For `allot limits set`. Throws like `parseLimits`.
 */
export function parseLimit(
  place: string,
  whose: Pick<LimitSetting, "scope" | "of">,
  key: string,
  value: unknown,
): LimitSetting {
  const kind = KINDS.get(key);
  if (kind === undefined) throw unknown(place, key, LIMIT_KEYS, SHOWN_KEYS);
  return { ...whose, ...kind, amount: parseAmount(place, kind.measure, value) };
}

/** `{ tokens_per_hour: … }` for each of the scope, `{ NAME: { … } }` for one, "*" for each. */
function parseScope(place: string, scope: LimitSetting["scope"], written: unknown): readonly LimitSetting[] {
  if (!isObject(written)) throw wrong(place, written, "an object of limits, or of names with their limits");
  return Object.entries(written).flatMap(([key, value]) => {
    const at = `${place}.${key}`;
    if (!isObject(value)) return [parseLimit(at, { scope, of: "*" }, key, value)];
    if (key === "") throw wrong(at, value, `limits under the name of a ${scope}, or under "*"`);
    if (scope === "global" && key !== "*") {
      throw new AllotError(
        "config-invalid",
        `${at} names one of all; global limits have no names, write them directly`,
      );
    }
    return Object.entries(value).map(([name, amount]) => parseLimit(`${at}.${name}`, { scope, of: key }, name, amount));
  });
}

function parseAmount(place: string, measure: LimitSetting["measure"], value: unknown): number | null {
  if (value === null || value === "none") return null;
  if (measure === "nanoUsd") {
    const usd = parseUsd(value);
    if (usd.ok) return Number(usd.value);
    throw wrong(place, value, `${usd.expected}, or none`);
  }
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  throw wrong(place, value, `a whole number of ${measure}, 0 or more, or none`);
}

function parseThresholds(place: string, written: unknown): LimitSettings["thresholds"] {
  if (!isObject(written)) throw wrong(place, written, `an object of shares: ${THRESHOLDS.join(", ")}`);
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => {
      const name = THRESHOLDS.find((candidate) => candidate === key) ?? FLAT_THRESHOLDS.get(key);
      if (name === undefined) throw unknown(`${place}.${key}`, key, THRESHOLDS, THRESHOLDS);
      return [name, parseShare(`${place}.${key}`, value)];
    }),
  );
}

/** A share of a limit in thousandths: 0.7 -> 700. Throws `config-invalid`. */
export function parseShare(place: string, value: unknown): number {
  const share = typeof value === "string" && /^[01]?\.?\d+$/.test(value) ? Number(value) : value;
  const permille = typeof share === "number" ? Math.round(share * 1000) : Number.NaN;
  if (typeof share === "number" && permille >= 1 && permille <= 1000 && Math.abs(share * 1000 - permille) < 1e-9) {
    return permille;
  }
  throw wrong(place, value, "a share from 0.001 to 1 with at most three decimals, like 0.8");
}

/** A zone's IANA name. Throws `config-invalid`. */
export function parseTimeZone(place: string, value: unknown): string {
  if (typeof value === "string") {
    try {
      // As written: the resolved name may be an older one, Asia/Calcutta for Asia/Kolkata.
      new Intl.DateTimeFormat("en-US", { timeZone: value });
      return value;
    } catch {
      const near = didYouMean(value, Intl.supportedValuesOf("timeZone"));
      throw wrong(place, value, `a time zone's name, like Europe/Berlin or UTC.${near}`);
    }
  }
  throw wrong(place, value, "a time zone's name, like Europe/Berlin or UTC");
}

function refuseRaising(place: string, limits: readonly LimitSetting[], timeZone: string | null): void {
  const theirs = "is the user's to state, not the project's: move it to the config.json in ALLOT_HOME";
  if (timeZone !== null) throw new AllotError("config-invalid", `${place}.time_zone ${theirs}`);
  const removed = limits.find(({ amount }) => amount === null);
  if (removed === undefined) return;
  const { scope, of } = removed;
  throw new AllotError("config-invalid", `${place}: taking a limit of ${scope} ${of} away ${theirs}`);
}

function flatScope(key: string): LimitSetting["scope"] {
  return key.endsWith("_per_month") ? "global" : "session";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(place: string, met: unknown, expected: string): AllotError {
  return new AllotError("config-invalid", `${place} is ${JSON.stringify(met) ?? String(met)}, expected ${expected}`);
}

function unknown(place: string, key: string, near: readonly string[], known: readonly string[]): AllotError {
  return new AllotError(
    "config-invalid",
    `${place} is not known.${didYouMean(key, near)} Known are ${known.join(", ")}`,
  );
}
