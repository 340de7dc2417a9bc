/** How much of a file one call shows. */
const MAX_BYTES = 64_000;

/** How much of one line is shown. */
const MAX_LINE = 2_000;

/**
 * The lines of a text from `first` to `last` (1-based, inclusive; clipped to the text), each with its number and a tab,
 * under a heading that says which lines of how many. Where the limit of one call is met, it says where to go on. Pure.
 */
export function numberedLines(path: string, text: string, first = 1, last = Number.MAX_SAFE_INTEGER): string {
  const lines = linesOf(text);
  if (lines.length === 0) return `${path}: empty file`;
  const from = Math.max(1, first);
  const to = Math.min(lines.length, last);
  if (from > to) return `${path} has ${lines.length} lines; there are none from ${from} to ${last}.`;
  const shown: string[] = [];
  let bytes = 0;
  for (let number = from; number <= to; number += 1) {
    const line = lines[number - 1] ?? "";
    const row = `${number}\t${line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)} [line cut, ${line.length} characters]` : line}`;
    bytes += Buffer.byteLength(row) + 1;
    if (bytes > MAX_BYTES && shown.length > 0) break;
    shown.push(row);
  }
  const end = from + shown.length - 1;
  const more = end < to ? `\n[more follows: go on from line ${end + 1}]` : "";
  return `${path}, lines ${from} to ${end} of ${lines.length}:\n${shown.join("\n")}${more}`;
}

/** The lines of a text; what ends them (LF or CRLF) is not part of them, and an end of line at its end adds none. Pure. */
export function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** True for what is no text. Pure. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8_000).includes(0);
}
