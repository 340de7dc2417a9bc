import { expect, test } from "vitest";
import type { TightLimit } from "../../../app/work/work-limits.ts";
import { displayWidth } from "../../../foundation/table.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import type { WorkPlan, WorkResult } from "../../../tasks/work.ts";
import { paint } from "../colour.ts";
import { durationText } from "./duration.ts";
import { tightLimitText } from "./limit-text.ts";
import { paintMarkdown } from "./paint-markdown.ts";
import { workPlanLine, workPlanScreen } from "./work-plan-screen.ts";
import { progressFrame, progressLine } from "./work-progress.ts";
import { workResultJson } from "./work-json.ts";
import { workResultScreen } from "./work-result-screen.ts";

const PLAIN = paint(false);
const PIECE = {
  path: "shop/core.py",
  module: "shop.core",
  start: 0,
  end: 90,
  firstLine: 1,
  lastLine: 9,
  border: "file",
} as const;

function planOf(target: WorkPlan["spec"]["target"], cached = false): WorkPlan {
  const chunk = {
    id: "0123456789abcdef",
    index: 0,
    part: "critical",
    pieces: [PIECE],
    tokens: 3000,
    o200k: 2143,
    text: "x",
  } as const;
  return {
    id: "w1",
    system: "",
    spec: {
      kind: "analyze",
      repo: "/repo/shop",
      target,
      context: "full",
      aspects: [],
      style: null,
      variant: null,
      model: { provider: "xai", name: "grok-4.7" },
      strategy: {
        kind: "analyze",
        maxTokens: 6000,
        timeoutMs: 60_000,
        include: ["metadata"],
        maxOutputTokens: 1500,
        manualMinutes: 20,
      },
      cacheTtlMs: 3_600_000,
    },
    parts: [{ key: "k", index: 0, chunk, context: "", covers: [PIECE], modules: ["shop.core"], cached }],
    reduce: [],
    leftOut: [{ path: "yarn.lock", bytes: 10, reason: "lock-file", detail: "by its name" }],
    estimate: {
      calls: cached ? 0 : 1,
      cachedCalls: cached ? 1 : 0,
      inputTokens: 3400,
      outputTokens: 500,
      expected: nanoUsd(12_000_000),
      worst: nanoUsd(40_000_000),
      expectedMs: 75_000,
      model: "xai/grok-4.7",
      fallback: ["anthropic/claude-sonnet-5-5"],
    },
  };
}

const RESULT: WorkResult = {
  id: "w1",
  kind: "analyze",
  complete: false,
  problems: ["1 part was not read"],
  text: "# Analysis\n",
  findings: [
    { title: "Odd", detail: "", severity: "low", aspect: null, place: null, by: "model", rule: null },
    {
      title: "Loops in loops",
      detail: "",
      severity: "high",
      aspect: "performance",
      place: { path: "shop/core.py", firstLine: 3, lastLine: 5 },
      by: "allot-rules",
      rule: "loops",
    },
  ],
  read: [PIECE],
  notRead: [{ ...PIECE, path: "shop/pay.py", start: 40, firstLine: 4, reason: "xAI cannot be reached" }],
  leftOut: [],
  cost: nanoUsd(2_500_000),
  calls: 2,
  cachedCalls: 1,
  tokens: { input: 5000, output: 300 },
  durationMs: 4200,
  servedBy: { "xai/grok-4.7": 2 },
};

const TIGHT: TightLimit = {
  name: "tokens/hour",
  scope: "session",
  of: "dev",
  measure: "tokens",
  limit: 100_000,
  room: 62_000,
  needed: 203_000,
};

test("a limit that the work runs into is told with what is left and what can be done", () => {
  expect(tightLimitText(TIGHT)).toBe(
    "session dev tokens/hour is 100,000, with room for 62,000; this needs about 203,000. It will stop there as incomplete, and the same command goes on when there is room; `allot limits set session tokens/hour AMOUNT` gives more.",
  );
});

