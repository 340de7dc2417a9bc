import { formatCount, formatUsd, sumUsd } from "../../../foundation/units.ts";
import type { WorkPart, WorkPlan } from "../../../tasks/work.ts";
import type { TightLimit } from "../../../app/work/work-limits.ts";
import type { Paint } from "../colour.ts";
import { fitLine, fitTable, wrapText } from "../fit.ts";
import { bar } from "../spend/bars.ts";
import { placeOf } from "./chunks-screen.ts";
import { leftOutText } from "./codebase-tree.ts";
import { count } from "./count.ts";
import { durationText } from "./duration.ts";
import { tightLimitText } from "./limit-text.ts";

export interface WorkForm {
  readonly paint: Paint;
  readonly columns: number;
}

/** What stands beside a plan: why this model, and limits that it would run into. */
export interface AboutPlan {
  readonly why: string;
  readonly limits: readonly TightLimit[];
}

const BAR = 8;
/** Parts that the table shows; --plan-only --json has them all. */
const MOST_PARTS = 24;

/** What would be read, asked and paid: the same picture before the work and with --plan-only. Pure. */
export function workPlanScreen(plans: readonly WorkPlan[], { why, limits }: AboutPlan, form: WorkForm): string {
  const { paint: p, columns } = form;
  const [first] = plans;
  if (first === undefined) return "";
  const parts = plans.flatMap((plan) => plan.parts);
  const rows = parts.slice(0, MOST_PARTS).map((part, index) => partRow(part, index, first.spec.strategy.maxTokens, p));
  const left = leftOutText(leftOutOf(plans));
  return [
    fitLine(`${p.bold(first.spec.kind)}  ${targetText(plans)}`, columns),
    "",
    ...fitTable(factRows(plans, why, p), { columns, indent: "  ", giving: [{ column: 1, least: 20 }] }),
    "",
    ...fitTable([["", "tokens", "filled", "", "files"].map(p.dim), ...rows], {
      columns,
      indent: "  ",
      align: ["right", "right", "left", "left", "left"],
      giving: [{ column: 4, least: 10 }],
    }),
    ...(parts.length > MOST_PARTS ? [p.dim(`  … ${formatCount(parts.length - MOST_PARTS)} more parts`)] : []),
    ...(left === "" ? [] : ["", ...wrapText(`Left out: ${left}.`, columns, "  ", "    ")]),
    ...limits
      .slice(0, 2)
      .flatMap((limit) => ["", ...wrapText(`Limit: ${tightLimitText(limit)}`, columns, "  ", "    ").map(p.yellow)]),
    "",
  ].join("\n");
}

function leftOutOf(plans: readonly WorkPlan[]): WorkPlan["leftOut"] {
  const byPath = new Map(plans.flatMap(({ leftOut }) => leftOut.map((left) => [left.path, left] as const)));
  return [...byPath.values()];
}

function partRow(part: WorkPart, index: number, maxTokens: number, p: Paint): string[] {
  const names = part.covers.map(placeOf);
  return [
    String(index + 1),
    formatCount(part.chunk.tokens),
    bar(part.chunk.tokens / maxTokens, BAR),
    part.cached ? p.green("kept") : "",
    names.join(", "),
  ];
}

function factRows(plans: readonly WorkPlan[], why: string, p: Paint): string[][] {
  const sum = planSum(plans);
  const files = new Set(plans.flatMap(({ parts }) => parts.flatMap(({ covers }) => covers.map(({ path }) => path))));
  const limit = plans[0]?.spec.strategy.maxTokens ?? 0;
  const kept = sum.cachedCalls === 0 ? "" : `, ${formatCount(sum.cachedCalls)} answered before and kept`;
  const standIn = sum.fallback.length === 0 ? "" : `; may stand in: ${sum.fallback.join(", ")}`;
  return [
    [
      "reads",
      `${count(files.size, "file")} in ${count(sum.parts, "part")} of at most ${formatCount(limit)} tokens, ${formatCount(sum.inputTokens)} tokens in`,
    ],
    ["asks", `${count(sum.calls, "call")}${kept}`],
    ["model", `${p.cyan(sum.model)}${standIn}`],
    ["", p.dim(why)],
    ["price", `${p.bold(formatUsd(sum.expected))} expected, ${formatUsd(sum.worst)} at worst`],
    ["time", `about ${durationText(sum.expectedMs)}`],
  ].map(([name = "", text = ""]) => [p.dim(name), text]);
}

/** The plan as one line, for logs and loops. Pure. */
export function workPlanLine(plans: readonly WorkPlan[]): string {
  const sum = planSum(plans);
  const kept = sum.cachedCalls === 0 ? "" : ` (${formatCount(sum.cachedCalls)} kept)`;
  const standIn = sum.fallback.length === 0 ? "" : `, else ${sum.fallback.join(", ")}`;
  return `plan: ${plans[0]?.spec.kind ?? ""} ${targetText(plans)}: ${count(sum.parts, "part")}, ${formatCount(sum.inputTokens)} tokens, ${count(sum.calls, "call")}${kept} to ${sum.model}${standIn}, ${formatUsd(sum.expected)} expected, ${formatUsd(sum.worst)} at worst, about ${durationText(sum.expectedMs)}`;
}

/** Plans of one command taken together; money in nano-dollars. Pure. */
export function planSum(plans: readonly WorkPlan[]) {
  const add = (of: (plan: WorkPlan) => number): number => plans.reduce((sum, plan) => sum + of(plan), 0);
  return {
    parts: add(({ parts }) => parts.length),
    calls: add(({ estimate }) => estimate.calls),
    cachedCalls: add(({ estimate }) => estimate.cachedCalls),
    inputTokens: add(({ estimate }) => estimate.inputTokens),
    outputTokens: add(({ estimate }) => estimate.outputTokens),
    expectedMs: add(({ estimate }) => estimate.expectedMs),
    expected: sumUsd(plans.map(({ estimate }) => estimate.expected)),
    worst: sumUsd(plans.map(({ estimate }) => estimate.worst)),
    model: plans[0]?.estimate.model ?? "",
    fallback: plans[0]?.estimate.fallback ?? [],
  };
}

function targetText(plans: readonly WorkPlan[]): string {
  const names = plans.map(({ spec: { target } }) => {
    if (target.by === "modules") return target.names.join(", ");
    if (target.by === "paths") return target.paths.join(", ");
    return target.by === "codebase" ? "the whole codebase" : target.by.replace("-", " ");
  });
  return [...new Set(names)].join(", ");
}
