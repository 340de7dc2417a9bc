/** Which way a call takes through the queue, by how long it is expected to run. */
export type LaneName = "immediate" | "short" | "background";

export interface Lane {
  readonly name: LaneName;
  /** Calls expected to take less than this; null: all that are longer. */
  readonly belowMs: number | null;
  /** So many run at the same time, in all processes together; null: all go at once. */
  readonly atOnce: number | null;
}

/** In the order in which they go. Source: the seeds' delegation queue: below 30 s, 30 to 60 s, above 60 s. */
export const LANES: readonly Lane[] = [
  { name: "immediate", belowMs: 30_000, atOnce: null },
  { name: "short", belowMs: 60_001, atOnce: null },
  { name: "background", belowMs: null, atOnce: 4 },
];

/** The lane of a call; one whose time nobody knows goes with the first. Pure. */
export function laneOf(expectedMs: number | undefined, lanes: readonly Lane[] = LANES): Lane {
  const found = lanes.find(({ belowMs }) => expectedMs === undefined || belowMs === null || expectedMs < belowMs);
  const [first] = lanes;
  if (found !== undefined) return found;
  if (first === undefined) throw new RangeError("a queue needs a lane");
  return first;
}
