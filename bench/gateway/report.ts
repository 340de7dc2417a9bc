import type { Compared } from "./books.ts";
import { CELL_NAMES, type CellName, FIGURES, LOADED_RSS, RSS_GROWTH, STARTED_MS } from "./cells.ts";
import { figureOf, type Goal, median, ratio, ratioOf, type Sample, type Verdict, verdictOf } from "./figures.ts";
import type { Growth } from "./growth.ts";
import type { SubjectName } from "./subjects.ts";

/** All cells of one round. */
export type Rounds = Readonly<Partial<Record<CellName, Readonly<Partial<Record<SubjectName, Sample>>>>>>;

/** A figure that is taken once a run, by subject. */
export type Once = Readonly<Record<string, number | undefined>>;

export interface Results {
  /** ms to the first answer. */
  readonly started: Once;
  readonly idle: Once;
  readonly rounds: readonly Rounds[];
  readonly loaded: Once;
  readonly books: readonly Compared[];
  readonly growth: Growth | undefined;
  /** Name and version of the peer; undefined where it was not measured. */
  readonly peer: string | undefined;
}

/** One line of the table. */
export interface Line {
  readonly name: string;
  readonly unit: string;
  readonly bare: number | undefined;
  readonly allot: number | undefined;
  readonly portkey: number | undefined;
  readonly toBare: Held | undefined;
  readonly toPortkey: Held | undefined;
}

/** A ratio, what is asked of it, and whether it is so. */
export interface Held {
  readonly ratio: number | undefined;
  readonly goal: Goal;
  readonly verdict: Verdict;
}

/** The table, as data and as text; missed: a floor does not hold, or the ledger differs. */
export function reportOf(results: Results): { text: string; lines: readonly Line[]; missed: boolean } {
  const measured = FIGURES.filter(({ cell }) => results.rounds.some((round) => round[cell] !== undefined));
  const lines = [...measured.map((figure) => lineOf(figure, results)), ...onceLines(results)];
  const started = verdictOf(results.started["allot"], STARTED_MS);
  const grown = results.growth === undefined ? undefined : verdictOf(results.growth.ratio, RSS_GROWTH);
  const books = [...results.books, ...(results.growth?.books ?? [])];
  const missed =
    lines.some(({ toBare, toPortkey }) => isMissed(toBare) || isMissed(toPortkey)) ||
    started === "MISSED" ||
    grown === "MISSED" ||
    books.some(({ equal }) => !equal);
  const text = [
    ...table(lines, results.peer !== undefined),
    "",
    `start-up to the first answer: ${told(results.started["allot"], "ms")} (floor ${STARTED_MS.floor} ms, aim ${STARTED_MS.aim} ms): ${started}`,
    ...(results.started["built"] === undefined
      ? []
      : [`  of the built program: ${told(results.started["built"], "ms")}`]),
    ...growthText(results.growth, grown),
    ...books.map(bookText),
    `others used ${percent(othersOf(results))} of the two cores in the median of all cells`,
    missed ? "A FLOOR IS MISSED" : "every floor that was measured holds",
  ];
  return { text: `${text.join("\n")}\n`, lines, missed };
}

function lineOf({ name, unit, cell, read, bare, portkey }: (typeof FIGURES)[number], { rounds, peer }: Results): Line {
  const samples = rounds.map((round) => round[cell] ?? {});
  const figure = (subject: SubjectName): number | undefined => figureOf(samples, subject, "direct", read);
  const held = (reference: SubjectName, goal: Goal | undefined): Held | undefined => {
    const value = ratioOf(samples, { own: "allot", reference, direct: "direct" }, read);
    return goal === undefined ? undefined : { ratio: value, goal, verdict: verdictOf(value, goal) };
  };
  return {
    name,
    unit,
    bare: figure("bare"),
    allot: figure("allot"),
    portkey: figure("portkey"),
    toBare: held("bare", bare),
    toPortkey: peer === undefined ? undefined : held("portkey", portkey),
  };
}

function onceLines({ idle, loaded, started, peer }: Results): readonly Line[] {
  const line = (name: string, unit: string, values: Once, goal?: Goal): Line => {
    const { bare, allot, portkey } = values;
    const value = ratio(allot, portkey);
    const toPortkey =
      goal === undefined || peer === undefined ? undefined : { ratio: value, goal, verdict: verdictOf(value, goal) };
    return { name, unit, bare, allot, portkey, toBare: undefined, toPortkey };
  };
  return [
    line("memory, idle", "MB", idle),
    line("memory after load", "MB", loaded, LOADED_RSS),
    line("start-up to the first answer", "ms", started),
  ];
}

function isMissed(held: Held | undefined): boolean {
  return held?.verdict === "MISSED";
}

function table(lines: readonly Line[], withPeer: boolean): readonly string[] {
  const peer = (...cells: string[]): string[] => (withPeer ? cells : []);
  const head = [
    "",
    "bare",
    "allot",
    ...peer("Portkey"),
    "/ bare",
    "floor (aim)",
    "",
    ...peer("/ Portkey", "floor (aim)", ""),
  ];
  const rows = lines.map(({ name, unit, bare, allot, portkey, toBare, toPortkey }) => [
    `${name}, ${unit}`,
    told(bare, unit),
    told(allot, unit),
    ...peer(told(portkey, unit)),
    ...heldText(toBare),
    ...peer(...heldText(toPortkey)),
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function heldText(held: Held | undefined): readonly string[] {
  if (held === undefined) return ["", "", ""];
  const { goal, verdict } = held;
  const sign = goal.better === "more" ? ">=" : "<=";
  const asked = goal.floor === undefined ? `(${sign} ${goal.aim})` : `${sign} ${goal.floor} (${goal.aim})`;
  return [held.ratio === undefined ? "-" : held.ratio.toFixed(held.ratio < 0.1 ? 3 : 2), asked, verdict];
}

function told(value: number | undefined, unit: string): string {
  if (value === undefined) return "-";
  if (unit === "ms" && value < 100) return value.toFixed(2);
  return Math.round(value).toLocaleString("en-US");
}

function growthText(growth: Growth | undefined, verdict: Verdict | undefined): readonly string[] {
  if (growth === undefined) return [];
  const change = growth.ratio === undefined ? "-" : growth.ratio.toFixed(2);
  return [
    `memory over ${growth.requests.toLocaleString("en-US")} mixed requests: last fifth / second fifth ${change} (floor ${RSS_GROWTH.floor}): ${verdict}`,
    `  MB after each twentieth: ${growth.rssMb.join(" ")}`,
  ];
}

function bookText({ model, served, ledger, equal }: Compared): string {
  const tokens = served.inputTokens + served.cacheReadTokens + served.outputTokens;
  const sums = `${served.requests.toLocaleString("en-US")} calls, ${tokens.toLocaleString("en-US")} tokens, $${(served.nanoUsd / 1e9).toFixed(6)}`;
  return `ledger of ${model}: ${sums}: ${equal ? "equal to what was served" : `DIFFERS: ${JSON.stringify({ served, ledger })}`}`;
}

function othersOf({ rounds }: Results): number | undefined {
  return median(
    rounds.flatMap((round) =>
      CELL_NAMES.flatMap((cell) => Object.values(round[cell] ?? {}).map(({ others }) => others)),
    ),
  );
}

function percent(share: number | undefined): string {
  return share === undefined ? "an unknown share" : `${(100 * share).toFixed(0)} %`;
}