test("a plan says what is read, asked, paid, how long it takes, who answers and who may stand in", () => {
  const screen = workPlanScreen(
    [planOf({ by: "modules", names: ["shop.core"] })],
    { why: "the command is Grok's", limits: [] },
    {
      paint: PLAIN,
      columns: 100,
    },
  );
  expect(screen.split("\n")).toEqual([
    "analyze  shop.core",
    "",
    "  reads  1 file in 1 part of at most 6,000 tokens, 3,400 tokens in",
    "  asks   1 call",
    "  model  xai/grok-4.7; may stand in: anthropic/claude-sonnet-5-5",
    "         the command is Grok's",
    "  price  $0.012 expected, $0.04 at worst",
    "  time   about 1 min 15 s",
    "",
    "     tokens  filled    files",
    "  1   3,000  ████░░░░  shop/core.py",
    "",
    "  Left out: 1 lock-file.",
    "",
  ]);
});

test("plans of several modules are summed, and what is kept is told", () => {
  const plans = [planOf({ by: "modules", names: ["a"] }), planOf({ by: "modules", names: ["b"] }, true)];
  expect(workPlanLine(plans)).toBe(
    "plan: analyze a, b: 2 parts, 6,800 tokens, 1 call (1 kept) to xai/grok-4.7, else anthropic/claude-sonnet-5-5, $0.024 expected, $0.08 at worst, about 2 min 30 s",
  );
});

test.each([60, 100, 130])("every screen fits into %i columns", (columns) => {
  const long = planOf({
    by: "paths",
    paths: Array.from({ length: 9 }, (_, index) => `some/long/folder/file-${index}.ts`),
  });
  const form = { paint: PLAIN, columns };
  const progress = { done: 3, parts: 12, cost: nanoUsd(5_000_000), etaMs: 42_000, current: "some/long/folder/file.ts" };
  const lines = [
    ...workPlanScreen([long], { why: "why", limits: [TIGHT] }, form).split("\n"),
    ...workResultScreen([RESULT], ["allot-secrets: ran, 9 files"], form).split("\n"),
    ...progressFrame(progress, PLAIN, columns, 3).split("\n"),
    ...paintMarkdown(`- ${"a word ".repeat(40)}`, PLAIN, columns).split("\n"),
  ];
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
});

test("a result names findings with places, the worst first, what was not read with the reason, and the cost", () => {
  expect(workResultScreen([RESULT], ["bandit: missing"], { paint: PLAIN, columns: 120 }).split("\n")).toEqual([
    "Findings",
    "  high  shop/core.py:3-5  Loops in loops  allot-rules",
    "  low   unplaced          Odd",
    "",
    "Scanners: bandit: missing.",
    "Read: 1 file, 1 piece.",
    "Cost: $0.0025 in 2 calls, 1 kept from before; 5,000 in + 300 out tokens, 4.2 s; answered by xai/grok-4.7 (2).",
    "",
    "Not read: 1 piece",
    "  shop/pay.py:4-9: xAI cannot be reached",
    "",
  ]);
});

test("several results for programs are summed, and complete only if all are", () => {
  const whole = { ...RESULT, complete: true };
  const plans = [planOf({ by: "codebase" }), planOf({ by: "codebase" })];
  expect(workResultJson(plans, [whole, RESULT], ["/docs/a.md", "/docs/b.md"], "")).toMatchObject({
    complete: false,
    calls: 4,
    costNanoUsd: 5_000_000,
    works: [{ output: "/docs/a.md", complete: true }, { output: "/docs/b.md" }],
  });
  expect(workResultJson(plans.slice(1), [whole], [null], "")).toMatchObject({ complete: true, output: null, id: "w1" });
});

test("progress tells parts, dollars and the time left, and no time at the end", () => {
  const progress = { done: 1, parts: 3, cost: nanoUsd(1_000_000), etaMs: 61_000, current: "a.ts" };
  expect(progressLine(progress)).toBe("1 of 3 parts, $0.001, about 1 min 1 s left: a.ts");
  expect(progressLine({ ...progress, done: 3, current: "" })).toBe("3 of 3 parts, $0.001");
});

test.each([
  [400, "0.4 s"],
  [9_970, "10 s"],
  [59_600, "1 min"],
  [119_700, "2 min"],
  [3_900_000, "1 h 5 min"],
])("%i ms are %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test("Markdown on a screen is broken between words under its list, code and tables stay", () => {
  const text = "# A\n- one two three four five\n```\na long line of code that stays\n```\n| a | long | table | row |";
  expect(paintMarkdown(text, PLAIN, 16).split("\n")).toEqual([
    "# A",
    "- one two three",
    "  four five",
    "```",
    "a long line of code that stays",
    "```",
    "| a | long | table | row |",
  ]);
  expect(paintMarkdown(text, PLAIN, null)).toBe(text);
});
