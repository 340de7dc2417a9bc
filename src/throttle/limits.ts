import { fromUsd } from "../foundation/units.ts";
import { DEFAULT_THRESHOLDS } from "./levels.ts";
import { SCOPES, type Limit, type LimitSet, type Scope } from "./throttle.ts";

/** Source: the guide's "Limits (Default)". */
export const DEFAULT_LIMITS: LimitSet = {
  limits: [
    { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000 },
    { scope: "session", of: "*", window: "day", measure: "tokens", amount: 1_000_000 },
    { scope: "session", of: "*", window: "hour", measure: "nanoUsd", amount: fromUsd(5) },
    { scope: "session", of: "*", window: "day", measure: "nanoUsd", amount: fromUsd(50) },
    { scope: "global", of: "*", window: "hour", measure: "tokens", amount: 500_000 },
    { scope: "global", of: "*", window: "day", measure: "tokens", amount: 5_000_000 },
    { scope: "global", of: "*", window: "month", measure: "nanoUsd", amount: fromUsd(1000) },
  ],
  thresholds: DEFAULT_THRESHOLDS,
  timeZone: "UTC",
};

/** "session:my_session"; "global:" for all. */
export function scopeKey(scope: Scope, name: string): string {
  return `${scope}:${scope === "global" ? "" : name}`;
}

/** The two halves of a scope key; undefined where it is none. */
export function parseScopeKey(key: string): { scope: Scope; name: string } | undefined {
  const colon = key.indexOf(":");
  const scope = SCOPES.find((candidate) => candidate === key.slice(0, colon));
  return colon < 0 || scope === undefined ? undefined : { scope, name: key.slice(colon + 1) };
}

/** A limit with the one it applies to. */
export interface AppliedLimit {
  readonly limit: Limit;
  readonly scopeKey: string;
}

/** All limits under which somebody with these scope keys falls; a named limit stands in for "*" of its window and measure. Pure. */
export function limitsFor(set: LimitSet, scopeKeys: readonly string[]): readonly AppliedLimit[] {
  return [...new Set(scopeKeys)].flatMap((key) => {
    const parsed = parseScopeKey(key);
    if (parsed === undefined) return [];
    const own = set.limits.filter((limit) => limit.scope === parsed.scope && isNamed(limit, parsed.name));
    const general = set.limits.filter(
      (limit) => limit.scope === parsed.scope && limit.of === "*" && !own.some((named) => sameKind(named, limit)),
    );
    return [...own, ...general].map((limit) => ({ limit, scopeKey: key }));
  });
}

function isNamed(limit: Limit, name: string): boolean {
  return limit.of !== "*" && limit.of === name;
}

function sameKind(a: Limit, b: Limit): boolean {
  return a.window === b.window && a.measure === b.measure;
}

const MEASURE_NAMES = { tokens: "tokens", nanoUsd: "usd", requests: "requests" } as const;

/** "session tokens/hour", "session:background usd/day", "global usd/month". */
export function limitName(limit: Limit): string {
  const who = limit.of === "*" ? limit.scope : `${limit.scope}:${limit.of}`;
  return `${who} ${MEASURE_NAMES[limit.measure]}/${limit.window}`;
}
