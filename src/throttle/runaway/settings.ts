/** When a session counts as running away; all of it data. */
export interface RunawaySettings {
  /** So many calls with the very same prompt within that time. */
  readonly repetition: { readonly times: number; readonly withinMs: number };
  /** More starts of runs and processes than this. */
  readonly spawns: { readonly most: number; readonly withinMs: number };
  /** Spend of the last `overMs`, as an hour's, against the session's hourly limit and its busiest hour. */
  readonly slope: {
    readonly overMs: number;
    readonly timesLimit: number;
    readonly timesUsual: number;
    /** Less than this in `overMs` is never a slope. */
    readonly leastNanoUsd: number;
    /** So many hours with spend, in the last week, make a habit. */
    readonly hoursOfHabit: number;
  };
  /** How old what is known from the store may be: of stops, of starts and spend, of the week. */
  readonly stopsEveryMs: number;
  readonly deedsEveryMs: number;
  readonly habitEveryMs: number;
}

/**
 * Sources: ten equal prompts in five minutes are more than stubborn retry policies make; a known runaway started 810
 * agents an hour; six times an hourly limit is half of it gone in five minutes.
 */
export const RUNAWAY_SETTINGS: RunawaySettings = {
  repetition: { times: 10, withinMs: 300_000 },
  spawns: { most: 400, withinMs: 3_600_000 },
  slope: { overMs: 300_000, timesLimit: 6, timesUsual: 2, leastNanoUsd: 1_000_000_000, hoursOfHabit: 8 },
  stopsEveryMs: 1_000,
  deedsEveryMs: 10_000,
  habitEveryMs: 300_000,
};
