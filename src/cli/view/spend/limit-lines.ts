import type { LimitLine, LimitReport } from "../../../app/figures/limits-report.ts";
import { formatCount, formatUsd, fromUsd } from "../../../foundation/units.ts";
import type { LimitFigure } from "../../../throttle/throttle.ts";
import { durationText } from "../../../throttle/refusal.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { bar, levelText, percent } from "./bars.ts";

/** Below so many columns whose, which and how far is all that is told: a limit must never look like another one. */
const NARROW = 60;

/** The limits as an aligned table with a bar each, and what the guard has stopped. Pure. */
export function limitsScreen(
  report: LimitReport,
  form: { paint: Paint; columns: number; program: string; now: number },
): string[] {
  const { paint: p, columns } = form;
  const { warning, soft, hard, critical } = report.thresholds;
  const levels = `WARNING from ${percent(warning)}, SOFT from ${percent(soft)}, HARD from ${percent(hard)}, CRITICAL above ${percent(critical)}; months in ${report.timeZone}`;
  const stops = report.stops.flatMap((stop) => [
    "",
    ...wrapText(`${p.red("stopped")} ${stop.scope_key.replace(":", " ")}: ${stop.reason}`, columns, "", "  "),
    `  ${form.program} limits resume ${stop.scope_key.slice(stop.scope_key.indexOf(":") + 1)} lets it go on`,
  ]);
  return [...limitTable(report.limits, form), "", ...wrapText(levels, columns).map((line) => p.dim(line)), ...stops];
}

/** One row a limit: whom it caps, what, how far it is used, by whom most. What a narrow screen has no room for is left out. Pure. */
export function limitTable(
  lines: readonly LimitLine[],
  { paint: p, columns, now }: { readonly paint: Paint; readonly columns: number; readonly now: number },
): string[] {
  const has = (cell: string, least: number): string => (columns >= least ? cell : "");
  const width = columns >= 120 ? 20 : 10;
  const rows = lines.map((line) => [
    columns >= NARROW ? whom(line) : briefly(line),
    line.name,
    has(amount(line, line.used + line.held), NARROW),
    has(amount(line, line.limit), NARROW),
    has(bar(line.share, width), 90),
    percent(line.share),
    levelText(line.level, p),
    has(line.of, 92),
    has(line.resets_at === null ? "" : durationText(Math.max(0, Date.parse(line.resets_at) - now)), 70),
    has(line.origin, 110),
  ]);
  const header = [
    "whose",
    "limit",
    has("used", NARROW),
    has("of", NARROW),
    "",
    "",
    "level",
    has("most by", 92),
    has("frees in", 70),
    has("set by", 110),
  ];
  return fitTable([header.map((cell) => p.bold(cell)), ...rows], {
    columns,
    align: ["left", "left", "right", "right", "left", "right", "left", "left", "right"],
    giving: [
      { column: 7, least: 6 },
      { column: 0, least: 8 },
      { column: 1, least: 8 },
    ],
  });
}

function whom({ scope, caps }: LimitLine): string {
  if (scope === "global") return "all sessions";
  return caps === "*" ? `each ${scope}` : `${scope} ${caps}`;
}

/** "codex", "session", "all": what stays of it on a narrow screen. */
function briefly({ scope, caps }: LimitLine): string {
  if (scope === "global") return "all";
  return caps === "*" ? scope : caps;
}

/** Dollars of a figure as money, all else as counts. */
export function amount({ measure }: Pick<LimitFigure, "measure">, value: number): string {
  return measure === "usd" ? formatUsd(fromUsd(value)) : formatCount(value);
}
