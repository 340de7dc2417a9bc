import type { Goal, Reading, Sample } from "./figures.ts";
import type { LoadJob } from "./load.ts";

/** One kind of load. */
type Cell = Pick<LoadJob, "kind" | "lanes" | "perSecond"> & {
  /** Not shorter than that, for what takes its time. */
  readonly leastSeconds?: number;
};

const STREAM = 50;

/** Every subject goes through each of these in each round. */
export const CELLS = {
  json64: { kind: { surface: "openai" }, lanes: 64 },
  json16: { kind: { surface: "openai" }, lanes: 16 },
  json1: { kind: { surface: "openai" }, lanes: 1 },
  open300: { kind: { surface: "openai" }, perSecond: 300 },
  stream1: { kind: { surface: "openai", chunks: STREAM }, lanes: 1 },
  stream16: { kind: { surface: "openai", chunks: STREAM }, lanes: 16 },
  stream64: { kind: { surface: "openai", chunks: STREAM }, lanes: 64 },
  paced: { kind: { surface: "openai", chunks: STREAM, paceMs: 10 }, lanes: 20, leastSeconds: 1.2 },
  large: { kind: { surface: "openai", bytes: 150_000 }, lanes: 4 },
  messages16: { kind: { surface: "anthropic" }, lanes: 16 },
  messagesStream16: { kind: { surface: "anthropic", chunks: STREAM }, lanes: 16 },
} as const satisfies Readonly<Record<string, Cell>>;

export type CellName = keyof typeof CELLS;

export const CELL_NAMES = Object.keys(CELLS) as readonly CellName[];

/** Those that floors stand on, for a quick look. */
export const QUICK_CELLS: readonly CellName[] = [
  "json64",
  "json16",
  "json1",
  "stream1",
  "stream16",
  "large",
  "messages16",
];

export function cellOf(name: CellName): Cell {
  return CELLS[name];
}

/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly unit: "rps" | "ms" | "us";
  readonly cell: CellName;
  readonly read: Reading;
  /** Against the bare pass-through, and against Portkey. */
  readonly bare?: Goal;
  readonly portkey?: Goal;
}

const perSecond: Reading = (own) => own.perSecond;
const cpu: Reading = (own) => own.cpuUs;
const added =
  (of: (sample: Sample) => number): Reading =>
  (own, direct) =>
    (of(own) - of(direct)) / 1000;
const addedP50 = added((sample) => sample.p50Us);
const addedP99 = added((sample) => sample.p99Us);
const addedFirstByte = added((sample) => sample.firstByteUs);
const less = (aim: number, floor?: number): Goal => ({
  better: "less",
  aim,
  ...(floor === undefined ? {} : { floor }),
});
const more = (aim: number, floor: number): Goal => ({ better: "more", aim, floor });

/** What is told, with the floors that decide over the exit code. */
export const FIGURES: readonly Figure[] = [
  {
    name: "throughput, JSON, c=64",
    unit: "rps",
    cell: "json64",
    read: perSecond,
    bare: more(1.2, 0.8),
    portkey: more(9, 5),
  },
  { name: "CPU a request, JSON, c=16", unit: "us", cell: "json16", read: cpu, bare: less(0.8, 1.25) },
  {
    name: "added p50, JSON, c=1",
    unit: "ms",
    cell: "json1",
    read: addedP50,
    bare: less(1.1, 1.5),
    portkey: less(0.3, 0.5),
  },
  {
    name: "added p50, JSON, c=16",
    unit: "ms",
    cell: "json16",
    read: addedP50,
    bare: less(0.7, 1.25),
    portkey: less(0.08, 0.15),
  },
  { name: "added p99, JSON, c=16", unit: "ms", cell: "json16", read: addedP99, bare: less(1.2, 2) },
  {
    name: "added p50, JSON, 300 a second",
    unit: "ms",
    cell: "open300",
    read: addedP50,
    bare: less(1.1),
    portkey: less(0.35),
  },
  { name: "added p99, JSON, 300 a second", unit: "ms", cell: "open300", read: addedP99 },
  {
    name: "added time to first byte, stream, c=1",
    unit: "ms",
    cell: "stream1",
    read: addedFirstByte,
    bare: less(1.2, 1.5),
  },
  { name: "added p50 of a whole stream, c=16", unit: "ms", cell: "stream16", read: addedP50 },
  { name: "added p50 of a whole stream, c=64", unit: "ms", cell: "stream64", read: addedP50 },
  {
    name: "CPU a stream of 50 chunks, c=16",
    unit: "us",
    cell: "stream16",
    read: cpu,
    bare: less(1.1, 1.3),
    portkey: less(0.25),
  },
  {
    name: "added time to first byte, paced stream",
    unit: "ms",
    cell: "paced",
    read: addedFirstByte,
    portkey: less(0.02),
  },
  { name: "CPU a paced stream (10 ms), 20 at once", unit: "us", cell: "paced", read: cpu, bare: less(1.1) },
  { name: "CPU a request of 150 kB", unit: "us", cell: "large", read: cpu, bare: less(2.7, 4), portkey: less(0.2) },
  { name: "CPU a request, Anthropic JSON, c=16", unit: "us", cell: "messages16", read: cpu, bare: less(0.8) },
  { name: "CPU a stream, Anthropic, c=16", unit: "us", cell: "messagesStream16", read: cpu, bare: less(1.1) },
];

/** Absolute floors, and those of figures that are taken once a run. */
export const STARTED_MS: Goal = { better: "less", floor: 1000, aim: 500 };
export const LOADED_RSS: Goal = { better: "less", floor: 0.9, aim: 0.6 };
export const RSS_GROWTH: Goal = { better: "less", floor: 1.15, aim: 1.1 };
