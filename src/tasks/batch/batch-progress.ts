import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { BatchItem, BatchLane, BatchProgress } from "./batch.ts";

const LANES: readonly BatchLane[] = ["high", "medium", "low"];

/** Those that wait, in the order in which they go: by class, then by position. Pure. */
export function inOrder(items: readonly BatchItem[]): readonly BatchItem[] {
  return items.toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane) || a.position - b.position);
}

/** An item under way. */
export interface RunningItem {
  readonly target: string;
  readonly expectedMs: number;
  readonly startedAt: number;
  /** Of this attempt, so far. */
  readonly cost: number;
}

/** Where the batch stands, and when it is expected to end. Pure. */
export function progressOf(
  items: readonly BatchItem[],
  running: readonly RunningItem[],
  facts: { readonly concurrency: number; readonly limit: NanoUsd | null; readonly now: number },
): BatchProgress {
  const count = (...states: readonly BatchItem["state"][]): number =>
    items.filter(({ state }) => states.includes(state)).length;
  const paid = items.reduce((sum, { cost }) => sum + cost, 0) + running.reduce((sum, { cost }) => sum + cost, 0);
  return {
    items: items.length,
    done: count("done"),
    failed: count("failed", "incomplete"),
    running: running.map(({ target }) => target),
    sent: count("sent"),
    cost: nanoUsd(paid),
    limit: facts.limit,
    etaMs: etaOf(items, running, facts),
  };
}

/** From so many finished ones on, their pace corrects what was expected. */
const LEAST_FOR_PACE = 2;

/**
 * What is expected of those that wait and run, by how many go at a time, at the pace of those that are finished. At a batch
 * interface nobody knows: null. Pure.
 */
function etaOf(
  items: readonly BatchItem[],
  running: readonly RunningItem[],
  { concurrency, now }: { readonly concurrency: number; readonly now: number },
): number | null {
  if (items.some(({ state }) => state === "sent")) return null;
  const finished = items.filter(
    ({ state, durationMs, expectedMs }) => state === "done" && durationMs !== null && expectedMs > 0,
  );
  const took = finished.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0);
  const thought = finished.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
  const pace = finished.length >= LEAST_FOR_PACE && thought > 0 ? took / thought : 1;
  const left = [
    ...items.filter(({ state }) => state === "waiting").map(({ expectedMs }) => expectedMs * pace),
    ...running.map(({ expectedMs, startedAt }) => Math.max(0, expectedMs * pace - (now - startedAt))),
  ];
  const sum = left.reduce((total, ms) => total + ms, 0);
  return Math.round(Math.max(sum / Math.max(1, concurrency), ...left, 0));
}
