import { alignRows } from "../../src/foundation/table.ts";
import type { Measured } from "./measure.ts";

/** Projects that were written after the gates had been tuned on the others. */
const HELD_OUT = new Set(["ledgerbook", "minirouter"]);

export interface Figures {
  readonly rows: readonly FigureRow[];
  /** Bad results caught and good ones refused, on the half the gates were tuned on and on the half held out. */
  readonly halves: readonly FigureRow[];
  readonly tasks: number;
  readonly projects: number;
  /** Median and 95th percentile of allot's own time for one result. */
  readonly medianMs: number;
  readonly slowMs: number;
  /** What was judged wrongly, one line each. */
  readonly wrong: readonly string[];
}

export interface FigureRow {
  readonly name: string;
  readonly good: boolean;
  readonly results: number;
  readonly allot: number;
  readonly exitCode: number;
  readonly words: number;
  readonly tests: number;
}

/** Counts what each way of judging refused, by kind. Pure. */
export function figuresOf(measured: readonly Measured[]): Figures {
  const kinds = [...new Set(measured.filter(({ result }) => !result.good).map(({ result }) => result.kind))].toSorted();
  const bad = measured.filter(({ result }) => !result.good);
  const good = measured.filter(({ result }) => result.good);
  const half = (held: boolean, rows: readonly Measured[]): Measured[] =>
    rows.filter(({ result }) => HELD_OUT.has(result.project.name) === held);
  const times = measured.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return {
    rows: [
      ...kinds.map((kind) =>
        row(
          kind,
          false,
          bad.filter(({ result }) => result.kind === kind),
        ),
      ),
      row("all bad", false, bad),
      row("good", true, good),
    ],
    halves: [
      row("bad, tuned on", false, half(false, bad)),
      row("bad, held out", false, half(true, bad)),
      row("good, tuned on", true, half(false, good)),
      row("good, held out", true, half(true, good)),
    ],
    tasks: new Set(measured.map(({ result }) => `${result.project.name}/${result.task.id}`)).size,
    projects: new Set(measured.map(({ result }) => result.project.name)).size,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    slowMs: times[Math.floor(times.length * 0.95)] ?? 0,
    wrong: measured
      .filter(({ result, allot }) => result.good === allot)
      .map(
        ({ result, codes, messages }) =>
          `${result.good ? "refused though good" : "accepted though bad"}: ${result.id} ${codes.join(",")} ${messages.join(" | ").slice(0, 200)}`,
      ),
  };
}

function row(name: string, good: boolean, rows: readonly Measured[]): FigureRow {
  const count = (which: (each: Measured) => boolean | undefined): number =>
    rows.filter((each) => which(each) === true).length;
  return {
    name,
    good,
    results: rows.length,
    allot: count(({ allot }) => allot),
    exitCode: count(({ exitCode }) => exitCode),
    words: count(({ words }) => words),
    tests: count(({ tests }) => tests),
  };
}

/** At least 95% of the bad caught, at most 5% of the good refused; on the held-out half too. */
export function isGoodEnough(figures: Figures): boolean {
  return [...figures.rows.slice(-2), ...figures.halves].every(
    ({ good, results, allot }) => results === 0 || (good ? allot / results <= 0.05 : allot / results >= 0.95),
  );
}

const HEAD = ["refused by", "results", "allot", "exit code", "worker's text", "tests only"];

function cells({ name, results, allot, exitCode, words, tests }: FigureRow): string[] {
  const share = (count: number): string => `${count} (${results === 0 ? "-" : ((100 * count) / results).toFixed(1)}%)`;
  return [name, String(results), share(allot), share(exitCode), share(words), share(tests)];
}

/** The table for a terminal. */
export function tableOf(figures: Figures): string[] {
  const rows = [...figures.rows, ...figures.halves].map(cells);
  const lines = alignRows([HEAD, ...rows], ["left", "right", "right", "right", "right", "right"]);
  return [
    ...lines,
    "",
    `${figures.projects} projects, ${figures.tasks} tasks; allot took ${figures.medianMs} ms a result (median), ${figures.slowMs} ms at the 95th percentile`,
  ];
}

const OPEN = "<!-- figures: written by `npm run bench:gates` -->";
const CLOSE = "<!-- end of figures -->";

/** The document with its generated part written anew. */
export function writeFigures(document: string, figures: Figures): string {
  const [before = "", rest = ""] = document.split(OPEN);
  const after = rest.split(CLOSE)[1] ?? "\n";
  const markdown = (rows: readonly FigureRow[]): string[] => [
    `| ${HEAD.join(" | ")} |`,
    `|---|${"---:|".repeat(HEAD.length - 1)}`,
    ...rows.map((each) => `| ${cells(each).join(" | ")} |`),
  ];
  const lines = [
    OPEN,
    "",
    `${figures.projects} projects, ${figures.tasks} tasks, ${figures.rows.slice(-2).reduce((sum, { results }) => sum + results, 0)} results. Each figure counts results that were refused.`,
    "",
    ...markdown(figures.rows),
    "",
    ...markdown(figures.halves),
    "",
    CLOSE,
  ];
  return `${before}${lines.join("\n")}${after}`;
}
