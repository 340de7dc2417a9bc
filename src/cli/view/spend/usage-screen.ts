import { allTokens, type Usage } from "../../../app/figures/usage-report.ts";
import { formatCount, formatUsd } from "../../../foundation/units.ts";
import type { Total } from "../../../ledger/totals.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { bar, percent } from "./bars.ts";
import { limitTable } from "./limit-lines.ts";

interface Form {
  readonly paint: Paint;
  readonly columns: number;
  readonly program: string;
}

/** What was spent as an aligned table with bars, above it the limits that are used. Pure. */
export function usageScreen(usage: Usage, form: Form): string[] {
  const { paint: p, columns, program } = form;
  const whose = usage.session === null ? "all sessions" : `session ${usage.session}`;
  const head = `${whose}, ${instant(usage.since)} to ${instant(usage.until)} UTC`;
  const title = wrapText(head, columns).map((line) => p.bold(line));
  const now = usage.until;
  const used = usage.report.limits.filter(({ share }) => share > 0);
  const limits = used.length === 0 ? [] : [p.bold("Limits now"), ...limitTable(used, { ...form, now }), ""];
  if (usage.rows.length === 0) {
    const nothing = `nothing was spent; calls through allot (${program} run, createClient, ${program} exec) are counted here`;
    return [...title, "", ...limits, ...wrapText(nothing, columns)];
  }
  const said = notes(usage.total).flatMap((line) => wrapText(line, columns, "", "  "));
  return [...title, "", ...limits, ...usageTable(usage, form), ...said.map((line) => p.dim(line))];
}

function usageTable({ by, rows, total }: Usage, { paint: p, columns }: Form): string[] {
  const has = (cell: string, least: number): string => (columns >= least ? cell : "");
  const most = Math.max(...rows.map(({ cost }) => cost), 1);
  const mostTokens = Math.max(...rows.map(allTokens), 1);
  const figures = (row: Total): string[] => {
    const { usage } = row;
    const cached = usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
    // Where all is free, tokens say who did most.
    const [share, ofMost] =
      total.cost > 0
        ? [row.cost / total.cost, row.cost / most]
        : [allTokens(row) / Math.max(1, allTokens(total)), allTokens(row) / mostTokens];
    return [
      formatUsd(row.cost),
      row === total ? "" : has(bar(ofMost, columns >= 110 ? 24 : 12), 60),
      percent(share),
      formatCount(allTokens(row)),
      has(formatCount(usage.inputTokens), 95),
      has(formatCount(cached), 95),
      has(formatCount(usage.outputTokens), 80),
      formatCount(row.calls),
    ];
  };
  const header = [by, "cost", "", "share", "tokens", has("in", 95), has("cached", 95), has("out", 80), "calls"];
  const cells = rows.map((row) => [row.group === "" ? "(none)" : row.group, ...figures(row)]);
  return fitTable([header.map((cell) => p.bold(cell)), ...cells, [p.bold("all"), ...figures(total)]], {
    columns,
    align: ["left", "right", "left", "right", "right", "right", "right", "right", "right"],
    giving: [{ column: 0, least: 8 }],
  });
}

/** What the figures do not say by themselves. */
function notes({ estimatedCalls, assumedPriceCalls, unknownCalls }: Total): string[] {
  const calls = (count: number): string => (count === 1 ? "1 call" : `${count} calls`);
  return [
    ...(estimatedCalls > 0 ? [`${calls(estimatedCalls)} without reported usage: estimated`] : []),
    ...(assumedPriceCalls > 0
      ? [`${calls(assumedPriceCalls)} to models without a known price: the dearest rates`]
      : []),
    ...(unknownCalls > 0 ? [`${calls(unknownCalls)} of unknown fate: counted at their hold`] : []),
  ];
}

/** The same for programs: dollars for reading, whole nano-dollars for reckoning. */
function instant(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
