import { displayWidth } from "../../../foundation/table.ts";
import type { Paint } from "../colour.ts";
import { wrapText } from "../fit.ts";

/** Of a list or a quotation, which the lines after the first stand under. */
const LEAD = /^(\s*(?:>\s?)*(?:[-*+] |\d+[.)] )?)/;

/**
 * Markdown as it is, its headings and warnings told apart where a screen has colours. With `columns` long lines of text are
 * broken between words; code and tables stay. Pure.
 */
export function paintMarkdown(text: string, p: Paint, columns: number | null): string {
  let isCode = false;
  return text
    .split("\n")
    .flatMap((line) => {
      const isFence = /^\s*(```|~~~)/.test(line);
      if (isFence) isCode = !isCode;
      if (isFence || isCode || /^\s*\|/.test(line)) return [line];
      const wrapped = columns === null || displayWidth(line) <= columns ? [line] : wrapLine(line, columns);
      if (/^#{1,6} /.test(line)) return wrapped.map(p.bold);
      return line.startsWith(">") ? wrapped.map(p.yellow) : wrapped;
    })
    .join("\n");
}

function wrapLine(line: string, columns: number): string[] {
  const lead = LEAD.exec(line)?.[1] ?? "";
  const hanging = lead.replaceAll(/[^>\s]/g, " ");
  return wrapText(line.slice(lead.length), columns, lead, hanging);
}
