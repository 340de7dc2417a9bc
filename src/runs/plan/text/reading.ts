import { AllotError } from "../../../foundation/errors.ts";

/** Where a reader of Markdown stands: lines, and how to say what is wrong with one of them. */
export interface Reading {
  readonly lines: readonly string[];
  /** Fault naming file and line (0-based index here, 1-based for people), what was met and what would be right. */
  fault(index: number, met: string, right: string): AllotError;
}

/** A run of lines inside a reading: `first` is the index in the whole file of its first line. */
export interface Passage {
  readonly first: number;
  readonly lines: readonly string[];
}

/** A reading of `lines` of `file` whose faults carry `code`. */
export function readingOf(lines: readonly string[], file: string, code: "task-file-invalid" | "plan-invalid"): Reading {
  return {
    lines,
    fault: (index, met, right) =>
      new AllotError(code, `${file}:${index + 1}: ${met}; ${right}`, {
        details: { file, line: index + 1, met, right },
      }),
  };
}

/** The passage without blank lines at its ends. */
export function trimmed(passage: Passage): Passage {
  let start = 0;
  let stop = passage.lines.length;
  while (start < stop && isBlank(passage.lines[start])) start++;
  while (stop > start && isBlank(passage.lines[stop - 1])) stop--;
  return { first: passage.first + start, lines: passage.lines.slice(start, stop) };
}

/** Undefined counts as blank. */
export function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === "";
}

/** A count as people write it: 3000, 3,000, ~3,000, 3.5k; a [placeholder] of the template is 0. */
export function readCount(text: string): number | undefined {
  const bare = text.trim().replace(/^~\s*/, "");
  if (/^\[[^\]]*\]$/.test(bare)) return 0;
  const thousands = /^(\d+(?:\.\d)?)\s?k$/i.exec(bare)?.[1];
  if (thousands !== undefined) return Math.round(Number(thousands) * 1000);
  if (!/^(?:\d+|\d{1,3}(?:[,_ ]\d{3})+)$/.test(bare)) return undefined;
  const value = Number(bare.replace(/[,_ ]/g, ""));
  return Number.isSafeInteger(value) ? value : undefined;
}
