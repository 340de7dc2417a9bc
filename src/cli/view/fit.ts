import { alignRows, clip, displayWidth, type Align } from "../../foundation/table.ts";
import type { Io } from "../command.ts";

/** Columns assumed where a screen does not say: a pipe, a file. */
const USUAL_COLUMNS = 100;
const FEWEST_COLUMNS = 40;

/** How wide a text for people may be: the terminal's width, else the variable COLUMNS, else 100. */
export function columnsOf(io: Pick<Io, "stdout" | "env">): number {
  const said = io.stdout.columns ?? Number(io.env["COLUMNS"]);
  return Number.isInteger(said) && said > 0 ? Math.max(FEWEST_COLUMNS, said) : USUAL_COLUMNS;
}

/** A line cut to so many columns, "…" where something is missing. Colour codes take no room and are kept. Pure. */
export function fitLine(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  let room = columns - 1;
  let full = false;
  return line
    .split(/(\u001b\[[\d;]*m)/)
    .map((part) => {
      if (part.startsWith("\u001b[")) return part;
      if (full) return "";
      const kept = charactersWithin(part, room);
      room -= displayWidth(kept);
      full = kept.length < part.length;
      return full ? `${kept}…` : kept;
    })
    .join("");
}

function charactersWithin(text: string, room: number): string {
  let kept = "";
  let left = room;
  for (const character of text) {
    left -= displayWidth(character);
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

/**
 * A text as lines of at most so many columns, broken between words; each line begins with `indent`, those after the first
 * with `hanging`. Words that are longer than a line (commands, paths) stay whole, so that they can be copied. Pure.
 */
export function wrapText(text: string, columns: number, indent = "", hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (!empty && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line);
      line = hanging;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** A column that may be cut, and how many columns it keeps at least. */
export interface Giving {
  readonly column: number;
  readonly least: number;
}

/**
 * Rows as an aligned table of at most so many columns: what is too wide is cut from the columns of `giving`, the first
 * of them first. Columns that are empty in every row take no room. Pure.
 */
export function fitTable(
  rows: readonly (readonly string[])[],
  form: {
    readonly columns: number;
    readonly indent?: string;
    readonly align?: readonly Align[];
    readonly giving?: readonly Giving[];
  },
): string[] {
  const indent = form.indent ?? "";
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))));
  const used = widths.flatMap((width, column) => (width > 0 ? [column] : []));
  let over = indent.length + used.reduce((sum, column) => sum + (widths[column] ?? 0) + 2, -2) - form.columns;
  const cut = new Map<number, number>();
  for (const { column, least } of form.giving ?? []) {
    const width = widths[column] ?? 0;
    const given = Math.min(Math.max(0, over), Math.max(0, width - least));
    over -= given;
    if (given === 0) continue;
    widths[column] = width - given;
    cut.set(column, width - given);
  }
  const cells = rows.map((row) =>
    used.map((column) => fitLine(row[column] ?? "", cut.get(column) ?? Number.POSITIVE_INFINITY)),
  );
  return alignRows(
    cells,
    used.map((column) => form.align?.[column] ?? "left"),
  ).map((line) => fitLine(indent + line, form.columns));
}

/** A command as a screen shows it: what allot puts before it to find the project's own programs is left out. */
export function shownCommand(command: string, columns: number): string {
  return clip(command.replace(/^PATH="\$PWD\/node_modules\/\.bin:\$PATH"; export PATH; /, ""), columns);
}
