import type { TaskType } from "./routing.ts";

/** So many tokens in and out. */
export interface WorkTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a task of a type is expected to use, and where that is known from. */
export interface ExpectedWork {
  readonly low: WorkTokens;
  readonly expected: WorkTokens;
  readonly high: WorkTokens;
  /** For people: a document's figures, or "median of 12 finished tasks here". */
  readonly source: string;
}

/** Finished tasks of a type from which on their own figures are taken. */
export const ENOUGH_WORK = 5;

const tokens = (inputTokens: number, outputTokens: number): WorkTokens => ({ inputTokens, outputTokens });

/** Seeds 002, "Cost Comparison": one file carried out of its mini-task alone, one file in the whole session, exploring. */
const MINI_TASK = tokens(3_000, 800);
const ONE_FILE = tokens(15_000, 2_500);
const EXPLORATION = tokens(40_000, 10_000);

/**
 * Expected tokens by type: figures of seeds 002 (one example project), the nearest of its phases for each type. They are
 * rough, and give way to the store's own medians.
 */
export const EXPECTED_WORK: Readonly<Record<TaskType, ExpectedWork>> = {
  ui: { low: MINI_TASK, expected: ONE_FILE, high: EXPLORATION, source: "seeds 002, one file of the execution phase" },
  coding: {
    low: MINI_TASK,
    expected: ONE_FILE,
    high: EXPLORATION,
    source: "seeds 002, one file of the execution phase",
  },
  testing: {
    low: tokens(4_000, 1_000),
    expected: tokens(15_000, 3_000),
    high: EXPLORATION,
    source: "seeds 002, the testing phase",
  },
  debugging: {
    low: ONE_FILE,
    expected: tokens(40_000, 2_500),
    high: tokens(90_000, 15_000),
    source: "seeds 002, input of the exploration phase and output of one file",
  },
  documentation: {
    low: tokens(3_000, 1_000),
    expected: tokens(15_000, 4_000),
    high: EXPLORATION,
    source: "seeds 002, input of one file; seeds 000, output of `document`",
  },
  research: {
    low: tokens(2_000, 1_000),
    expected: tokens(10_000, 2_000),
    high: EXPLORATION,
    source: "seeds 002, the verification phase",
  },
  analysis: {
    low: tokens(10_000, 2_000),
    expected: tokens(40_000, 6_000),
    high: tokens(125_000, 8_000),
    source: "seeds 002, input of the exploration phase; seeds 000, output of `analyze`",
  },
  automation: {
    low: MINI_TASK,
    expected: ONE_FILE,
    high: EXPLORATION,
    source: "seeds 002, one file of the execution phase",
  },
};

/**
 * The expectations with one type's replaced by what its finished tasks used: median, tenth and ninetieth percentile of
 * input and of output. Fewer than `ENOUGH_WORK` change nothing. Pure.
 */
export function withMeasured(
  work: Readonly<Record<TaskType, ExpectedWork>>,
  measured: Readonly<Partial<Record<TaskType, readonly WorkTokens[]>>>,
): Readonly<Record<TaskType, ExpectedWork>> {
  const known = Object.entries(measured).filter(([, tasks]) => tasks.length >= ENOUGH_WORK);
  const own = known.map(([type, tasks]): [string, ExpectedWork] => {
    const inputs = tasks.map(({ inputTokens }) => inputTokens);
    const outputs = tasks.map(({ outputTokens }) => outputTokens);
    const at = (share: number): WorkTokens => tokens(quantile(inputs, share), quantile(outputs, share));
    return [
      type,
      { low: at(0.1), expected: at(0.5), high: at(0.9), source: `median of ${tasks.length} finished tasks here` },
    ];
  });
  return { ...work, ...Object.fromEntries(own) };
}

/** Between the two nearest values, rounded to a whole number. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return Math.round(below + (above - below) * (place - Math.floor(place)));
}
