import type { MonthBudget } from "../../../app/delegation/month-budget.ts";
import {
  type DelegationFigures,
  delegationFigures,
  type DelegationGroup,
  type DelegationSums,
} from "../../../dispatch/traces/delegation-figures.ts";
import { formatCount, formatUsd, fromUsd, nanoUsd, toUsd } from "../../../foundation/units.ts";
import { durationText } from "../../../throttle/refusal.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { bar, percent } from "../spend/bars.ts";
import { instantText, plain, timeText } from "./trace-text.ts";

/** What delegations came to in a span of time, and the month's budget. */
export interface DelegationReport {
  readonly by: DelegationGroup;
  /** Epoch ms. */
  readonly since: number;
  readonly until: number;
  readonly rows: readonly DelegationSums[];
  readonly total: DelegationSums;
  /** Of the provider xAI alone: the seeds ask for it by name. */
  readonly grok: DelegationSums | undefined;
  readonly byHandMs: number;
  readonly budget: MonthBudget;
}

interface Form {
  readonly paint: Paint;
  readonly columns: number;
  readonly program: string;
}

/** The figures as an aligned table, the month's budget, and how they were reckoned. Pure. */
export function metricsScreen(report: DelegationReport, form: Form): string[] {
  const { paint: p, columns, program } = form;
  const head = `delegations, ${instantText(report.since).slice(0, 16)} to ${instantText(report.until).slice(0, 16)} UTC`;
  const title = wrapText(head, columns).map((line) => p.bold(line));
  const budget = budgetLines(report.budget, form);
  if (report.rows.length === 0) {
    const nothing = `nothing was delegated; requests through ${program} serve and createClient are counted here`;
    return [...title, "", ...wrapText(nothing, columns), "", ...budget];
  }
  const said = notes(report).flatMap((line) => wrapText(line, columns, "", "  "));
  return [...title, "", ...figuresTable(report, form), "", ...budget, "", ...said.map((line) => p.dim(line))];
}

function figuresTable(report: DelegationReport, { paint: p, columns }: Form): string[] {
  const { by, rows, total, byHandMs } = report;
  const has = (cell: string, least: number): string => (columns >= least ? cell : "");
  const header = [
    by,
    "requests",
    "success",
    has("avg time", 70),
    has("out/in", 100),
    has("each", 80),
    "cost",
    has("fell back", 90),
    has("cached", 110),
    has("time saved", 60),
  ];
  const cells = (sums: DelegationSums): string[] => {
    const figures = delegationFigures(sums, byHandMs);
    const { successRate, averageResponseTime, tokenEfficiency, costPerDelegation, fallbackUsage, timeSaved } = figures;
    return [
      formatCount(sums.requests),
      successText(successRate, p),
      has(averageResponseTime === null ? "-" : timeText(averageResponseTime * 1000), 70),
      has(tokenEfficiency === null ? "-" : tokenEfficiency.toFixed(3), 100),
      has(costPerDelegation === null ? "-" : formatUsd(fromUsd(costPerDelegation)), 80),
      formatUsd(sums.cost),
      has(fallbackUsage === null ? "-" : percent(fallbackUsage), 90),
      has(formatCount(sums.cached), 110),
      has(savedText(timeSaved), 60),
    ];
  };
  const table = rows.map((row) => [row.group === "" ? "(none)" : plain(row.group), ...cells(row)]);
  return fitTable([header.map((cell) => p.bold(cell)), ...table, [p.bold("all"), ...cells(total)]], {
    columns,
    align: ["left", ...Array.from({ length: 9 }, () => "right" as const)],
    giving: [{ column: 0, least: 8 }],
  });
}

/** 95% is what the seeds ask of delegations with fallbacks. */
function successText(rate: number | null, p: Paint): string {
  if (rate === null) return "-";
  return rate >= 0.95 ? p.green(percent(rate)) : rate >= 0.8 ? p.yellow(percent(rate)) : p.red(percent(rate));
}

function savedText(seconds: number): string {
  return seconds < 0 ? `-${durationText(-seconds * 1000)}` : durationText(seconds * 1000);
}

