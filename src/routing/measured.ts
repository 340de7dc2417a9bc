/**
 * How often the delegator sends work to the wrong kind of model, with its table and threshold, measured on the judging
 * rows of the routing data, which training never reads. `node bench/routing/sent-wrong.ts` measures it again.
 */
export interface SentWrong {
  /** Of work that needs a premium model, the share that a cheap one gets. */
  readonly tooCheap: number;
  /** Of work that a cheap model can do, the share that the premium one gets. */
  readonly tooDear: number;
  /** What was measured on, for people. */
  readonly source: string;
}

/** Tasks as people write them. */
export const SENT_WRONG_HAND: SentWrong = {
  tooCheap: 1 / 85,
  tooDear: 10 / 56,
  source: "141 hand-written judging tasks, 1 of 85 and 10 of 56",
};

/** Commit subjects: more of them, but no tasks. */
export const SENT_WRONG_COMMITS: SentWrong = {
  tooCheap: 39 / 1600,
  tooDear: 95 / 670,
  source: "2,270 commit subjects, 39 of 1,600 and 95 of 670",
};
