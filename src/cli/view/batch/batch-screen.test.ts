import { describe, expect, test } from "vitest";
import { nanoUsd } from "../../../foundation/units.ts";
import type { Batch, BatchItem } from "../../../tasks/batch/batch.ts";
import type { WorkResult } from "../../../tasks/work.ts";
import { paint } from "../colour.ts";
import { batchFrame, batchLine, batchReportScreen } from "./batch-screen.ts";

const p = paint(false);
const PROGRESS = {
  items: 12,
  done: 5,
  failed: 1,
  running: [
    "src/a.ts",
    "src/a-very-long-folder-name/of-a-very-long/path-to-a-file-that-has-a-long-name.ts",
    "c",
    "d",
    "e",
  ],
  sent: 0,
  cost: nanoUsd(12_300_000),
  limit: nanoUsd(2_000_000_000),
  etaMs: 125_000,
};

describe.each([60, 100])("at %i columns", (columns) => {
  test("the progress is never wider than the screen", () => {
    const lines = batchFrame(PROGRESS, { paint: p, columns }, 0).split("\n");
    expect(lines.every((line) => line.length <= columns)).toBe(true);
    expect(lines.slice(1)).toEqual([
      "  $0.0123 of $2.00  about 2 min 5 s left",
      "  src/a.ts",
      columns === 60
        ? "  src/a-very-long-folder-name/of-a-very-long/path-to-a-file…"
        : "  src/a-very-long-folder-name/of-a-very-long/path-to-a-file-that-has-a-long-name.ts",
      "  c",
      "  d",
      "  … 1 more",
    ]);
  });
});

test("a log gets a line", () => {
  expect(batchLine(PROGRESS)).toBe("5 of 12 items done, 1 failed, $0.0123 of $2.00, about 2 min 5 s left");
  expect(batchLine({ ...PROGRESS, done: 0, failed: 0, sent: 12, limit: null, etaMs: null })).toBe(
    "0 of 12 items done, 12 sent, $0.0123",
  );
});

test("the report has what is not done first, each reason once, and how to go on", () => {
  const item: BatchItem = {
    position: 0,
    target: "src/a.ts",
    lane: "high",
    expectedMs: 1,
    state: "done",
    attempts: 1,
    remoteId: null,
    result: { findings: [{}, {}] } as unknown as WorkResult,
    problem: null,
    cost: nanoUsd(1_000_000),
    durationMs: 2_000,
    updatedAt: 0,
  };
  const failed = { ...item, state: "failed", result: null, cost: nanoUsd(0), problem: "the provider said no" } as const;
  const batch: Batch = {
    id: "b1",
    operation: "analyze",
    repo: "/r",
    spec: { directory: "src", model: { provider: "xai", name: "grok-4" }, aspects: [], style: null, variant: null },
    state: "incomplete",
    limit: null,
    way: "direct",
    owner: null,
    createdAt: 0,
    updatedAt: 0,
  };
  const items = [item, { ...failed, target: "src/b.ts" }, { ...failed, target: "src/c.ts" }];
  const report = { batch, items, cost: nanoUsd(1_000_000), stop: null, sent: 0, carried: false };
  expect(batchReportScreen(report, "allot", { paint: p, columns: 80 })).toBe(
    [
      "batch b1 analyze: 1 of 3 items done, 2 findings, $0.001",
      "",
      "          item      findings    cost   time",
      "  failed  src/b.ts                    2.0 s",
      "  failed  src/c.ts                    2.0 s",
      "  done    src/a.ts         2  $0.001  2.0 s",
      "",
      "  the provider said no",
      "",
      "2 failed: allot batch --resume b1 goes on; what was paid for is not asked again.",
      "",
    ].join("\n"),
  );
});
