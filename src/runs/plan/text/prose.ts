import { fencesOf, openedFence, closesFence, dedent, type Fence } from "./fences.ts";
import type { Passage } from "./reading.ts";

/** Lines that the file's own structure uses: headings, dividers, numbered steps. */
const STRUCTURE = /^\\*(?:#{1,2}(?:\s|$)|---\s*$|\d+[.)](?:\s|$))/;

/**
 * Free text as it may stand in a section: lines that would be taken for structure get a backslash, as Markdown has it.
 * `unescapeProse` takes it off again; code blocks stay as they are.
 */
export function escapeProse(text: string): string {
  const lines = text.split("\n");
  const fences = fencesOf(lines);
  return lines
    .map((line, index) => (fences[index] === undefined && STRUCTURE.test(line) ? `\\${line}` : line))
    .join("\n");
}

/** Free text as it was before `escapeProse`. */
export function unescapeProse(lines: readonly string[]): string {
  const fences = fencesOf(lines);
  return lines
    .map((line, index) =>
      fences[index] === undefined && line.startsWith("\\") && STRUCTURE.test(line) ? line.slice(1) : line,
    )
    .join("\n")
    .trim();
}

/** One item of a numbered list with all that belongs to it, freed of the list's indent. */
export interface ListItem {
  readonly text: string;
  /** Index of its first line in the file. */
  readonly line: number;
  /** For every line of `text`, its index in the file. */
  readonly lineOf: (offset: number) => number;
}

const MARKERS = {
  number: /^(\d+[.)])(?:( {1,4})(.*)|\s*)$/,
  bullet: /^([-*+])(?:( {1,4})(.*)|\s*)$/,
};

/**
 * Cuts a passage into what stands above the list and the list's items. Items begin at the margin ("1. ", "1) ", or "- ");
 * everything up to the next belongs to one. Continuation lines lose the width of the marker at most, code never more
 * than the opening fence was indented, so code written at the margin stays as it is.
 */
export function readItems(
  passage: Passage,
  kind: keyof typeof MARKERS,
): { readonly intro: Passage; readonly items: readonly ListItem[] } {
  const items: { lines: string[]; line: number }[] = [];
  const intro: string[] = [];
  let width = 0;
  let fence: Fence | undefined;
  for (const [offset, raw] of passage.lines.entries()) {
    const marker = fence === undefined ? MARKERS[kind].exec(raw) : null;
    const strip: number = fence === undefined ? width : Math.min(width, fence.indent);
    if (marker !== null) {
      width = (marker[1] ?? "").length + Math.max(1, (marker[2] ?? "").length);
      items.push({ lines: [marker[3] ?? ""], line: passage.first + offset });
    } else {
      (items.at(-1)?.lines ?? intro).push(dedent(raw, strip));
    }
    if (fence === undefined) fence = openedFence(raw);
    else if (closesFence(raw, fence)) fence = undefined;
  }
  return {
    intro: { first: passage.first, lines: intro },
    items: items.map(({ lines, line }) => ({
      text: lines.join("\n").trimEnd(),
      line,
      lineOf: (offset) => line + offset,
    })),
  };
}

/** Items as a list that `readItems` reads back. */
export function printItems(items: readonly string[], kind: keyof typeof MARKERS): string {
  return items
    .map((item, index) => {
      const marker = kind === "number" ? `${index + 1}. ` : "- ";
      const indent = " ".repeat(marker.length);
      return item
        .split("\n")
        .map((line, at) => (at === 0 ? marker + line : line === "" ? "" : indent + line))
        .join("\n");
    })
    .join("\n");
}
