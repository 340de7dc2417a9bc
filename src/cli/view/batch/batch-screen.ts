import type { BatchPlan } from "../../../app/work/batch-work.ts";
import { formatCount, formatUsd, type NanoUsd, toUsd } from "../../../foundation/units.ts";
import type { Batch, BatchItem, BatchLane, BatchProgress, BatchStop } from "../../../tasks/batch/batch.ts";
import type { Paint } from "../colour.ts";
import { fitLine, fitTable, wrapText } from "../fit.ts";
import { bar } from "../spend/bars.ts";
import { durationText } from "../work/duration.ts";
import { tightLimitText } from "../work/limit-text.ts";

interface Form {
  readonly paint: Paint;
  readonly columns: number;
}

/** Items that a report's table shows, those that are not done first; --json has them all. */
const MOST_ROWS = 60;
const MOST_PROBLEMS = 6;
/** Items that the plan's table shows; --plan-only --json has them all. */
const MOST_ITEMS = 20;
const CLASSES: Readonly<Record<BatchLane, string>> = { high: "< 30 s", medium: "30-60 s", low: "> 60 s" };
const LANES: readonly BatchLane[] = ["high", "medium", "low"];

/** What a batch would ask, cost and take. Pure. */
export function batchPlanScreen(plan: BatchPlan, why: string, { paint: p, columns }: Form): string {
  const { items, spec } = plan;
  const shown = items.toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane)).slice(0, MOST_ITEMS);
  const rows = shown.map((item) => [
    p.dim(item.lane),
    item.target,
    item.problem === null ? formatCount(item.calls) : "-",
    formatCount(item.inputTokens),
    item.problem === null ? formatUsd(item.expected) : p.red("cannot be planned"),
    durationText(item.expectedMs),
  ]);
  const header = ["class", "item", "asks", "tokens in", "cost", "time"].map(p.dim);
  return [
    `${p.bold("batch")}  ${plan.operation} ${spec.directory === "" ? "the whole codebase" : spec.directory}`,
    "",
    ...factLines(plan, why, columns),
    "",
    ...fitTable([header, ...rows], {
      columns,
      indent: "  ",
      align: ["left", "left", "right", "right", "right", "right"],
      giving: [{ column: 1, least: 12 }],
    }),
    ...(items.length > MOST_ITEMS ? [p.dim(`  … ${formatCount(items.length - MOST_ITEMS)} more items`)] : []),
    ...notesOf(plan).flatMap((note) => ["", ...wrapText(note, columns, "  ", "  ")]),
    "",
  ].join("\n");
}

function factLines(plan: BatchPlan, why: string, columns: number): string[] {
  const { items, spec, learned, way } = plan;
  const inLane = (lane: BatchLane): number => items.filter((item) => item.lane === lane).length;
  const classes = LANES.filter((lane) => inLane(lane) > 0).map((lane) => `${inLane(lane)} ${lane} (${CLASSES[lane]})`);
  const from =
    learned.from === 0
      ? "59 s a question: nothing is known of this kind and model yet"
      : `${durationText(learned.partMs)} a question, from the last ${learned.from}`;
  const time = way === "direct" ? `about ${durationText(plan.expectedMs)}; ${from}` : "within a day";
  const rows = [
    ["items", `${items.length}: ${classes.join(", ")}`],
    ["model", `${spec.model.provider}/${spec.model.name} (${why})`],
    ["way", way === "direct" ? `directly, ${plan.concurrency} items at a time` : `${way}'s batch interface`],
    ["asks", `${formatCount(plan.calls)} questions`],
    ["cost", `${formatUsd(plan.expected)} expected, ${formatUsd(plan.worst)} at worst`],
    ["time", time],
  ];
  return fitTable(rows, { columns, indent: "  ", giving: [{ column: 1, least: 20 }] });
}

