import { describe, expect, test } from "vitest";
import { NO_LIMIT_SETTINGS, parseLimits } from "../config/limit-settings.ts";
import { DEFAULT_LIMITS, limitName, limitSetOf, limitsFor, parseScopeKey } from "./limits.ts";
import type { LimitSet } from "./throttle.ts";

function setOf(user: unknown, project: unknown = {}): LimitSet {
  return limitSetOf({ user: parseLimits("u", user, "user"), project: parseLimits("p", project, "project") });
}

/** "name: amount" of what applies, in tokens an hour only. */
function tokensOf(set: LimitSet, session: string): readonly number[] {
  return limitsFor(set, [`session:${session}`])
    .filter(({ limit }) => limit.window === "hour" && limit.measure === "tokens")
    .map(({ limit }) => limit.amount);
}

describe("limits", () => {
  test("by default are the guide's", () => {
    const applied = limitsFor(DEFAULT_LIMITS, ["session:my_session", "global:"]);
    expect(applied.map(({ limit, scopeKey }) => [scopeKey, limitName(limit), limit.amount])).toEqual([
      ["session:my_session", "session tokens/hour", 100_000],
      ["session:my_session", "session tokens/day", 1_000_000],
      ["session:my_session", "session usd/hour", 5_000_000_000],
      ["session:my_session", "session usd/day", 50_000_000_000],
      ["global:", "global tokens/hour", 500_000],
      ["global:", "global tokens/day", 5_000_000],
      ["global:", "global usd/month", 1_000_000_000_000],
    ]);
    expect(limitSetOf({ user: NO_LIMIT_SETTINGS, project: NO_LIMIT_SETTINGS })).toEqual(DEFAULT_LIMITS);
  });

  test("of a name stand in for those of each, for their own window and measure only", () => {
    const set = setOf({ session: { "*": { tokens_per_hour: 10 }, bg: { tokens_per_hour: 99 } } });
    expect([tokensOf(set, "bg"), tokensOf(set, "other")]).toEqual([[99], [10]]);
    expect(limitsFor(set, ["session:bg"]).map(({ limit }) => limitName(limit))).toEqual([
      "session:bg tokens/hour",
      "session tokens/day",
      "session usd/hour",
      "session usd/day",
    ]);
  });

  test("are taken away by none: a default for all, or for one name", () => {
    const set = setOf({ session: { premium: { tokens_per_hour: null } }, global: { usd_per_month: null } });
    expect([tokensOf(set, "premium"), tokensOf(set, "other")]).toEqual([[], [100_000]]);
    expect(limitsFor(set, ["global:"]).map(({ limit }) => limitName(limit))).toEqual([
      "global tokens/hour",
      "global tokens/day",
    ]);
  });

  test("count once where a scope key is given twice, and for names with colons in them", () => {
    expect(limitsFor(DEFAULT_LIMITS, ["session:a:b", "session:a:b"])).toHaveLength(4);
    expect(parseScopeKey("session:a:b")).toEqual({ scope: "session", name: "a:b" });
    expect([parseScopeKey("nobody:a"), parseScopeKey("session")]).toEqual([undefined, undefined]);
  });
});

describe("a project's file", () => {
  const everybodyAt = (amount: number): unknown => ({ session: { tokens_per_hour: amount } });

  test("lowers a limit and does not raise it", () => {
    expect(tokensOf(setOf({}, everybodyAt(50)), "a")).toEqual([50]);
    expect(tokensOf(setOf({}, everybodyAt(900_000)), "a")).toEqual([100_000]);
    expect(tokensOf(setOf(everybodyAt(40), everybodyAt(50)), "a")).toEqual([40]);
  });

  test("lowers those of a name with everybody's", () => {
    const user = { session: { bg: { tokens_per_hour: 900 }, free: { tokens_per_hour: "none" } } };
    const set = setOf(user, everybodyAt(50));
    expect([tokensOf(set, "bg"), tokensOf(set, "free"), tokensOf(set, "a")]).toEqual([[50], [50], [50]]);
  });

  test("does not raise by a name what everybody's limit is", () => {
    const set = setOf(everybodyAt(100), { session: { bg: { tokens_per_hour: 500 }, ui: { tokens_per_hour: 5 } } });
    expect([tokensOf(set, "bg"), tokensOf(set, "ui"), tokensOf(set, "a")]).toEqual([[100], [5], [100]]);
  });

  test("may add a limit where there is none, and lower the thresholds", () => {
    const project = { model: { "claude-opus-4-1": { requests_per_day: 3 } }, thresholds: { soft: 0.75, critical: 1 } };
    const set = setOf({}, project);
    expect(limitsFor(set, ["model:claude-opus-4-1"]).map(({ limit }) => limit.amount)).toEqual([3]);
    expect(set.thresholds).toEqual({ warning: 700, soft: 750, hard: 900, critical: 950 });
  });
});

test("thresholds that do not rise are refused, whoever stated which", () => {
  expect(() => setOf({ thresholds: { hard: 0.5 } })).toThrow(
    "limits.thresholds are warning 0.7, soft 0.8, hard 0.5, critical 0.95; none may be below the one before it",
  );
  expect(setOf({ thresholds: { warning: 0.8 }, time_zone: "Asia/Kolkata" })).toMatchObject({
    thresholds: { warning: 800, soft: 800 },
    timeZone: "Asia/Kolkata",
  });
});
