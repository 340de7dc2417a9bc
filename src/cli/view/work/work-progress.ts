import { formatUsd } from "../../../foundation/units.ts";
import type { WorkProgress } from "../../../tasks/work.ts";
import type { Io } from "../../command.ts";
import type { Paint } from "../colour.ts";
import { openCountingDown } from "../counting-down.ts";
import { columnsOf, fitLine } from "../fit.ts";
import { bar } from "../spend/bars.ts";
import { durationText } from "./duration.ts";

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const BAR = 24;

/** What is told while work goes on; on standard error, so that the result alone is on standard output. */
export interface WorkView extends Disposable {
  show(progress: WorkProgress): void;
}

/** Redrawn in place on a terminal, a line a finished part elsewhere, nothing for programs. */
export function openWorkView(io: Io, form: "live" | "plain" | "json", p: Paint): WorkView {
  switch (form) {
    case "json":
      return { show() {}, [Symbol.dispose]() {} };
    case "plain":
      return plainView(io);
    case "live":
      return openCountingDown(io, (progress, tick) => progressFrame(progress, p, columnsOf(io), tick));
  }
}

function plainView(io: Io): WorkView {
  let told = "";
  return {
    show(progress) {
      const line = progressLine(progress);
      if (line === told) return;
      told = line;
      io.stderr.write(`${line}\n`);
    },
    [Symbol.dispose]() {},
  };
}

/** "3 of 12 parts, $0.012, about 40 s left: src/a.ts". Pure. */
export function progressLine({ done, parts, cost, etaMs, current }: WorkProgress): string {
  const left = etaMs === null || done === parts ? "" : `, about ${durationText(etaMs)} left`;
  return `${done} of ${parts} parts, ${formatUsd(cost)}${left}${current === "" ? "" : `: ${current}`}`;
}

/** Two lines, never wider than the screen. Pure. */
export function progressFrame(progress: WorkProgress, p: Paint, columns: number, tick: number): string {
  const { done, parts, cost, etaMs, current } = progress;
  const left = etaMs === null || done === parts ? "" : `  about ${durationText(etaMs)} left`;
  const width = Math.max(8, Math.min(BAR, columns - 48));
  return [
    `${p.cyan(SPINNER[tick % SPINNER.length] ?? "●")} ${bar(parts === 0 ? 0 : done / parts, width)}  ${done} of ${parts} parts  ${p.bold(formatUsd(cost))}${p.dim(left)}`,
    p.dim(`  ${current}`),
  ]
    .map((line) => fitLine(line, columns))
    .join("\n");
}
