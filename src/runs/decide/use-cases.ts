/**
 * Kinds of goals for which it is known whether delegation pays (source: the delegation workflow of the seeds), as data.
 * Savings are that source's estimates against one strong model, no measurements of ours.
 */
export interface UseCase {
  readonly id: "split" | "repetitive" | "documentation" | "tests" | "schema";
  readonly title: string;
  readonly pays: string;
  /** Fewer pieces than this do not carry the overhead of a plan. */
  readonly fewestPieces: number;
  readonly savingPercent: { readonly from: number; readonly to: number };
}

export const GOOD_USE_CASES: Readonly<Record<UseCase["id"], UseCase>> = {
  split: {
    id: "split",
    title: "splitting a large file",
    pays: "the structure is planned once, and moving code is mechanical",
    fewestPieces: 2,
    savingPercent: { from: 40, to: 60 },
  },
  repetitive: {
    id: "repetitive",
    title: "repetitive edits",
    pays: "one pattern is designed and applied many times",
    fewestPieces: 10,
    savingPercent: { from: 60, to: 80 },
  },
  documentation: {
    id: "documentation",
    title: "consolidating documentation",
    pays: "the overlap is analysed once, and sections are merged one by one",
    fewestPieces: 3,
    savingPercent: { from: 50, to: 70 },
  },
  tests: {
    id: "tests",
    title: "creating tests",
    pays: "the strategy is designed once, and each module's tests are a task of their own",
    fewestPieces: 3,
    savingPercent: { from: 40, to: 60 },
  },
  schema: {
    id: "schema",
    title: "updating schemas or configuration",
    pays: "the change is designed once and applied file by file",
    fewestPieces: 3,
    savingPercent: { from: 50, to: 70 },
  },
};

export interface BadUseCase {
  readonly id: "debugging" | "architecture" | "exploration" | "interaction" | "quick-fix";
  readonly title: string;
  /** Why delegation does not pay, a sentence for the user. */
  readonly because: string;
}

export const BAD_USE_CASES: Readonly<Record<BadUseCase["id"], BadUseCase>> = {
  debugging: {
    id: "debugging",
    title: "debugging",
    because:
      "debugging needs exploring and reasoning, in which a small model gets stuck; one strong model does it throughout",
  },
  architecture: {
    id: "architecture",
    title: "a decision of architecture",
    because: "weighing trade-offs needs the whole context, which a mini-task does not have; one strong model does it",
  },
  exploration: {
    id: "exploration",
    title: "exploratory work",
    because: "the work is to look around, and a small model with one or two files cannot; one strong model does it",
  },
  interaction: {
    id: "interaction",
    title: "work with the user's input on the way",
    because: "judgement calls on the way belong to you and a strong model, not to a mini-task",
  },
  "quick-fix": {
    id: "quick-fix",
    title: "a quick fix",
    because: "writing mini-tasks would take longer than the change itself",
  },
};

/** The figures of the decision tree. */
export const THRESHOLDS = {
  /** From this many similar edits on, work is repetitive enough to delegate. */
  similarEdits: 10,
  /** A large project is delegated when it breaks into this many atomic tasks. */
  atomicTasks: 5,
  /** From this many files on, a goal is a large project. */
  files: 2,
  /** From this many lines on, a single file is a large project of its own. */
  linesOfOneFile: 1_000,
  /** Lines that one mini-task handles, for guessing how many a large file takes. */
  linesOfOneTask: 400,
} as const;
