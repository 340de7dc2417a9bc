import { createLogUpdate } from "log-update";
import { alignRows, clip } from "../../foundation/table.ts";
import { formatCount, formatUsd } from "../../foundation/units.ts";
import type { RunEvent } from "../../runs/events.ts";
import type { Io } from "../command.ts";
import { paint, type Paint } from "./colour.ts";
import { plainLine } from "./plain-lines.ts";
import { EMPTY_PICTURE, fold, type RunPicture, type TaskPicture } from "./run-state.ts";

/** A screen that follows a run. */
export interface RunView extends Disposable {
  show(event: RunEvent): void;
}

/**
 * The graph of the run, redrawn in place on a terminal; a line an event elsewhere; one JSON object a line for programs.
 * The terminal's view keeps the last frame on the screen when it is disposed.
 */
export function openRunView(io: Io, form: "live" | "plain" | "json"): RunView {
  if (form === "json") return lines(io, (event) => JSON.stringify(event));
  if (form === "plain") return lines(io, plainLine);
  return live(io);
}

function lines(io: Io, textOf: (event: RunEvent) => string | undefined): RunView {
  return {
    show(event) {
      const text = textOf(event);
      if (text !== undefined) io.stdout.write(`${text}\n`);
    },
    [Symbol.dispose]() {},
  };
}

const FRAME_MS = 120;

function live(io: Io): RunView {
  const paintWith = paint(true);
  const draw = createLogUpdate(io.stdout as NodeJS.WriteStream, { showCursor: true });
  const startedAt = performance.now();
  let picture = EMPTY_PICTURE;
  let tick = 0;
  const redraw = (): void => draw(frame(picture, paintWith, io.stdout.columns ?? 100, tick++, (performance.now() - startedAt) / 1000));
  const timer = setInterval(redraw, FRAME_MS);
  return {
    show(event) {
      picture = fold(picture, event);
      redraw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      redraw();
      draw.done();
    },
  };
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** One frame: head, a row a mini-task, notes, foot. Pure. */
export function frame(picture: RunPicture, paintWith: Paint, columns: number, tick: number, seconds: number): string {
  const rows = picture.tasks.map((task) => taskRow(task, paintWith, columns, tick));
  const table = alignRows(rows, ["left", "right", "left", "left", "right", "right", "right", "left"]);
  return [
    `${paintWith.bold("allot")} ${picture.run}  ${clip(picture.goal, Math.max(20, columns - 32))}`,
    paintWith.dim(picture.models),
    "",
    ...table.map((line) => `  ${line}`),
    ...(table.length > 0 ? [""] : []),
    ...picture.lines.map((line) => paintWith.dim(`  ${clip(line, columns - 4)}`)),
    `  ${clip(picture.stage, columns - 4)}`,
    paintWith.dim(
      `  ${formatCount(picture.inputTokens)} in + ${formatCount(picture.outputTokens)} out  ${formatUsd(picture.cost)}  ${seconds.toFixed(1)} s`,
    ),
  ].join("\n");
}

function taskRow(task: TaskPicture, paintWith: Paint, columns: number, tick: number): string[] {
  const wide = columns >= 110;
  return [
    mark(task, paintWith, tick),
    String(task.number),
    clip(task.title, wide ? 44 : 30),
    paintWith.dim(task.round > 1 ? `${task.who} r${task.round}` : task.who),
    task.tokens > 0 ? `${formatCount(task.tokens)} tok` : "",
    task.state === "waiting" ? "" : formatUsd(task.spent),
    task.gates === "" ? "" : `gates ${task.gates}`,
    remark(task, paintWith, wide),
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

function remark(task: TaskPicture, paintWith: Paint, wide: boolean): string {
  const text = task.state === "waiting" && task.dependsOn.length > 0 ? `after ${task.dependsOn.join(", ")}` : task.remark;
  const cut = clip(text, wide ? 40 : 20);
  return task.state === "refused" || task.state === "escalated" ? paintWith.yellow(cut) : paintWith.dim(cut);
}
