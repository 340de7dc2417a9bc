import { expect, test } from "vitest";
import type { LimitLine } from "../../../app/figures/limits-report.ts";
import { paint } from "../colour.ts";
import { statusLine, toldByClaude } from "./status-line.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const FORM = { paint: paint(false), now: NOW };

function limit(changes: Partial<LimitLine>): LimitLine {
  return {
    scope: "session",
    of: "a",
    caps: "*",
    name: "tokens/hour",
    window: "hour",
    measure: "tokens",
    limit: 100_000,
    used: 76_000,
    held: 0,
    left: 24_000,
    share: 0.76,
    level: "WARNING",
    resets_at: "2026-11-21T12:12:00.000Z",
    origin: "default",
    ...changes,
  } as LimitLine;
}

test("spend, level and what is left of the tightest limit stand in one line", () => {
  const limits = [limit({ share: 0.1, level: "NONE", name: "usd/day" }), limit({})];
  const told = toldByClaude('{"session_id":"a","cost":{"total_cost_usd":0.42}}');
  expect(statusLine(told, limits, FORM)).toBe("$0.42 · WARNING · 24.0% left of session tokens/hour, frees in 12 min");
});

test("a limit of everybody is told as one, and one that is far says not when it frees", () => {
  const limits = [limit({ scope: "global", share: 0.25, level: "NONE" })];
  expect(statusLine({ usd: 0 }, limits, FORM)).toBe("$0 · NONE · 75.0% left of all sessions' tokens/hour");
});

test("a plan's tightest window stands beside", () => {
  const told = toldByClaude(
    JSON.stringify({
      session_id: "a",
      rate_limits: {
        five_hour: { used_percentage: 81.5, resets_at: NOW / 1000 + 3600 },
        seven_day: { used_percentage: 20 },
      },
    }),
  );
  expect(statusLine(told, undefined, FORM)).toBe("allot · 18.5% left of the plan's 5 h, frees in 60 min");
});

test.each([
  "",
  "no JSON",
  "[]",
  "null",
  '{"session_id":5,"cost":{"total_cost_usd":"1"},"rate_limits":{"five_hour":7}}',
])("%j is a line all the same", (text) => {
  expect(statusLine(toldByClaude(text), undefined, FORM)).toBe("allot");
});
