import type { AttemptRecord, Target } from "../../../dispatch/survival/survival.ts";
import type { RequestTrace } from "../../../dispatch/traces/trace.ts";
import { formatCount, formatUsd } from "../../../foundation/units.ts";
import { inputOf } from "../../../ledger/cost.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { instantText, outcomeText, plain, timeText, usageText } from "./trace-text.ts";

interface Form {
  readonly paint: Paint;
  readonly columns: number;
}

/** One trace, and where it was found: the ledger keeps neither waits nor what cost nothing. */
export interface FoundTrace {
  readonly trace: RequestTrace;
  readonly source: "trace" | "ledger";
}

/** What became of a request: who asked, what served and why, a line an attempt, tokens, cost. Pure. */
export function traceScreen({ trace, source }: FoundTrace, form: Form): string[] {
  const { paint: p, columns } = form;
  const wrap = (text: string): string[] => wrapText(text, columns, "", "  ");
  return [
    ...wrap(`${p.bold(plain(trace.id))}  ${headline(trace, source, p)}`),
    ...wrap(whoAsked(trace)).map((line) => p.dim(line)),
    ...(trace.fellBackWhy === undefined ? [] : wrap(`fell back: ${plain(trace.fellBackWhy)}`)),
    ...(trace.outcome === "answered" ? [] : wrap(reasonOf(trace))),
    ...(trace.attempts.length === 0 ? [] : ["", ...attemptTable(trace.attempts, form)]),
    ...faultLines(trace.attempts, form),
    "",
    ...wrap(sums(trace)),
    ...(source === "trace"
      ? []
      : wrap("from the ledger: waits, and attempts that cost nothing, are not kept there").map((line) => p.dim(line))),
  ];
}

function headline(trace: RequestTrace, source: FoundTrace["source"], p: Paint): string {
  const asked = plain(trace.requestedModel);
  const served = trace.served === undefined ? undefined : name(trace.served);
  const by = served === undefined ? "" : trace.outcome === "answered" ? ` by ${served}` : `, ${served} asked last`;
  const other = served === undefined || trace.fellBackWhy !== undefined || !served.endsWith(`/${asked}`);
  const took = source === "ledger" && trace.tookMs === 0 ? "" : ` in ${timeText(trace.tookMs)}`;
  const status = trace.status > 0 ? ` (${trace.status})` : "";
  const cached = trace.cached ? " out of the cache" : "";
  return `${outcomeText(trace.outcome, p)}${status}${cached}${took}${by}${other && asked !== "" ? `, asked for ${asked}` : ""}`;
}

function whoAsked(trace: RequestTrace): string {
  const said = (label: string, value: string | undefined): string[] =>
    value === undefined || value === "" ? [] : [`${label}${plain(value)}`];
  return [
    `${instantText(trace.at)} UTC`,
    trace.surface === undefined ? trace.origin : `${trace.origin}, ${plain(trace.surface)}`,
    ...said("", trace.agent),
    ...said("session ", trace.session),
    ...said("key ", trace.key),
    ...said("project ", trace.project),
    ...said("task ", trace.taskType),
    ...said("level ", trace.level),
    ...(trace.stream ? ["streamed"] : []),
  ].join("; ");
}

function reasonOf({ code, message }: RequestTrace): string {
  return [code, message].flatMap((text) => (text === undefined ? [] : [plain(text)])).join(": ");
}

function attemptTable(attempts: readonly AttemptRecord[], { paint: p, columns }: Form): string[] {
  const right = "right" as const;
  const shown = COLUMNS.filter(({ least }) => columns >= least).map((column) => ({
    ...column,
    cells: attempts.map((attempt) => column.cell(attempt, p)),
  }));
  const filled = shown.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const rows = attempts.map((_, index) => filled.map(({ cells }) => cells[index] ?? ""));
  return fitTable([filled.map(({ title }) => p.bold(title)), ...rows], {
    columns,
    align: filled.map(({ isText }) => (isText === true ? "left" : right)),
    giving: [{ column: 1, least: 12 }],
  });
}

interface Column {
  readonly title: string;
  /** Shown on screens of so many columns. */
  readonly least: number;
  readonly isText?: true;
  readonly cell: (attempt: AttemptRecord, p: Paint) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "#", least: 0, cell: ({ number }) => String(number) },
  { title: "asked", least: 0, isText: true, cell: ({ target }) => name(target) },
  { title: "waited", least: 0, cell: ({ waitedMs }) => (waitedMs > 0 ? timeText(waitedMs) : "") },
  {
    title: "first byte",
    least: 100,
    cell: ({ firstByteMs }) => (firstByteMs === undefined ? "" : timeText(firstByteMs)),
  },
  { title: "took", least: 0, cell: ({ outcome, tookMs }) => (outcome === "skipped" ? "" : timeText(tookMs)) },
  { title: "status", least: 70, cell: ({ status }) => (status === undefined || status === 0 ? "" : String(status)) },
  { title: "outcome", least: 0, isText: true, cell: ({ outcome }, p) => outcomeText(outcome, p) },
  { title: "in", least: 80, cell: ({ usage }) => (usage === undefined ? "" : formatCount(inputOf(usage))) },
  { title: "cached", least: 100, cell: ({ usage }) => (usage === undefined ? "" : formatCount(usage.cacheReadTokens)) },
  { title: "out", least: 80, cell: ({ usage }) => (usage === undefined ? "" : formatCount(usage.outputTokens)) },
  {
    title: "reasoning",
    least: 110,
    cell: ({ usage }) => (usage === undefined ? "" : formatCount(usage.reasoningTokens)),
  },
  { title: "cost", least: 0, cell: ({ cost }) => (cost === undefined ? "" : formatUsd(cost)) },
];

/** What faults said, below the table: their words are too long for a column. The same words are said once. */
function faultLines(attempts: readonly AttemptRecord[], { paint: p, columns }: Form): string[] {
  const faults = attempts.flatMap(({ number, code, message }) => {
    const said = [code, message].flatMap((text) => (text === undefined ? [] : [plain(text)])).join(": ");
    return said === "" ? [] : [{ number, said }];
  });
  return [...Map.groupBy(faults, ({ said }) => said)].flatMap(([said, same]) =>
    wrapText(`${same.map(({ number }) => number).join(", ")}: ${said}`, columns, "  ", "     ").map((line) =>
      p.dim(line),
    ),
  );
}

function sums(trace: RequestTrace): string {
  const { usage } = trace;
  return [
    ...(usage === undefined ? [] : [usageText(usage)]),
    `${formatUsd(trace.cost)}${trace.attempts.length > 1 ? " for all attempts" : ""}`,
    ...(trace.heldMs > 0 ? [`held up for ${timeText(trace.heldMs)}`] : []),
    ...(trace.firstByteMs === undefined ? [] : [`first byte after ${timeText(trace.firstByteMs)}`]),
  ].join("; ");
}

/** "anthropic/claude-sonnet-4-5" */
function name({ provider, model }: Target): string {
  return plain(`${provider}/${model}`);
}
