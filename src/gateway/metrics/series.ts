/*
 * Counters and histograms that cost a few additions to move: their labels are looked up once, not at every request as
 * prom-client's children do (a hash over all labels each time). prom-client's registry puts them into text; they have the
 * shape of its metrics.
 */

export type Labels = Readonly<Record<string, string>>;

/** What prom-client's registry asks of a metric when it is read. */
export interface Series {
  readonly name: string;
  get(): Promise<SeriesText>;
}

export interface SeriesText {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator: "sum";
  readonly values: readonly { readonly metricName?: string; readonly labels: Labels; readonly value: number }[];
}

/** One line of a counter or gauge. */
export interface Cell {
  value: number;
}

/** One histogram: how many values up to each bound (not added up), their count and sum. */
export interface Spread {
  readonly bounds: readonly number[];
  readonly buckets: Float64Array;
  count: number;
  sum: number;
}

export interface Counted extends Series {
  /** A new line; the caller keeps it and asks once for each set of labels. */
  cell(labels: Labels): Cell;
}

export interface Measured extends Series {
  spread(labels: Labels): Spread;
}

/** A family of counters; what a cell counts is shown divided by `per`. */
export function counter(name: string, help: string, per = 1): Counted {
  return counted("counter", name, help, per);
}

/** A family of values that go up and down. */
export function gauge(name: string, help: string): Counted {
  return counted("gauge", name, help, 1);
}

function counted(type: "counter" | "gauge", name: string, help: string, per: number): Counted {
  const cells: { readonly labels: Labels; readonly cell: Cell }[] = [];
  return {
    name,
    cell(labels) {
      const cell = { value: 0 };
      cells.push({ labels, cell });
      return cell;
    },
    get: () =>
      Promise.resolve({
        name,
        help,
        type,
        aggregator: "sum",
        values: cells.map(({ labels, cell }) => ({ labels, value: cell.value / per })),
      }),
  };
}

/** A family of histograms with the same bounds, smallest first. */
export function histogram(name: string, help: string, bounds: readonly number[]): Measured {
  const spreads: { readonly labels: Labels; readonly spread: Spread }[] = [];
  return {
    name,
    spread(labels) {
      const spread = { bounds, buckets: new Float64Array(bounds.length + 1), count: 0, sum: 0 };
      spreads.push({ labels, spread });
      return spread;
    },
    get: () =>
      Promise.resolve({
        name,
        help,
        type: "histogram",
        aggregator: "sum",
        values: spreads.flatMap(({ labels, spread }) => spreadLines(name, labels, spread)),
      }),
  };
}

/** Puts a value into a histogram. */
export function observe(spread: Spread, value: number): void {
  const { bounds } = spread;
  let index = 0;
  while (index < bounds.length && value > (bounds[index] as number)) index += 1;
  spread.buckets[index] = (spread.buckets[index] as number) + 1;
  spread.count += 1;
  spread.sum += value;
}

function spreadLines(name: string, labels: Labels, { bounds, buckets, count, sum }: Spread): SeriesText["values"] {
  let upTo = 0;
  const lines = bounds.map((bound, index) => {
    upTo += buckets[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: upTo };
  });
  return [
    ...lines,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
