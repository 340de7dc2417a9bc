import { formatCount, formatUsd, sumUsd } from "../../foundation/units.ts";
import { formatSeconds } from "../../runs/plan/forecast-time.ts";
import type { PlanEnd } from "../../runs/planning/plan-flow.ts";
import type { Paint } from "./colour.ts";
import { fitTable, shownCommand, wrapText } from "./fit.ts";
import { numbers } from "./frame.ts";

const MOST_COMMANDS = 12;
const HEAD = ["", "mini-task", "tier", "by", "tokens", "forecast", "time", "after"];

/** The plan as people see it before it is carried out: every task with tier and forecast, the checks, where to edit. */
export function planScreen(planned: Extract<PlanEnd, { kind: "planned" }>, paintWith: Paint, columns: number): string {
  const rest = planned.commands.length - MOST_COMMANDS;
  return [
    `${paintWith.bold("Plan")} by ${planned.planner}: ${planned.decision.kind === "direct" ? "one strong model does it directly" : planned.decision.kind}`,
    ...planned.decision.reasons.flatMap((reason) => wrapText(reason, columns, "  - ", "    ").map(paintWith.dim)),
    "",
    ...taskTable(planned, columns),
    "",
    paintWith.bold("Checks that will be run"),
    ...planned.commands
      .slice(0, MOST_COMMANDS)
      .map((command) => paintWith.dim(`  ${shownCommand(command, columns - 2)}`)),
    ...(rest > 0 ? [paintWith.dim(`  and ${rest} more, in the task files`)] : []),
    ...planned.warnings.flatMap((warning) => wrapText(warning, columns, "  ! ", "    ").map(paintWith.yellow)),
    "",
    ...wrapText(`Files to read and edit: ${planned.folder}`, columns, "", "  "),
  ].join("\n");
}

function taskTable({ tasks }: Extract<PlanEnd, { kind: "planned" }>, columns: number): string[] {
  const rows = tasks.map((task) => [
    String(task.number),
    task.title,
    task.tier,
    task.tier === "exact" ? "" : task.model,
    tokensText(task.inputTokens, task.outputTokens),
    formatUsd(task.cost),
    formatSeconds(task.seconds),
    numbers(task.dependsOn),
  ]);
  const [input, output] = [
    sum(tasks.map(({ inputTokens }) => inputTokens)),
    sum(tasks.map(({ outputTokens }) => outputTokens)),
  ];
  const total = [
    "",
    "total",
    "",
    "",
    tokensText(input, output),
    formatUsd(sumUsd(tasks.map(({ cost }) => cost))),
    "",
    "",
  ];
  return fitTable(
    [HEAD.map((name, column) => (column === 3 && rows.every((row) => row[3] === "") ? "" : name)), ...rows, total],
    {
      columns,
      indent: "  ",
      align: ["right", "left", "left", "left", "right", "right", "right", "left"],
      giving: [
        { column: 1, least: 14 },
        { column: 3, least: 10 },
        { column: 7, least: 6 },
      ],
    },
  );
}

function tokensText(input: number, output: number): string {
  return input + output === 0 ? "none" : `${formatCount(input)} + ${formatCount(output)}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