function notesOf({ noBatchApi, passedOver, month, expected, tight }: BatchPlan): string[] {
  const roles = Object.entries(passedOver).map(([role, count]) => `${count} ${role}`);
  const left = month.limit === null ? null : month.limit - month.spent - month.held;
  return [
    ...(noBatchApi === null ? [] : [`${noBatchApi}.`]),
    ...(roles.length === 0 ? [] : [`Passed over, because they are no code: ${roles.join(", ")}.`]),
    ...(left !== null && expected > left
      ? [`The month's budget has ${formatUsd(Math.max(0, left) as NanoUsd)} left: the batch would stop there.`]
      : []),
    ...tight.map(tightLimitText),
  ];
}

/** The same for programs. Pure. */
export function batchPlanJson(plan: BatchPlan, repo: string, why: string): object {
  const { operation, spec, items, way, noBatchApi, passedOver, learned, concurrency, month } = plan;
  return {
    operation,
    repo,
    directory: spec.directory,
    model: spec.model,
    why,
    way,
    noBatchApi,
    concurrency,
    items: items.map(({ expected, worst, ...item }) => ({
      ...item,
      ...money("expected", expected),
      ...money("worst", worst),
    })),
    calls: plan.calls,
    ...money("expected", plan.expected),
    ...money("worst", plan.worst),
    expectedMs: Math.round(plan.expectedMs),
    learned: {
      questionMs: learned.partMs,
      from: learned.from,
    },
    passedOver,
    month: {
      limitUsd: month.limit === null ? null : toUsd(month.limit),
      spentUsd: toUsd(month.spent),
    },
  };
}

