/** When a session counts as running away; all of it data. */
export interface RunawaySettings {
  /** So many calls with the very same prompt within that time, which together may cost so much; any of the rules. */
  readonly repetition: readonly RepetitionRule[];
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

export interface RepetitionRule {
  readonly times: number;
  readonly withinMs: number;
  /** Of their worst cases. */
  readonly leastNanoUsd: number;
}

/**
 * Sources: ten equal prompts in five minutes are more than stubborn retry policies make, but only worth a stop where they
 * cost something; probes and trials send a small one more often than that. A known runaway started 810 agents an hour; twelve times an hourly limit is all of it in five minutes, which only critical calls can spend: limits
 * bound the others, and nobody is refused what they leave.
 */
export const RUNAWAY_SETTINGS: RunawaySettings = {
  repetition: [
    { times: 10, withinMs: 300_000, leastNanoUsd: 500_000_000 },
    { times: 60, withinMs: 300_000, leastNanoUsd: 0 },
  ],
  spawns: { most: 400, withinMs: 3_600_000 },
  slope: { overMs: 300_000, timesLimit: 12, timesUsual: 2, leastNanoUsd: 1_000_000_000, hoursOfHabit: 8 },
  stopsEveryMs: 1_000,
  deedsEveryMs: 10_000,
  habitEveryMs: 300_000,
};
