import type { Config } from "../config/config.ts";
import { AllotError } from "../foundation/errors.ts";
import { fromUsd } from "../foundation/units.ts";
import { DEFAULT_THRESHOLDS } from "./levels.ts";
import { SCOPES, type Limit, type LimitSet, type Scope, type Thresholds } from "./throttle.ts";

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

/** Stands for "no limit" under the name of somebody whom "*" would cap. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** All limits under which somebody with these scope keys falls; a named limit stands in for "*" of its window and measure. Pure. */
export function limitsFor(set: LimitSet, scopeKeys: readonly string[]): readonly AppliedLimit[] {
  return [...new Set(scopeKeys)].flatMap((key) => {
    const parsed = parseScopeKey(key);
    if (parsed === undefined) return [];
    const ofScope = set.limits.filter(({ scope }) => scope === parsed.scope);
    const own = ofScope.filter(({ of }) => of !== "*" && of === parsed.name);
    const general = ofScope.filter((limit) => limit.of === "*" && !own.some((named) => isSameKind(named, limit)));
    return [...own, ...general].filter(({ amount }) => amount !== UNLIMITED).map((limit) => ({ limit, scopeKey: key }));
  });
}

/**
 * What caps whom by defaults and configuration. The user's limits stand in for defaults of the same scope, name, window
 * and measure; the project's, which may be a stranger's, only ever lower what the user's amount to.
 *
 * Pure. Throws `config-invalid` where the thresholds do not rise.
 */
export function limitSetOf({ user, project }: Config["limits"], defaults: LimitSet = DEFAULT_LIMITS): LimitSet {
  const limits = new Map(defaults.limits.map((limit) => [limitId(limit), limit]));
  for (const { amount, ...limit } of user.limits) {
    if (amount === null && limit.of === "*") limits.delete(limitId(limit));
    else limits.set(limitId(limit), { ...limit, amount: amount ?? UNLIMITED });
  }
  for (const { amount, ...limit } of project.limits) if (amount !== null) lower(limits, { ...limit, amount });
  const thresholds = { ...defaults.thresholds, ...user.thresholds };
  for (const name of THRESHOLD_NAMES) {
    thresholds[name] = Math.min(thresholds[name], project.thresholds[name] ?? Number.POSITIVE_INFINITY);
  }
  checkRising(thresholds);
  return { limits: [...limits.values()], thresholds, timeZone: user.timeZone ?? defaults.timeZone };
}

const THRESHOLD_NAMES = ["warning", "soft", "hard", "critical"] as const;

/** A lower "*" lowers everybody's, named ones too; a lower named one starts from what "*" would give it. */
function lower(limits: Map<string, Limit>, limit: Limit): void {
  const atMost = (known: Limit): void => {
    limits.set(limitId(known), { ...known, amount: Math.min(known.amount, limit.amount) });
  };
  const same = [...limits.values()].filter((known) => known.scope === limit.scope && isSameKind(known, limit));
  const general = same.find(({ of }) => of === "*");
  if (limit.of === "*") same.forEach(atMost);
  atMost(same.find(({ of }) => of === limit.of) ?? { ...limit, amount: general?.amount ?? limit.amount });
}

function checkRising(thresholds: Thresholds): void {
  const values = THRESHOLD_NAMES.map((name) => thresholds[name]);
  if (values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))) return;
  const met = THRESHOLD_NAMES.map((name) => `${name} ${thresholds[name] / 1000}`).join(", ");
  throw new AllotError("config-invalid", `limits.thresholds are ${met}; none may be below the one before it`);
}

/** "session:*:hour:tokens": one for each scope, name, window and measure. */
function limitId({ scope, of, window, measure }: Omit<Limit, "amount">): string {
  return `${scope}:${of}:${window}:${measure}`;
}

function isSameKind(a: Pick<Limit, "window" | "measure">, b: Pick<Limit, "window" | "measure">): boolean {
  return a.window === b.window && a.measure === b.measure;
}

const MEASURE_NAMES = { tokens: "tokens", nanoUsd: "usd", requests: "requests" } as const;

/** "session tokens/hour", "session:background usd/day", "global usd/month". */
export function limitName(limit: Limit): string {
  const who = limit.of === "*" ? limit.scope : `${limit.scope}:${limit.of}`;
  return `${who} ${MEASURE_NAMES[limit.measure]}/${limit.window}`;
}

/** Whose limit it is, and which: "session:my_session tokens/hour", "global: usd/month". What follows the key has no space. */
export function limitLabel({ limit, scopeKey: key }: { readonly limit: Limit; readonly scopeKey: string }): string {
  return `${key} ${MEASURE_NAMES[limit.measure]}/${limit.window}`;
}
