import { type Lane, LANES } from "./lanes.ts";

/** How the queue orders and waits; all of it data. */
export interface QueueSettings {
  readonly lanes: readonly Lane[];
  /** Waiting so long is worth one priority more in the order. */
  readonly ageMs: number;
  /** Turns of so long ago count against a session. */
  readonly fairMs: number;
  /** A low call whose session had no turn for so long goes at SOFT; never at HARD. No longer than `fairMs`. */
  readonly goAtSoftMs: number;
  /** Given up after this, where the call states no deadline. */
  readonly longestWaitMs: number;
  /** Shortest and longest pause between two looks. */
  readonly pollMs: number;
  readonly slowestPollMs: number;
  /** A call of another machine whose process has not looked for so long is gone. */
  readonly unseenMs: number;
}

export const QUEUE_SETTINGS: QueueSettings = {
  lanes: LANES,
  ageMs: 60_000,
  fairMs: 600_000,
  goAtSoftMs: 600_000,
  longestWaitMs: 3_600_000,
  pollMs: 50,
  slowestPollMs: 1_000,
  unseenMs: 30_000,
};
