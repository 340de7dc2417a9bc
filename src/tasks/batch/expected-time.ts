import type { Store } from "../../storage/storage.ts";
import type { WorkKind } from "../work.ts";
import type { BatchLane } from "./batch.ts";

/** Before anything is known: the one time that the founding documents give, a complex analysis by Grok. */
export const UNKNOWN_MS = 59_000;
/** So many of the last ones count. */
const LAST = 50;
/** How many parts of one piece of work are asked about at the same time. As single pieces of work are. */
export const PARTS_AT_ONCE = 4;

/** How long a part takes, and from how many finished ones that is known; 0: it is the default. */
export interface LearnedTime {
  readonly partMs: number;
  readonly from: number;
}

/**
 * What a part of this kind takes on this model: the median of the last 50 that were answered and are kept, else the median time
 * a part of the last 50 finished pieces of work, else 59 s.
 */
export async function learnedTime(store: Store, kind: WorkKind, model: string): Promise<LearnedTime> {
  const parts = await store.db
    .selectFrom("part_answers")
    .select("duration_ms")
    .where("kind", "=", kind)
    .where("model", "=", model)
    // Those of batch interfaces say nothing, and those that were cut smaller were never answered.
    .where("duration_ms", ">", 0)
    .where("output_tokens", ">", 0)
    .orderBy("stored_at", "desc")
    .limit(LAST)
    .execute();
  if (parts.length > 0) {
    return { partMs: median(parts.map(({ duration_ms }) => Number(duration_ms))), from: parts.length };
  }
  const works = await store.db
    .selectFrom("work_outcomes")
    .select(["duration_ms", "parts"])
    .where("kind", "=", kind)
    .where("model", "=", model)
    .where("parts", ">", 0)
    .where("duration_ms", ">", 0)
    .orderBy("at", "desc")
    .limit(LAST)
    .execute();
  if (works.length === 0) return { partMs: UNKNOWN_MS, from: 0 };
  const times = works.map(
    ({ duration_ms, parts: count }) => Number(duration_ms) / Math.ceil(Number(count) / PARTS_AT_ONCE),
  );
  return { partMs: median(times), from: works.length };
}

/** Of an item with so many questions to be asked; nothing to ask takes no time. Pure. */
export function expectedMs(questions: number, { partMs }: LearnedTime, atOnce = PARTS_AT_ONCE): number {
  return Math.round(Math.ceil(questions / atOnce) * partMs);
}

/** Source: the seeds' delegation queue: high below 30 s, medium 30 to 60 s, low above. Pure. */
export function batchLaneOf(ms: number): BatchLane {
  if (ms < 30_000) return "high";
  return ms <= 60_000 ? "medium" : "low";
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
