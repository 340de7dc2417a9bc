/** From samples of alternating rounds to figures, ratios and verdicts. All pure. */

/** What one subject did in one cell of one round. */
export interface Sample {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly firstByteUs: number;
  /** CPU of the subject's whole process tree per request; undefined where it cannot be read. */
  readonly cpuUs: number | undefined;
  /** Share of the machine that others used meanwhile, 0 to 1; undefined where it cannot be read. */
  readonly others: number | undefined;
}

/** Samples of one cell in one round, all taken within seconds of each other. */
export type Round<Name extends string = string> = Readonly<Partial<Record<Name, Sample>>>;

/** A ratio to another subject that must hold, or is worked for. */
export interface Goal {
  readonly better: "more" | "less";
  /** Must hold; undefined where the figure is told only. */
  readonly floor?: number;
  readonly aim: number;
}

export type Verdict = "aim" | "floor" | "MISSED" | "told" | "not measured";

/** The middle of values, undefined where there are none. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : mean(sorted[middle - 1], sorted[middle]);
}

function mean(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : (one + other) / 2;
}

/** How a figure is read from one subject's sample; `direct` is the same cell of the same round without anything between. */
export type Reading = (own: Sample, direct: Sample) => number | undefined;

/** The figure of one subject: the median of its rounds. */
export function figureOf<Name extends string>(
  rounds: readonly Round<Name>[],
  name: Name,
  direct: Name,
  read: Reading,
): number | undefined {
  return median(rounds.map((round) => readIn(round, name, direct, read)));
}

/** The median of the ratios within each round; rounds in which the reference is not above zero say nothing. */
export function ratioOf<Name extends string>(
  rounds: readonly Round<Name>[],
  names: { readonly own: Name; readonly reference: Name; readonly direct: Name },
  read: Reading,
): number | undefined {
  return median(
    rounds.map((round) =>
      ratio(readIn(round, names.own, names.direct, read), readIn(round, names.reference, names.direct, read)),
    ),
  );
}

/** own / reference; what is below zero counts as nothing; undefined where the reference is not above zero. */
export function ratio(own: number | undefined, reference: number | undefined): number | undefined {
  if (own === undefined || reference === undefined || reference <= 0) return undefined;
  return Math.max(0, own) / reference;
}

function readIn<Name extends string>(round: Round<Name>, name: Name, direct: Name, read: Reading): number | undefined {
  const [own, without] = [round[name], round[direct]];
  return own === undefined || without === undefined ? undefined : read(own, without);
}

/** Meeting a floor or an aim exactly is meeting it. */
export function verdictOf(value: number | undefined, { better, floor, aim }: Goal): Verdict {
  if (value === undefined) return "not measured";
  const meets = (goal: number): boolean => (better === "more" ? value >= goal : value <= goal);
  if (meets(aim)) return "aim";
  if (floor === undefined) return "told";
  return meets(floor) ? "floor" : "MISSED";
}
