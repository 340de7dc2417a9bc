import { createLogUpdate } from "log-update";
import type { RunEvent } from "../../runs/events.ts";
import type { Io } from "../command.ts";
import type { ViewForm } from "../load-command-config.ts";
import type { Paint } from "./colour.ts";
import { columnsOf } from "./fit.ts";
import { frame } from "./frame.ts";
import { plainLine } from "./plain-lines.ts";
import { EMPTY_PICTURE, fold, resumed } from "./run-state.ts";

/** A screen that follows a run. */
export interface RunView extends Disposable {
  show(event: RunEvent): void;
  /** Makes room for other text; the next event goes on below it. */
  leave(): void;
}

/**
 * The graph of the run, redrawn in place on a terminal; a line an event elsewhere; one JSON object a line for programs.
 * `past` is what earlier lives of the run told. Disposed without having left, the terminal's view keeps its last frame on
 * the screen: it shows how far the run came.
 */
export function openRunView(io: Io, form: ViewForm, paintWith: Paint, past: readonly RunEvent[]): RunView {
  switch (form) {
    case "json":
      return lines(io, (event) => JSON.stringify(event));
    case "plain":
      return lines(io, onceAPlan(plainLine));
    case "live":
      return live(io, paintWith, past);
  }
}

function lines(io: Io, textOf: (event: RunEvent) => string | undefined): RunView {
  return {
    show(event) {
      const text = textOf(event);
      if (text !== undefined) io.stdout.write(`${text}\n`);
    },
    leave() {},
    [Symbol.dispose]() {},
  };
}

/** A plan is told when it is made and again when it is carried out; people want to read it twice only if it was edited. */
function onceAPlan(textOf: (event: RunEvent) => string | undefined): (event: RunEvent) => string | undefined {
  let told = "";
  return (event) => {
    if (event.kind !== "plan-ready") return textOf(event);
    const before = told;
    told = JSON.stringify(event.tasks);
    return before === told ? undefined : textOf(event);
  };
}

const FRAME_MS = 120;

function live(io: Io, paintWith: Paint, past: readonly RunEvent[]): RunView {
  const draw = createLogUpdate(io.stdout as NodeJS.WriteStream, { showCursor: true });
  const startedAt = performance.now();
  let picture = resumed(past.reduce(fold, EMPTY_PICTURE));
  let tick = 0;
  let timer: NodeJS.Timeout | undefined;
  const redraw = (): void => {
    const seconds = (performance.now() - startedAt) / 1000;
    const size = { columns: columnsOf(io), rows: io.stdout.rows ?? 24 };
    draw(frame(picture, paintWith, size, tick++, seconds));
  };
  const stopping = (): void => {
    picture = { ...picture, stopping: true };
    if (timer !== undefined) redraw();
  };
  io.signal.addEventListener("abort", stopping, { once: true });
  const halt = (): boolean => {
    if (timer === undefined) return false;
    clearInterval(timer);
    timer = undefined;
    return true;
  };
  return {
    show(event) {
      picture = fold(picture, event);
      timer ??= setInterval(redraw, FRAME_MS);
      redraw();
    },
    leave() {
      if (halt()) draw.clear();
    },
    [Symbol.dispose]() {
      io.signal.removeEventListener("abort", stopping);
      if (!halt()) return;
      redraw();
      draw.done();
    },
  };
}