function money(name: string, amount: NanoUsd): Record<string, number> {
  return { [`${name}Usd`]: toUsd(amount), [`${name}NanoUsd`]: amount };
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const BAR = 30;
const MOST_RUNNING = 4;

/** Where a batch stands, in a few lines that are never wider than the screen. Pure. */
export function batchFrame(progress: BatchProgress, { paint: p, columns }: Form, tick: number): string {
  const { items, done, failed, running, sent, etaMs } = progress;
  const over = done + failed;
  const width = Math.max(8, Math.min(BAR, columns - 44));
  const share = items === 0 ? 0 : over / items;
  const eta = etaMs === null || over === items ? "" : `  about ${durationText(etaMs)} left`;
  const counts = [
    `${over} of ${items} items`,
    ...(failed > 0 ? [p.red(`${failed} failed`)] : []),
    ...(sent > 0 ? [`${sent} sent`] : []),
  ];
  const head = `${p.cyan(SPINNER[tick % SPINNER.length] ?? "●")} ${bar(share, width)}  ${counts.join(", ")}`;
  const lines = [
    head,
    `  ${p.bold(moneyText(progress))}${p.dim(eta)}`,
    ...running.slice(0, MOST_RUNNING).map((target) => p.dim(`  ${target}`)),
    ...(running.length > MOST_RUNNING ? [p.dim(`  … ${running.length - MOST_RUNNING} more`)] : []),
  ];
  return lines.map((line) => fitLine(line, columns)).join("\n");
}

/** One line: for a log. Pure. */
export function batchLine(progress: BatchProgress): string {
  const { items, done, failed, sent, etaMs } = progress;
  const left = etaMs === null || done + failed === items ? "" : `, about ${durationText(etaMs)} left`;
  const more = `${failed > 0 ? `, ${failed} failed` : ""}${sent > 0 ? `, ${sent} sent` : ""}`;
  return `${done} of ${items} items done${more}, ${moneyText(progress)}${left}`;
}

function moneyText({ cost, limit }: Pick<BatchProgress, "cost" | "limit">): string {
  return limit === null ? formatUsd(cost) : `${formatUsd(cost)} of ${formatUsd(limit)}`;
}

/** How a batch stands now or has ended, and what did not work. */
export interface BatchReport {
  readonly batch: Batch;
  readonly items: readonly BatchItem[];
  readonly cost: NanoUsd;
  readonly stop: BatchStop;
  /** Questions at the provider. */
  readonly sent: number;
  readonly carried: boolean;
}

/** Pure. */
export function batchReportScreen(report: BatchReport, program: string, { paint: p, columns }: Form): string {
  const { batch, items, cost, stop } = report;
  const findings = items.reduce((sum, { result }) => sum + (result?.findings.length ?? 0), 0);
  const first = items.toSorted((a, b) => Number(a.state === "done") - Number(b.state === "done"));
  const rows = first
    .slice(0, MOST_ROWS)
    .map((item) => [
      stateText(item, p),
      item.target,
      item.result === null ? "" : formatCount(item.result.findings.length),
      item.cost === 0 ? "" : formatUsd(item.cost),
      item.durationMs === null ? "" : durationText(item.durationMs),
    ]);
  const done = items.filter(({ state }) => state === "done").length;
  const head = `${p.bold(`batch ${batch.id}`)} ${batch.operation}: ${done} of ${items.length} items done, ${findings} findings, ${formatUsd(cost)}`;
  const header = ["", "item", "findings", "cost", "time"].map(p.dim);
  return [
    ...wrapText(head, columns),
    "",
    ...fitTable([header, ...rows], {
      columns,
      indent: "  ",
      align: ["left", "left", "right", "right", "right"],
      giving: [{ column: 1, least: 12 }],
    }),
    ...(items.length > MOST_ROWS ? [p.dim(`  … ${formatCount(items.length - MOST_ROWS)} more items`)] : []),
    ...problemLines(items, columns),
    ...(stop === null ? [] : ["", ...wrapText(`Stopped: ${stop.message}`, columns)]),
    ...nextSteps(report, program).flatMap((line) => ["", ...wrapText(line, columns)]),
    "",
  ].join("\n");
}

/** Why items failed; the same reason is told once. */
function problemLines(items: readonly BatchItem[], columns: number): string[] {
  const failed = items.filter(({ state }) => state === "failed" || state === "incomplete");
  const problems = [...new Set(failed.map(({ problem }) => problem ?? "no reason is known"))];
  const told = problems.slice(0, MOST_PROBLEMS).flatMap((problem) => wrapText(problem, columns, "  ", "    "));
  const more = problems.length - MOST_PROBLEMS;
  return problems.length === 0 ? [] : ["", ...told, ...(more > 0 ? [`  … ${more} more reasons`] : [])];
}

function nextSteps({ batch, items, sent, carried }: BatchReport, program: string): string[] {
  if (carried) return ["A process is carrying it now."];
  if (batch.state === "cancelled") return ["It was cancelled; what was done is kept."];
  if (batch.way !== "direct" && (sent > 0 || items.some(({ state }) => state === "sent")))
    return [`Answers are still to come: ${program} batch --collect ${batch.id} fetches what is there.`];
  const failed = items.filter(({ state }) => state === "failed" || state === "incomplete").length;
  const waiting = items.filter(({ state }) => state !== "done").length - failed;
  if (failed + waiting === 0) return [];
  const what = [
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? "item waits" : "items wait"}`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(", ");
  return [`${what}: ${program} batch --resume ${batch.id} goes on; what was paid for is not asked again.`];
}

function stateText({ state, lane }: BatchItem, p: Paint): string {
  if (state === "done") return p.green("done");
  if (state === "failed" || state === "incomplete") return p.red(state);
  return state === "waiting" ? p.dim(`waits (${lane})`) : p.cyan(state);
}

/** For programs; with the whole result of each item. Pure. */
export function batchReportJson({ batch, items, cost, stop, sent, carried }: BatchReport): object {
  const { id, operation, repo, spec, state, way, limit } = batch;
  return {
    id,
    operation,
    repo,
    directory: spec.directory,
    model: spec.model,
    state,
    way,
    carried,
    complete: items.every((item) => item.state === "done"),
    ...money("cost", cost),
    limitUsd: limit === null ? null : toUsd(limit),
    stop,
    openQuestions: sent,
    items: items.map(({ cost: paid, remoteId: _remoteId, updatedAt, ...item }) => ({
      ...item,
      ...money("cost", paid),
      updatedAt: new Date(updatedAt).toISOString(),
    })),
  };
}