function budgetLines(budget: MonthBudget, { paint: p, columns, program }: Form): string[] {
  const { limit, spent, held, forecast, timeZone, until } = budget;
  const month = monthName(budget);
  const end = `the month ends in ${timeZone} at ${instantText(until).slice(0, 16)} UTC`;
  const pace = `at the pace of the last ${budget.paceDays === 1 ? "day" : `${budget.paceDays} days`}`;
  const wrap = (text: string): string[] => wrapText(text, columns, "", "  ");
  if (limit === null) {
    return [
      ...wrap(
        `${p.bold(`Budget of ${month}`)}: none; ${formatUsd(spent)} spent, forecast ${formatUsd(forecast)} ${pace}`,
      ),
      ...wrap(`${program} limits set global usd/month 200 sets one`).map((line) => p.dim(line)),
    ];
  }
  const share = limit === 0 ? 1 : (spent + held) / limit;
  const over = forecast > limit ? p.red(` (${formatUsd(nanoUsd(forecast - limit))} over)`) : "";
  const heldText = held > 0 ? `, ${formatUsd(held)} held` : "";
  return [
    ...wrap(`${p.bold(`Budget of ${month}`)}: ${formatUsd(spent)} of ${formatUsd(limit)} spent${heldText}`),
    `${bar(share, Math.min(40, columns - 10))} ${percent(share)}`,
    ...wrap(`forecast: ${formatUsd(forecast)}${over}, ${pace}; ${end}`),
  ];
}

/** "2026-03", as its zone has it. */
function monthName({ from, until }: MonthBudget): string {
  return new Date((from + until) / 2).toISOString().slice(0, 7);
}

/** How the figures were reckoned, where that is not plain. */
function notes({ total, byHandMs }: DelegationReport): string[] {
  const count = (value: number, what: string): string[] => (value > 0 ? [`${formatCount(value)} ${what}`] : []);
  const apart = [
    ...count(total.failed, "failed"),
    ...count(total.refused, "refused by limits"),
    ...count(total.requests - total.answered - total.failed - total.refused, "left or rejected"),
  ];
  return [
    ...(apart.length === 0 ? [] : [`of all requests: ${apart.join(", ")}`]),
    "success: answered of answered and failed; each: all cost by requests that were tried",
    `time saved is reckoned, not measured: each answered request against ${durationText(byHandMs)} by hand (--by-hand says another)`,
  ];
}

/** The same for programs, under the seeds' names: rates from 0 to 1, seconds, dollars; null where there is nothing to divide by. Pure. */
export function metricsJson(report: DelegationReport) {
  const { budget, byHandMs } = report;
  const figuresOf = (sums: DelegationSums): DelegationFigures => delegationFigures(sums, byHandMs);
  return {
    since: new Date(report.since).toISOString(),
    until: new Date(report.until).toISOString(),
    by: report.by,
    delegation_metrics: {
      grok_success_rate: report.grok === undefined ? null : figuresOf(report.grok).successRate,
      ...figuresJson(figuresOf(report.total)),
    },
    rows: report.rows.map((row) => rowJson(row, figuresOf(row))),
    total: rowJson(report.total, figuresOf(report.total)),
    time_saved_against_seconds: byHandMs / 1000,
    budget: {
      month: monthName(budget),
      time_zone: budget.timeZone,
      ends_at: new Date(budget.until).toISOString(),
      limit_usd: budget.limit === null ? null : toUsd(budget.limit),
      spent_usd: toUsd(budget.spent),
      held_usd: toUsd(budget.held),
      share: budget.limit === null || budget.limit === 0 ? null : (budget.spent + budget.held) / budget.limit,
      forecast_usd: toUsd(budget.forecast),
      forecast_from_days: budget.paceDays,
    },
  };
}

function figuresJson(figures: DelegationFigures) {
  return {
    success_rate: figures.successRate,
    average_response_time: figures.averageResponseTime,
    token_efficiency: figures.tokenEfficiency,
    cost_per_delegation: figures.costPerDelegation,
    fallback_usage: figures.fallbackUsage,
    time_saved: figures.timeSaved,
  };
}

function rowJson(sums: DelegationSums, figures: DelegationFigures) {
  return {
    name: sums.group,
    requests: sums.requests,
    answered: sums.answered,
    failed: sums.failed,
    refused: sums.refused,
    fell_back: sums.fellBack,
    cached: sums.cached,
    attempts: sums.attempts,
    ...figuresJson(figures),
    input_tokens: sums.inputTokens + sums.cacheReadTokens,
    cache_read_tokens: sums.cacheReadTokens,
    output_tokens: sums.outputTokens,
    reasoning_tokens: sums.reasoningTokens,
    cost_usd: toUsd(sums.cost),
    cost_nano_usd: sums.cost,
  };
}
