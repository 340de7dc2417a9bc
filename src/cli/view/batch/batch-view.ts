import { createLogUpdate } from "log-update";
import type { BatchProgress } from "../../../tasks/batch/batch.ts";
import type { Io } from "../../command.ts";
import type { Paint } from "../colour.ts";
import { columnsOf } from "../fit.ts";
import { batchFrame, batchLine } from "./batch-screen.ts";

const FRAME_MS = 120;

/** What is told while a batch goes on; on standard error. */
export interface BatchView extends Disposable {
  show(progress: BatchProgress): void;
  note(text: string): void;
}

/** Redrawn in place on a terminal, a line a finished item elsewhere, nothing for programs. */
export function openBatchView(io: Io, form: "live" | "plain" | "json", p: Paint): BatchView {
  if (form === "json") return { show() {}, note() {}, [Symbol.dispose]() {} };
  return form === "plain" ? plainView(io) : liveView(io, p);
}

function plainView(io: Io): BatchView {
  let told = "";
  return {
    show(progress) {
      const { done, failed, sent } = progress;
      const step = `${done} ${failed} ${sent}`;
      if (step === told) return;
      told = step;
      io.stderr.write(`${batchLine(progress)}\n`);
    },
    note: (text) => void io.stderr.write(`${text}\n`),
    [Symbol.dispose]() {},
  };
}

function liveView(io: Io, p: Paint): BatchView {
  const draw = createLogUpdate(io.stderr as NodeJS.WriteStream, { showCursor: true });
  let latest: BatchProgress | undefined;
  let shownAt = performance.now();
  let tick = 0;
  let timer: NodeJS.Timeout | undefined;
  const redraw = (): void => {
    if (latest === undefined) return;
    const waited = performance.now() - shownAt;
    const etaMs = latest.etaMs === null ? null : Math.max(0, latest.etaMs - waited);
    draw(batchFrame({ ...latest, etaMs }, { paint: p, columns: columnsOf(io) }, tick++));
  };
  return {
    show(progress) {
      latest = progress;
      shownAt = performance.now();
      timer ??= setInterval(redraw, FRAME_MS);
      redraw();
    },
    note(text) {
      draw.clear();
      io.stderr.write(`${text}\n`);
      redraw();
    },
    [Symbol.dispose]() {
      if (timer !== undefined) clearInterval(timer);
      draw.clear();
    },
  };
}
