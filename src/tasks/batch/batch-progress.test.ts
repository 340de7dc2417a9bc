import { describe, expect, test } from "vitest";
import { nanoUsd } from "../../foundation/units.ts";
import type { BatchItem } from "./batch.ts";
import { inOrder, progressOf } from "./batch-progress.ts";
import { batchLaneOf, expectedMs } from "./expected-time.ts";

function item(position: number, change: Partial<BatchItem> = {}): BatchItem {
  return {
    position,
    target: `src/${position}.ts`,
    lane: "medium",
    expectedMs: 60_000,
    state: "waiting",
    attempts: 0,
    remoteId: null,
    result: null,
    problem: null,
    cost: nanoUsd(0),
    durationMs: null,
    updatedAt: 0,
    ...change,
  };
}

const FACTS = { concurrency: 2, limit: null, now: 100_000 };

test("short ones go first, and of one class those that came first", () => {
  const items = [
    item(0, { lane: "low" }),
    item(1, { lane: "medium" }),
    item(2, { lane: "high" }),
    item(3, { lane: "high" }),
  ];
  expect(inOrder(items).map(({ position }) => position)).toEqual([2, 3, 1, 0]);
});

test("the classes are the document's: below 30 s, to 60 s, above", () => {
  expect([29_999, 30_000, 60_000, 60_001].map(batchLaneOf)).toEqual(["high", "medium", "medium", "low"]);
});

test("an item takes its questions four at a time, and no time where nothing is asked", () => {
  const learned = { partMs: 10_000, from: 3 };
  expect([0, 1, 4, 5].map((questions) => expectedMs(questions, learned))).toEqual([0, 10_000, 10_000, 20_000]);
  expect(expectedMs(5, learned, 1)).toBe(50_000);
});

describe("when a batch is expected to end", () => {
  test("is what is left by how many go at a time", () => {
    expect(progressOf([item(0), item(1), item(2), item(3)], [], FACTS).etaMs).toBe(120_000);
  });

  test("is never before its longest item", () => {
    expect(progressOf([item(0, { expectedMs: 300_000 }), item(1)], [], FACTS).etaMs).toBe(300_000);
  });

  test("counts what runs by what is left of it", () => {
    const running = [{ target: "a", expectedMs: 60_000, startedAt: 70_000, cost: 5 }];
    expect(progressOf([item(0, { state: "running" })], running, FACTS)).toMatchObject({ etaMs: 30_000, cost: 5 });
  });

  test("follows the pace of those that are finished, once there are two", () => {
    const done = { state: "done", durationMs: 30_000 } as const;
    expect(progressOf([item(0, done), item(1), item(2)], [], FACTS).etaMs).toBe(60_000);
    expect(progressOf([item(0, done), item(1, done), item(2), item(3)], [], FACTS).etaMs).toBe(30_000);
  });

  test("is not known at a batch interface", () => {
    expect(progressOf([item(0, { state: "sent" })], [], FACTS)).toMatchObject({ sent: 1, etaMs: null });
  });
});
