import { expect, test } from "vitest";
import { sampleAttempt, sampleFallback, sampleTrace, SONNET } from "../../../../test/support/sample-trace.ts";
import { displayWidth } from "../../../foundation/table.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import { paint } from "../colour.ts";
import { traceList } from "./trace-list.ts";
import { traceScreen } from "./trace-screen.ts";

const form = (columns: number) => ({ paint: paint(false), columns });

test("a request that fell back shows who was asked, why not, who served, and each attempt in a line", () => {
  expect(traceScreen({ trace: sampleFallback({ heldMs: 500 }), source: "trace" }, form(120))).toEqual([
    "req-2 answered (200) in 4.0 s by openai/gpt-5-mini, asked for claude-sonnet-4-5",
    "2026-03-10 12:00:30 UTC; gateway, anthropic-messages; claude-code; session default; task coding; streamed",
    "fell back: anthropic/claude-sonnet-4-5 is rate-limited",
    "",
    "#  asked                        waited  first byte   took  status  outcome        in  cached  out  reasoning    cost",
    "1  anthropic/claude-sonnet-4-5                      1.0 s     429  rate-limit",
    "2  openai/gpt-5-mini            500 ms      300 ms  2.5 s     200  answered    1,000       0  200          0  $0.004",
    "  1: provider-rate-limited: too many requests",
    "",
    "1,000 in, 200 out; $0.004 for all attempts; held up for 500 ms; first byte after 3.0 s",
  ]);
});

test("tokens are shown with those of caches and reasoning", () => {
  expect(traceScreen({ trace: sampleTrace(), source: "trace" }, form(120)).at(-1)).toBe(
    "1,600 in (500 cached, 100 written to the cache), 400 out (50 reasoning); $0.01; first byte after 310 ms",
  );
});

test("a refusal says which limit, and shows no table", () => {
  const {
    served: _,
    usage: __,
    firstByteMs: ___,
    ...bare
  } = sampleTrace({ attempts: [], cost: nanoUsd(0), tookMs: 3 });
  const trace = { ...bare, outcome: "refused", status: 429, code: "limit-reached", message: "$5.00 an hour" } as const;
  expect(traceScreen({ trace, source: "trace" }, form(120))).toEqual([
    "req-1 refused (429) in 3 ms, asked for claude-sonnet-4-5",
    "2026-03-10 12:00:30 UTC; gateway, anthropic-messages; claude-code; session default; task coding; streamed",
    "limit-reached: $5.00 an hour",
    "",
    "$0",
  ]);
});

test("the same fault of several attempts is told once", () => {
  const fault = sampleAttempt({ outcome: "overload", code: "provider-overloaded", message: "busy" });
  const attempts = [fault, { ...fault, number: 2 }, sampleAttempt({ number: 3 })];
  const lines = traceScreen({ trace: sampleTrace({ attempts }), source: "trace" }, form(100));
  expect(lines.filter((line) => line.includes("busy"))).toEqual(["  1, 2: provider-overloaded: busy"]);
});

test("what comes out of the ledger says what is not known", () => {
  const lines = traceScreen({ trace: sampleTrace({ tookMs: 0, status: 0 }), source: "ledger" }, form(100));
  expect(lines[0]).toBe("req-1 answered by anthropic/claude-sonnet-4-5");
  expect(lines.at(-1)).toBe("from the ledger: waits, and attempts that cost nothing, are not kept there");
});

test("no screen is wider than the terminal, and what clients chose cannot move its cursor", () => {
  const evil = "\u001b[2Jclear\u001b]0;title\u0007\n\r\u202eback";
  const trace = sampleFallback({ agent: evil, session: evil, requestedModel: evil.repeat(9), fellBackWhy: evil });
  for (const columns of [60, 80, 100, 120]) {
    const lines = [...traceScreen({ trace, source: "trace" }, form(columns)), ...traceList([trace], form(columns))];
    expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
    expect(lines.join("")).not.toMatch(/[\p{Cc}\u202e]/u);
  }
});

test("the list has a line a request: when, which, who, what for whom, how, how long, how often, how dear", () => {
  const failed = sampleTrace({ id: "req-3", outcome: "failed", attempts: [sampleAttempt(), sampleAttempt()] });
  const traces = [sampleFallback(), sampleTrace({ cached: true, attempts: [] }), failed];
  expect(traceList(traces, form(110))).toEqual([
    "at (UTC)        request  who          model                           outcome    took  tries    cost",
    "03-10 12:00:30  req-2    claude-code  claude-sonnet-4-5 → gpt-5-mini  answered  4.0 s      2  $0.004",
    "03-10 12:00:30  req-1    claude-code  claude-sonnet-4-5               cached    2.0 s          $0.01",
    "03-10 12:00:30  req-3    claude-code  claude-sonnet-4-5               failed    2.0 s      2   $0.01",
  ]);
});

test("on a narrow screen ids stay whole", () => {
  const trace = sampleTrace({ id: "req-mi8v2k1x0c7f-123456", served: SONNET });
  expect(traceList([trace], form(60))[1]).toContain("req-mi8v2k1x0c7f-123456");
});
