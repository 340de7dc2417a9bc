import { expect, test } from "vitest";
import { nanoUsd } from "../../../foundation/units.ts";
import type { WorkSums } from "../../../tasks/tracking/work-outcomes.ts";
import { paint } from "../colour.ts";
import { workMetricsJson, workMetricsScreen } from "./work-metrics-screen.ts";

const form = { paint: paint(false), columns: 100 };
const MINUTE = 60_000;

function sums(model: string, pieces: number, cost: number, complete = pieces): WorkSums {
  return {
    kind: "analyze",
    model,
    pieces,
    complete,
    parts: pieces,
    inputTokens: pieces * 4_000,
    outputTokens: pieces * 320,
    cost: nanoUsd(cost),
    durationMs: pieces * 21_400,
    manualMs: complete * 20 * MINUTE,
    completeMs: complete * 21_400,
  };
}

const SUMS = [sums("anthropic/claude-haiku-4-5", 30, 96_000_000, 29), sums("xai/grok-4", 12, 77_000_000)];

test("work is told by kind, with the model that does it best and what it brought in", () => {
  const screen = workMetricsScreen({ sums: SUMS, hourlyRate: nanoUsd(80_000_000_000) }, form);
  expect(screen.join("\n")).toBe(
    [
      "work on the codebase",
      "",
      "work     pieces  complete  avg time  out/in      each    cost   time saved",
      "analyze      42     97.6%      21 s   0.080  $0.00412  $0.173  13 h 25 min",
      "all          42     97.6%      21 s   0.080  $0.00412  $0.173  13 h 25 min",
      "",
      "analyze: anthropic/claude-haiku-4-5 (30 pieces); as good as xai/grok-4 (12 pieces) by what is known,",
      "  and cheaper a part",
      "saved: 13 h 25 min, worth $1073.84 at $80.00 an hour, for $0.173; return on investment 6,206 times",
      "  what was paid",
      "time saved: minutes by hand for each part that was asked, by the kind's strategy (manualMinutes),",
      "  less the time it took; complete work only",
    ].join("\n"),
  );
});

test("without an hourly rate only the time is told", () => {
  const screen = workMetricsScreen({ sums: [sums("xai/grok-4", 2, 1_000)], hourlyRate: null }, form).join("\n");
  expect(screen).toContain("saved: 39 min 17 s; what that is worth is told once --hourly-rate");
  expect(screen).toContain(
    "analyze: not enough to tell which model does it best (5 pieces each at least; xai/grok-4 2 pieces)",
  );
});

test("no work is no lines", () => {
  expect(workMetricsScreen({ sums: [], hourlyRate: null }, form)).toEqual([]);
  expect(workMetricsJson({ sums: [], hourlyRate: null })).toMatchObject({ kinds: [], total: null });
});

test("programs get rates, seconds and dollars", () => {
  expect(workMetricsJson({ sums: SUMS, hourlyRate: nanoUsd(60_000_000_000) })).toMatchObject({
    hourly_rate_usd: 60,
    kinds: [
      {
        kind: "analyze",
        pieces: 42,
        best_model: { model: "anthropic/claude-haiku-4-5", pieces: 30, why: "cost" },
        models: [
          { model: "anthropic/claude-haiku-4-5", success_rate: 29 / 30, cost_per_delegation: 0.0032 },
          { model: "xai/grok-4", success_rate: 1 },
        ],
      },
    ],
    total: { kind: null, cost_usd: 0.173, time_by_hand: 49_200, time_saved: 49_200 - 41 * 21.4 },
  });
});
