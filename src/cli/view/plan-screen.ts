import { alignRows, clip } from "../../foundation/table.ts";
import { formatCount, formatUsd, sumUsd } from "../../foundation/units.ts";
import type { PlanEnd } from "../../runs/plan-flow.ts";
import type { RunSpec } from "../../runs/run.ts";
import type { Paint } from "./colour.ts";

/** The plan as people see it before they approve it: every task with tier, forecast and dependencies, and where to edit. */
export function planScreen(planned: Extract<PlanEnd, { kind: "planned" }>, spec: RunSpec, colours: Paint): string {
  const rows = planned.tasks.map((task) => [
    String(task.number),
    clip(task.title, 60),
    task.model,
    `${formatCount(task.inputTokens)} + ${formatCount(task.outputTokens)}`,
    formatUsd(task.cost),
    task.dependsOn.length === 0 ? "" : `after ${task.dependsOn.join(", ")}`,
  ]);
  const total = formatUsd(sumUsd(planned.tasks.map(({ cost }) => cost)));
  return [
    "",
    `${colours.bold("Plan")} by ${planned.planner} (${planned.decision.kind})`,
    ...planned.decision.reasons.map((reason) => colours.dim(`  ${reason}`)),
    "",
    ...alignRows([["", "mini-task", "by", "tokens in + out", "forecast", ""], ...rows], ["right", "left", "left", "right", "right"]).map(
      (line) => `  ${line}`,
    ),
    "",
    `  forecast ${total} for the mini-tasks; the checks that will be run:`,
    ...planned.commands.slice(0, MOST_COMMANDS).map((command) => colours.dim(`    ${clip(command, 110)}`)),
    ...(planned.commands.length > MOST_COMMANDS ? [colours.dim(`    and ${planned.commands.length - MOST_COMMANDS} more, in the task files`)] : []),
    ...planned.warnings.map((warning) => colours.yellow(`  ! ${warning}`)),
    "",
    `  files to read and edit: ${planned.folder}`,
    `  carry it out with:      allot resume ${spec.id}`,
  ].join("\n");
}

const MOST_COMMANDS = 12;
