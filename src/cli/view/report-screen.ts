import { alignRows, clip } from "../../foundation/table.ts";
import { formatCount, formatUsd, nanoUsd } from "../../foundation/units.ts";
import type { Estimate } from "../../runs/report/comparison.ts";
import type { RunReport, TaskReport } from "../../runs/report/run-report.ts";
import type { Paint } from "./colour.ts";
import { failedCodes, gateCount } from "./run-state.ts";

/** The end of a run on the screen: mini-tasks with their gates, checks, verdict, what it cost, what it would have cost. */
export function reportScreen(report: RunReport, colours: Paint): string {
  const accepted = report.state === "accepted";
  return [
    `${accepted ? colours.green("✔ accepted") : colours.yellow("! needs you")}  ${clip(report.goal, 90)}`,
    ...(report.reason === "" ? [] : [`  ${report.reason}`]),
    "",
    colours.bold("Mini-tasks"),
    ...alignRows(report.tasks.map((task) => taskRow(task, colours)), ["left", "right", "left", "left", "left", "right", "right"]).map(indent),
    "",
    colours.bold("Proof"),
    ...report.checks.map(({ passed, command, why }) => `  ${passed ? colours.green("✔") : colours.red("✗")} ${clip(command, 70)}  ${colours.dim(why)}`),
    ...report.verdicts.map(
      ({ accepted: yes, judge, summary }) => `  ${yes ? colours.green("✔") : colours.red("✗")} verdict by ${judge}: ${summary}`,
    ),
    "",
    colours.bold("Cost"),
    ...costTable(report).map(indent),
    "",
    `  if all by the big model     ${estimate(report.comparison.allBig)}`,
    `  if by the best single model ${estimate(report.comparison.bestSingle)}`,
    `  ${savingText(report)}`,
    "",
    ...report.plan.notes.map((note) => colours.dim(`  note: ${note}`)),
    `Result: branch ${colours.bold(report.branch)} in ${report.repo}`,
    colours.dim(`  look at it:   git diff ${report.base.slice(0, 10)} ${report.branch}`),
    colours.dim(`  take it:      allot land ${report.run} --merge`),
    colours.dim(`  full report:  allot show ${report.run}`),
  ].join("\n");
}

function taskRow(task: TaskReport, colours: Paint): string[] {
  const last = task.attempts.at(-1);
  const mark = task.kind === "accepted" ? colours.green("✔") : task.kind === "skipped" ? colours.dim("-") : colours.yellow("!");
  return [
    mark,
    String(task.number),
    clip(task.title, 52),
    last === undefined ? "" : last.tier === "exact" ? "exact, no model" : `${last.model}${task.attempts.length > 1 ? `, try ${task.attempts.length}` : ""}`,
    task.kind === "accepted" ? `gates ${gateCount(task.gates)}` : clip(failedCodes(task.gates) || task.reason, 40),
    task.spent.inputTokens + task.spent.outputTokens === 0 ? "0 tok" : `${formatCount(task.spent.inputTokens + task.spent.outputTokens)} tok`,
    formatUsd(task.spent.cost),
  ];
}

function costTable(report: RunReport): string[] {
  const { byPhase, total, unknown } = report.spend;
  const phases = byPhase.map(({ name, calls, inputTokens, outputTokens, cost }) => [
    name,
    String(calls),
    formatCount(inputTokens),
    formatCount(outputTokens),
    formatUsd(cost),
  ]);
  return [
    ...alignRows(
      [
        ["phase", "calls", "input", "output", "cost"],
        ...phases,
        ["total", String(total.calls), formatCount(total.inputTokens), formatCount(total.outputTokens), formatUsd(total.cost)],
      ],
      ["left", "right", "right", "right", "right"],
    ),
    ...(unknown.calls > 0 ? [`${unknown.calls} lost calls are counted at their hold of ${formatUsd(unknown.held)}`] : []),
  ];
}

function estimate({ cost, low, high, model }: Estimate): string {
  return `~${formatUsd(cost)} (${formatUsd(low)} to ${formatUsd(high)}, ${model})`;
}

function savingText({ comparison, state }: RunReport): string {
  if (state !== "accepted" || comparison.saved === undefined) return "nothing is called saved: the result is not accepted";
  const { amount, percent } = comparison.saved;
  return amount >= 0 ? `saved ~${formatUsd(amount)} (${percent}%) against all-big` : `${formatUsd(nanoUsd(-amount))} dearer than all-big: delegating did not pay here`;
}

function indent(line: string): string {
  return `  ${line}`;
}
