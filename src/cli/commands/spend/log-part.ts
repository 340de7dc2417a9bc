import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { LogPart } from "../../../app/figures/measure.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { readSince } from "../../read-since.ts";

/**
 * What `--before` and `--after` name: logs (a file or folder that is there), a span (FROM..TO), one instant (all before it, or all
 * from it on), else sessions by their ids, or how these begin. Throws `usage`.
 */
export function readLogPart(side: "before" | "after", text: string, cwd: string, now: number): LogPart {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (words.length === 0) {
    throw new AllotError("usage", `--${side} is empty, but takes sessions, a log's file, or a date`);
  }
  const paths = words.map((word) => resolve(cwd, word));
  if (paths.every((path) => existsSync(path))) return { files: paths };
  const [from, to, ...more] = text.split("..").map((word) => word.trim());
  if (from !== undefined && to !== undefined && more.length === 0) {
    return {
      ...(from === "" ? {} : { since: readSince(from, now) }),
      ...(to === "" ? {} : { until: endOf(to, now) }),
    };
  }
  if (/^\d{4}-\d{2}-\d{2}|^\d+\s*[mhdw]$/.test(text.trim())) {
    const at = readSince(text, now);
    return side === "before" ? { until: at } : { since: at };
  }
  if (words.some((word) => word.includes("/") || word.endsWith(".jsonl"))) {
    throw new AllotError("file-not-found", `--${side} names ${text}, and there is no such log`);
  }
  return { sessions: words };
}

/** A day belongs to its span whole. */
function endOf(text: string, now: number): number {
  const at = readSince(text, now);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? at + 86_400_000 : at;
}
