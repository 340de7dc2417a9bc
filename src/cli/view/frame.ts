import { formatCount, formatUsd } from "../../foundation/units.ts";
import type { Paint } from "./colour.ts";
import { fitLine, fitTable } from "./fit.ts";
import type { RunPicture, TaskPicture } from "./run-state.ts";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ALIGN = ["left", "right", "left", "left", "left", "right", "right", "left", "left"] as const;
/** Remark, title, model: what a narrow screen loses first. */
const GIVING = [
  { column: 8, least: 12 },
  { column: 2, least: 18 },
  { column: 4, least: 10 },
  { column: 2, least: 10 },
  { column: 4, least: 6 },
  { column: 8, least: 0 },
];
/** Lines of a frame that are no mini-task: head, blanks, notes, stage, foot, and the line the cursor stands on. */
const OTHER_LINES = 11;
const FEWEST_TASKS = 3;

/** One frame: head, a row a mini-task (who, tier, tokens, dollars, gates), notes, stage, totals; never wider or higher than the screen. Pure. */
export function frame(picture: RunPicture, paintWith: Paint, size: ScreenSize, tick: number, seconds: number): string {
  const { before, shown, after } = window(picture.tasks, Math.max(FEWEST_TASKS, size.rows - OTHER_LINES));
  const table = fitTable(
    shown.map((task) => taskRow(task, paintWith, tick)),
    { columns: size.columns, indent: "  ", align: ALIGN, giving: GIVING },
  );
  const lines = [
    `${paintWith.bold("allot")} ${picture.run}  ${picture.goal.replaceAll(/\s+/g, " ")}`,
    paintWith.dim(picture.models),
    "",
    ...(before.length > 0 ? [paintWith.dim(`  … ${before.length} above, ${count(before, isOver)} of them done`)] : []),
    ...table,
    ...(after.length > 0 ? [paintWith.dim(`  … ${after.length} more below`)] : []),
    ...(table.length > 0 ? [""] : []),
    ...picture.lines.map((line) => paintWith.dim(`  ${line}`)),
    `  ${picture.stopping ? paintWith.yellow("stopping after what is at work now; Ctrl-C again stops at once") : picture.stage}`,
    paintWith.dim(`  ${totals(picture, seconds)}`),
  ];
  return lines.map((line) => fitLine(line, size.columns)).join("\n");
}

/** The mini-tasks that fit, around the ones at work; what is left out above and below. */
function window(tasks: readonly TaskPicture[], room: number) {
  if (tasks.length <= room) return { before: [], shown: tasks, after: [] };
  const open = tasks.findIndex((task) => !isOver(task));
  const first = Math.max(0, Math.min(open === -1 ? tasks.length : open - 1, tasks.length - room));
  return { before: tasks.slice(0, first), shown: tasks.slice(first, first + room), after: tasks.slice(first + room) };
}

function totals(picture: RunPicture, seconds: number): string {
  const done = picture.tasks.length === 0 ? "" : `${count(picture.tasks, isOver)} of ${picture.tasks.length} done  `;
  return `${done}${formatCount(picture.inputTokens)} in + ${formatCount(picture.outputTokens)} out tokens  ${formatUsd(picture.cost)}  ${seconds.toFixed(1)} s`;
}

function isOver({ state }: TaskPicture): boolean {
  return state === "integrated" || state === "escalated" || state === "skipped";
}

function count(tasks: readonly TaskPicture[], holds: (task: TaskPicture) => boolean): number {
  return tasks.filter(holds).length;
}

function taskRow(task: TaskPicture, paintWith: Paint, tick: number): string[] {
  return [
    mark(task, paintWith, tick),
    String(task.number),
    task.title,
    paintWith.dim(task.tier),
    paintWith.dim(task.tier === "exact" ? "" : `${task.who}${task.round > 1 ? `, try ${task.round}` : ""}`),
    task.tokens > 0 ? `${formatCount(task.tokens)} tok` : "",
    task.state === "waiting" ? "" : formatUsd(task.spent),
    task.gates === "" ? "" : `gates ${task.gates}`,
    remark(task, paintWith),
  ];
}

function mark(task: TaskPicture, paintWith: Paint, tick: number): string {
  switch (task.state) {
    case "waiting":
      return paintWith.dim("○");
    case "working":
      return paintWith.cyan(SPINNER[tick % SPINNER.length] ?? "●");
    case "checked":
    case "done":
      return paintWith.green("✔");
    case "integrated":
      return paintWith.green("●");
    case "refused":
      return paintWith.yellow("✗");
    case "escalated":
      return paintWith.red("!");
    case "skipped":
      return paintWith.dim("-");
  }
}

function remark(task: TaskPicture, paintWith: Paint): string {
  if (task.state === "waiting")
    return task.dependsOn.length > 0 ? paintWith.dim(`after ${numbers(task.dependsOn)}`) : "";
  return task.state === "refused" || task.state === "escalated"
    ? paintWith.yellow(task.remark)
    : paintWith.dim(task.remark);
}

/** `1-5, 8`: runs of numbers are drawn together. Pure. */
export function numbers(sorted: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}-${to}`))
    .join(", ");
}
