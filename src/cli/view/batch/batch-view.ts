import type { BatchProgress } from "../../../tasks/batch/batch.ts";
import type { Io } from "../../command.ts";
import type { Paint } from "../colour.ts";
import { type CountingDown, openCountingDown } from "../counting-down.ts";
import { columnsOf } from "../fit.ts";
import { batchFrame, batchLine } from "./batch-screen.ts";

/** What is told while a batch goes on; on standard error. */
export type BatchView = CountingDown<BatchProgress>;

/** Redrawn in place on a terminal, a line a finished item elsewhere, nothing for programs. */
export function openBatchView(io: Io, form: "live" | "plain" | "json", p: Paint): BatchView {
  if (form === "json") return { show() {}, note() {}, [Symbol.dispose]() {} };
  if (form === "plain") return plainView(io);
  return openCountingDown(io, (progress, tick) => batchFrame(progress, { paint: p, columns: columnsOf(io) }, tick));
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
