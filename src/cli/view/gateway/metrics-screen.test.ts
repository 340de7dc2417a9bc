import { expect, test } from "vitest";
import { allDelegations, type DelegationSums } from "../../../dispatch/traces/delegation-figures.ts";
import { displayWidth } from "../../../foundation/table.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import { paint } from "../colour.ts";
import { type DelegationReport, metricsJson, metricsScreen } from "./metrics-screen.ts";

const USD = 1_000_000_000;

const CODING: DelegationSums = {
  group: "coding",
  requests: 100,
  answered: 95,
  failed: 3,
  refused: 1,
  fellBack: 19,
  cached: 5,
  attempts: 130,
  durationMs: 1_140_000,
  inputTokens: 300_000,
  cacheReadTokens: 100_000,
  outputTokens: 80_000,
  reasoningTokens: 9_000,
  cost: nanoUsd(4_950_000_000),
};
const UNKNOWN: DelegationSums = { ...allDelegations([]), group: "", requests: 1, refused: 1 };

function report(changes: Partial<DelegationReport> = {}): DelegationReport {
  return {
    by: "task",
    since: Date.parse("2026-03-10T12:00:00Z"),
    until: Date.parse("2026-03-11T12:00:00Z"),
    rows: [CODING, UNKNOWN],
    total: allDelegations([CODING, UNKNOWN]),
    grok: undefined,
    byHandMs: 59_000,
    budget: {
      timeZone: "UTC",
      from: Date.parse("2026-03-01"),
      until: Date.parse("2026-04-01"),
      limit: nanoUsd(200 * USD),
      spent: nanoUsd(80 * USD),
      held: nanoUsd(10 * USD),
      forecast: nanoUsd(230 * USD),
      paceDays: 7,
    },
    ...changes,
  };
}

const form = (columns: number) => ({ paint: paint(false), columns, program: "allot" });

test("the seeds' figures stand in a row for each kind of task, the month's budget and the method below", () => {
  expect(metricsScreen(report(), form(120))).toEqual([
    "delegations, 2026-03-10 12:00 to 2026-03-11 12:00 UTC",
    "",
    "task    requests  success  avg time  out/in   each   cost  fell back  cached  time saved",
    "coding       100    96.9%    12.0 s   0.200  $0.05  $4.95      20.0%       5      75 min",
    "(none)         1        -         -       -      -     $0          -       0         0 s",
    "all          101    96.9%    12.0 s   0.200  $0.05  $4.95      20.0%       5      75 min",
    "",
    "Budget of 2026-03: $80.00 of $200.00 spent, $10.00 held",
    "██████████████████░░░░░░░░░░░░░░░░░░░░░░ 45.0%",
    "forecast: $230.00 ($30.00 over), at the pace of the last 7 days; the month ends in UTC at 2026-04-01 00:00 UTC",
    "",
    "of all requests: 3 failed, 2 refused by limits, 1 left or rejected",
    "success: answered of answered and failed; each: all cost by requests that were tried",
    "time saved is reckoned, not measured: each answered request against 59 s by hand (--by-hand says another)",
  ]);
});

test("where nothing was delegated that is said, and the budget still shown", () => {
  const lines = metricsScreen(report({ rows: [], total: allDelegations([]) }), form(100));
  expect(lines[2]).toBe("nothing was delegated; requests through allot serve and createClient are counted here");
  expect(lines[4]).toBe("Budget of 2026-03: $80.00 of $200.00 spent, $10.00 held");
});

test("without a limit the month's spend and its forecast are shown, and how to set one", () => {
  const { budget } = report();
  const lines = metricsScreen(report({ budget: { ...budget, limit: null } }), form(120));
  expect(lines).toContain("Budget of 2026-03: none; $80.00 spent, forecast $230.00 at the pace of the last 7 days");
  expect(lines).toContain("allot limits set global usd/month 200 sets one");
});

test("no line is wider than the terminal, and names cannot move its cursor", () => {
  const rows = [CODING, { ...CODING, group: `\u001b[2J${"x".repeat(300)}` }];
  for (const columns of [40, 60, 80, 100, 120]) {
    const lines = metricsScreen(report({ rows, by: "model" }), form(columns));
    expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
    expect(lines.join("")).not.toMatch(/\p{Cc}/u);
  }
});

test("programs get the seeds' names: rates from 0 to 1, seconds and dollars", () => {
  const json = metricsJson(report({ grok: { ...CODING, answered: 3, failed: 1 } }));
  expect(json.delegation_metrics).toEqual({
    grok_success_rate: 0.75,
    success_rate: 95 / 98,
    average_response_time: 12,
    token_efficiency: 0.2,
    cost_per_delegation: 0.05,
    fallback_usage: 0.2,
    time_saved: 4465,
  });
  expect(json.rows[0]).toMatchObject({ name: "coding", requests: 100, success_rate: 95 / 98, cost_usd: 4.95 });
  expect(json.rows[1]).toMatchObject({ name: "", success_rate: null, cost_per_delegation: null });
  expect(json.budget).toEqual({
    month: "2026-03",
    time_zone: "UTC",
    ends_at: "2026-04-01T00:00:00.000Z",
    limit_usd: 200,
    spent_usd: 80,
    held_usd: 10,
    share: 0.45,
    forecast_usd: 230,
    forecast_from_days: 7,
  });
  expect(metricsJson(report()).delegation_metrics.grok_success_rate).toBe(null);
});
