import { createLogUpdate } from "log-update";
import type { Io } from "../command.ts";

const FRAME_MS = 120;

/** What is redrawn in place on standard error while something goes on, so that the result alone is on standard output. */
export interface CountingDown<Progress> extends Disposable {
  show(progress: Progress): void;
  /** A line above it that stays. */
  note(text: string): void;
}

/** Redraws the progress told last, what it says is left going down with the clock. Disposed, it leaves nothing on the screen. */
export function openCountingDown<Progress extends { readonly etaMs: number | null }>(
  io: Io,
  frame: (progress: Progress, tick: number) => string,
): CountingDown<Progress> {
  const draw = createLogUpdate(io.stderr as NodeJS.WriteStream, { showCursor: true });
  let latest: Progress | undefined;
  let shownAt = performance.now();
  let tick = 0;
  let timer: NodeJS.Timeout | undefined;
  const redraw = (): void => {
    if (latest === undefined) return;
    const waited = performance.now() - shownAt;
    const etaMs = latest.etaMs === null ? null : Math.max(0, latest.etaMs - waited);
    draw(frame({ ...latest, etaMs }, tick++));
  };
  return {
    show(progress) {
      latest = progress;
      shownAt = performance.now();
      timer ??= setInterval(redraw, FRAME_MS);
      redraw();
    },
    note(text) {
      if (timer !== undefined) draw.clear();
      io.stderr.write(`${text}\n`);
      redraw();
    },
    [Symbol.dispose]() {
      if (timer === undefined) return;
      clearInterval(timer);
      draw.clear();
    },
  };
}
