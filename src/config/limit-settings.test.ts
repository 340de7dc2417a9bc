import { describe, expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import { defineConfig, ThrottleConfig } from "./define-config.ts";
import { parseLimits } from "./limit-settings.ts";
import { loadConfig } from "./load-config.ts";

const USER = "/home/ann/.allot/config.json";
const PROJECT = "/repo/allot.config.json";

function refusal(written: unknown, owner: "user" | "project" = "user"): string {
  try {
    parseLimits("F: limits", written, owner);
  } catch (error) {
    if (isAllotError(error, "config-invalid")) return error.message;
    throw error;
  }
  return "accepted";
}

describe("limits in a configuration", () => {
  test("cap each of a scope under * or directly, and one by name", () => {
    const written = {
      session: { "*": { tokens_per_hour: 50_000, usd_per_day: 25 }, background: { requests_per_hour: 10 } },
      global: { usd_per_month: "$400.50" },
      model: { tokens_per_5h: 7 },
    };
    expect(parseLimits("F: limits", written, "user").limits).toEqual([
      { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 50_000 },
      { scope: "session", of: "*", window: "day", measure: "nanoUsd", amount: 25_000_000_000 },
      { scope: "session", of: "background", window: "hour", measure: "requests", amount: 10 },
      { scope: "global", of: "*", window: "month", measure: "nanoUsd", amount: 400_500_000_000 },
      { scope: "model", of: "*", window: "5h", measure: "tokens", amount: 7 },
    ]);
  });

  test("take the guide's names: sessions' hours and days, the month of all, thresholds", () => {
    const fields = new ThrottleConfig({
      tokens_per_hour: 100_000,
      tokens_per_day: 500_000,
      cost_per_hour: 2.5,
      cost_per_day: 25.0,
      cost_per_month: 100,
      warning_threshold: 0.7,
      soft_threshold: 0.8,
      hard_threshold: 0.9,
    });
    expect(parseLimits("F: limits", fields, "user")).toEqual({
      limits: [
        { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000 },
        { scope: "session", of: "*", window: "day", measure: "tokens", amount: 500_000 },
        { scope: "session", of: "*", window: "hour", measure: "nanoUsd", amount: 2_500_000_000 },
        { scope: "session", of: "*", window: "day", measure: "nanoUsd", amount: 25_000_000_000 },
        { scope: "global", of: "*", window: "month", measure: "nanoUsd", amount: 100_000_000_000 },
      ],
      thresholds: { warning: 700, soft: 800, hard: 900 },
      timeZone: null,
    });
  });

  test("take none for no limit, a total that never ends, thresholds and the zone", () => {
    const written = {
      session: { tokens_per_day: null, usd_per_day: "none" },
      project: { shop: { usd_total: "0.000000001" } },
      thresholds: { soft: 0.755, critical: "0.99" },
      time_zone: "Europe/Berlin",
    };
    expect(parseLimits("F: limits", written, "user")).toEqual({
      limits: [
        { scope: "session", of: "*", window: "day", measure: "tokens", amount: null },
        { scope: "session", of: "*", window: "day", measure: "nanoUsd", amount: null },
        { scope: "project", of: "shop", window: "ever", measure: "nanoUsd", amount: 1 },
      ],
      thresholds: { soft: 755, critical: 990 },
      timeZone: "Europe/Berlin",
    });
  });

  test.each<[unknown, string]>([
    [5, "F: limits is 5, expected an object of scopes, like session and global"],
    [{ sesion: {} }, "F: limits.sesion is not known. Did you mean session? Known are session, run, key, project"],
    [
      { session: { "*": { tokens_per_huor: 1 } } },
      "F: limits.session.*.tokens_per_huor is not known. Did you mean tokens_per_hour",
    ],
    [
      { session: { tokens_per_hour: 1.5 } },
      "F: limits.session.tokens_per_hour is 1.5, expected a whole number of tokens, 0 or more, or none",
    ],
    [
      { session: { bg: { usd_per_day: -3 } } },
      "F: limits.session.bg.usd_per_day is -3, expected dollars from 0 to 999999, like 5 or 0.50, or none",
    ],
    [
      { thresholds: { soft: 80 } },
      "F: limits.thresholds.soft is 80, expected a share from 0.001 to 1 with at most three decimals, like 0.8",
    ],
    [{ thresholds: { sft: 0.8 } }, "F: limits.thresholds.sft is not known. Did you mean soft?"],
    [{ time_zone: "Europe/Berlni" }, 'F: limits.time_zone is "Europe/Berlni", expected a time zone\'s name'],
    [{ global: { a: { usd_per_day: 1 } } }, "F: limits.global.a names one of all; global limits have no names"],
    [{ session: [1] }, "F: limits.session is [1], expected an object of limits, or of names with their limits"],
  ])("that are wrong are refused with the place, the value and what is right: %j", (written, message) => {
    expect(refusal(written)).toContain(message);
  });

  test("of a project take no limit away and do not move the month", () => {
    expect(refusal({ session: { tokens_per_day: null } }, "project")).toBe(
      "F: limits: taking a limit of session * away is the user's to state, not the project's: move it to the config.json in ALLOT_HOME",
    );
    expect(refusal({ time_zone: "UTC" }, "project")).toContain("limits.time_zone is the user's to state");
    expect(refusal({ session: { tokens_per_day: 5 } }, "project")).toBe("accepted");
  });
});

test("limits are read from both files and from the program, the project's kept apart", () => {
  const files: Readonly<Record<string, string>> = {
    [USER]: '{"limits": {"session": {"tokens_per_hour": 10}, "thresholds": {"soft": 0.5}}}',
    [PROJECT]: '{"limits": {"session": {"tokens_per_hour": 5}}}',
  };
  const program = defineConfig({ limits: { session: { tokens_per_hour: 20 } }, concurrency: 7 });
  const sources = { flags: {}, env: {}, cwd: "/repo", home: "/home/ann" };
  const config = loadConfig({ ...sources, readFile: (path) => files[path], program });
  const limit = { scope: "session", of: "*", window: "hour", measure: "tokens" };
  expect(config.limits).toEqual({
    user: {
      limits: [
        { ...limit, amount: 10 },
        { ...limit, amount: 20 },
      ],
      thresholds: { soft: 500 },
      timeZone: null,
    },
    project: { limits: [{ ...limit, amount: 5 }], thresholds: {}, timeZone: null },
  });
  expect(Object.isFrozen(config.limits.user.limits[0])).toBe(true);
  expect([config.settings.concurrency, config.origins.concurrency]).toEqual([
    7,
    { kind: "program", name: "defineConfig" },
  ]);
});

test("a program's limits are typed as a file's are: of each, of one by name, the guide's names, thresholds", () => {
  const config = defineConfig({
    limit_usd: 2,
    limits: {
      session: { tokens_per_hour: 5, background: { usd_per_day: "2.50", requests_total: null } },
      global: { usd_per_month: 100 },
      cost_per_hour: 3,
      hard_threshold: 0.85,
      time_zone: "Asia/Kolkata",
    },
  });
  expect(parseLimits("F: limits", config.limits, "user")).toEqual({
    limits: [
      { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 5 },
      { scope: "session", of: "background", window: "day", measure: "nanoUsd", amount: 2_500_000_000 },
      { scope: "session", of: "background", window: "ever", measure: "requests", amount: null },
      { scope: "global", of: "*", window: "month", measure: "nanoUsd", amount: 100_000_000_000 },
      { scope: "session", of: "*", window: "hour", measure: "nanoUsd", amount: 3_000_000_000 },
    ],
    thresholds: { hard: 850 },
    timeZone: "Asia/Kolkata",
  });
});

test("an unknown key of a program is refused like a file's", () => {
  const program = { limts: {} } as object;
  const load = (): unknown =>
    loadConfig({ flags: {}, env: {}, cwd: "/repo", home: "/h", readFile: () => undefined, program });
  expect(load).toThrow("defineConfig: limts is not an option. Did you mean limits");
});
