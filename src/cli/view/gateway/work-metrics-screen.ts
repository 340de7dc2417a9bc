import { formatCount, formatUsd, type NanoUsd, toUsd } from "../../../foundation/units.ts";
import {
  type BestModel,
  bestModels,
  ENOUGH_PIECES,
  workFigures,
  workReturn,
} from "../../../tasks/tracking/work-figures.ts";
import { addWorkSums, byKind, type WorkSums } from "../../../tasks/tracking/work-outcomes.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { percent } from "../spend/bars.ts";
import { durationText } from "../work/duration.ts";

/** Finished work of a span of time, by kind and model. */
export interface WorkReport {
  readonly sums: readonly WorkSums[];
  /** What an hour of a person costs; null: nobody said. */
  readonly hourlyRate: NanoUsd | null;
}

interface Form {
  readonly paint: Paint;
  readonly columns: number;
}

/** Work on a codebase as an aligned table, which model does what best, and what it brought in. Pure. */
export function workMetricsScreen({ sums, hourlyRate }: WorkReport, form: Form): string[] {
  const { paint: p, columns } = form;
  const kinds = byKind(sums);
  const [first, ...others] = kinds;
  if (first === undefined) return [];
  const total = others.reduce(addWorkSums, first);
  const wrap = (text: string): string[] => wrapText(text, columns, "", "  ");
  return [
    p.bold("work on the codebase"),
    "",
    ...kindsTable(kinds, total, form),
    "",
    ...bestModels(sums).flatMap((best) => wrap(bestText(best))),
    ...wrap(returnText(total, hourlyRate)),
    ...wrap(
      "time saved: minutes by hand for each part that was asked, by the kind's strategy (manualMinutes), less the time it took; complete work only",
    ).map((line) => p.dim(line)),
  ];
}

function kindsTable(kinds: readonly WorkSums[], total: WorkSums, { paint: p, columns }: Form): string[] {
  const has = (cell: string, least: number): string => (columns >= least ? cell : "");
  const header = ["work", "pieces", "complete", has("avg time", 75), has("out/in", 95), "each", "cost", "time saved"];
  const cells = (name: string, sums: WorkSums): string[] => {
    const { successRate, timeEachMs, tokenEfficiency, costEach, savedMs } = workFigures(sums);
    return [
      name,
      formatCount(sums.pieces),
      successRate === null ? "-" : percent(successRate),
      has(timeEachMs === null ? "-" : durationText(timeEachMs), 75),
      has(tokenEfficiency === null ? "-" : tokenEfficiency.toFixed(3), 95),
      costEach === null ? "-" : formatUsd(costEach),
      formatUsd(sums.cost),
      spanText(savedMs),
    ];
  };
  const rows = [...kinds.map((sums) => cells(sums.kind, sums)), cells(p.bold("all"), total)];
  return fitTable([header.map((cell) => p.bold(cell)), ...rows], {
    columns,
    align: ["left", ...Array.from({ length: 7 }, () => "right" as const)],
    giving: [{ column: 0, least: 8 }],
  });
}

function bestText(best: BestModel): string {
  const pieces = (count: number): string => (count === 1 ? "1 piece" : `${count} pieces`);
  if (best.found === "not-enough") {
    const there = best.models.map(({ model, pieces: count }) => `${model} ${pieces(count)}`).join(", ");
    return `${best.kind}: not enough to tell which model does it best (${ENOUGH_PIECES} pieces each at least; ${there})`;
  }
  const against = best.against.map(({ model, pieces: count }) => `${model} (${pieces(count)})`).join(", ");
  const why = {
    "only-one": "no other model has enough pieces to compare",
    success: `complete more often than ${against}`,
    cost: `as good as ${against} by what is known, and cheaper a part`,
  }[best.why];
  return `${best.kind}: ${best.model} (${pieces(best.pieces)}); ${why}`;
}

function returnText(total: WorkSums, hourlyRate: NanoUsd | null): string {
  const { savedMs } = workFigures(total);
  if (hourlyRate === null) {
    return `saved: ${spanText(savedMs)}; what that is worth is told once --hourly-rate (or hourly_rate in your configuration) says what an hour costs`;
  }
  const { value, cost, roi } = workReturn(total, hourlyRate);
  const rate =
    roi === null
      ? "nothing was paid"
      : `return on investment ${roi < 10 ? percent(roi) : `${formatCount(roi)} times what was paid`}`;
  return `saved: ${spanText(savedMs)}, worth ${formatUsd(value)} at ${formatUsd(hourlyRate)} an hour, for ${formatUsd(cost)}; ${rate}`;
}

function spanText(ms: number): string {
  return ms < 0 ? `-${durationText(-ms)}` : durationText(ms);
}

/** The same for programs: rates from 0 to 1, seconds, dollars; null where there is nothing to divide by. Pure. */
export function workMetricsJson({ sums, hourlyRate }: WorkReport): object {
  const kinds = byKind(sums);
  const [first, ...others] = kinds;
  const best = bestModels(sums);
  return {
    enough_pieces: ENOUGH_PIECES,
    hourly_rate_usd: hourlyRate === null ? null : toUsd(hourlyRate),
    kinds: kinds.map((each) => ({
      ...figuresJson(each, hourlyRate),
      best_model: bestJson(best.find(({ kind }) => kind === each.kind)),
      models: sums
        .filter(({ kind }) => kind === each.kind)
        .map((of) => ({ model: of.model, ...figuresJson(of, hourlyRate) })),
    })),
    total: first === undefined ? null : { ...figuresJson(others.reduce(addWorkSums, first), hourlyRate), kind: null },
  };
}

function bestJson(best: BestModel | undefined): object | null {
  if (best?.found !== "best") return null;
  return { model: best.model, pieces: best.pieces, why: best.why, against: best.against };
}

function figuresJson(sums: WorkSums, hourlyRate: NanoUsd | null) {
  const { successRate, costEach, timeEachMs, tokenEfficiency, savedMs } = workFigures(sums);
  const brought = hourlyRate === null ? null : workReturn(sums, hourlyRate);
  return {
    kind: sums.kind,
    pieces: sums.pieces,
    complete: sums.complete,
    parts: sums.parts,
    success_rate: successRate,
    average_time: timeEachMs === null ? null : timeEachMs / 1000,
    token_efficiency: tokenEfficiency,
    cost_per_delegation: costEach === null ? null : toUsd(costEach),
    input_tokens: sums.inputTokens,
    output_tokens: sums.outputTokens,
    cost_usd: toUsd(sums.cost),
    cost_nano_usd: sums.cost,
    time_by_hand: sums.manualMs / 1000,
    time_saved: savedMs / 1000,
    value_usd: brought === null ? null : toUsd(brought.value),
    return_on_investment: brought?.roi ?? null,
  };
}
