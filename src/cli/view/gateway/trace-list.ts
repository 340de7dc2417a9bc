import type { RequestTrace } from "../../../dispatch/traces/trace.ts";
import { formatUsd } from "../../../foundation/units.ts";
import type { Paint } from "../colour.ts";
import { fitTable } from "../fit.ts";
import { instantText, outcomeText, plain, timeText } from "./trace-text.ts";

/** The newest traces, a line each; ids stay whole, so that they can be copied. Pure. */
export function traceList(
  traces: readonly RequestTrace[],
  { paint: p, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  const has = (cell: string, least: number): string => (columns >= least ? cell : "");
  const header = ["at (UTC)", "request", has("who", 85), "model", "outcome", has("took", 66), has("tries", 75), "cost"];
  const rows = traces.map((trace) => [
    has(instantText(trace.at).slice(5, 11), 95) + instantText(trace.at).slice(11),
    plain(trace.id),
    has(plain(trace.agent ?? trace.surface ?? trace.origin), 85),
    modelText(trace),
    outcomeText(trace.cached ? "cached" : trace.outcome, p),
    has(timeText(trace.tookMs), 66),
    has(trace.attempts.length === 0 ? "" : String(trace.attempts.length), 75),
    formatUsd(trace.cost),
  ]);
  return fitTable([header.map((cell) => p.bold(cell)), ...rows], {
    columns,
    align: ["left", "left", "left", "left", "left", "right", "right", "right"],
    giving: [
      { column: 3, least: 20 },
      { column: 2, least: 6 },
      { column: 3, least: 4 },
    ],
  });
}

/** What was asked for; behind an arrow what served, where that is another. */
function modelText({ requestedModel, served, outcome }: RequestTrace): string {
  if (outcome !== "answered" || served === undefined || served.model === requestedModel) return plain(requestedModel);
  return plain(requestedModel === "" ? served.model : `${requestedModel} → ${served.model}`);
}
