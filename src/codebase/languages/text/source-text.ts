/** A source text with its byte offsets and lines. Parsers answer in UTF-16 units; everything we hand on is in bytes of UTF-8. */
export interface SourceText {
  readonly text: string;
  /** Bytes of UTF-8 before a place given in UTF-16 units. */
  byteAt(unit: number): number;
  /** Line of a place, from 1. */
  lineAt(unit: number): number;
  /** Where the line of a place begins, if nothing but blanks stand before it there; else the place itself. */
  backToLineStart(unit: number): number;
  /** Behind the line end that follows a place, if nothing but blanks, separators and a comment stand before it; else the place itself. */
  forwardToLineEnd(unit: number, lineComment: string): number;
}

const STEP = 256;

/** Pure. Text of ASCII only is not converted at all. */
export function sourceText(text: string): SourceText {
  const ascii = Buffer.byteLength(text) === text.length;
  let marks: Uint32Array | undefined;
  let starts: readonly number[] | undefined;
  return {
    text,
    byteAt(unit) {
      if (ascii) return unit;
      marks ??= byteMarks(text);
      const block = Math.floor(unit / STEP);
      return bytesBetween(text, block * STEP, unit, marks[block] ?? 0);
    },
    lineAt: (unit) => lineOf((starts ??= lineStarts(text)), unit),
    backToLineStart(unit) {
      let at = unit;
      while (at > 0 && isBlank(text.charCodeAt(at - 1))) at -= 1;
      return at === 0 || text.charCodeAt(at - 1) === NEWLINE ? at : unit;
    },
    forwardToLineEnd: (unit, lineComment) => lineEndAfter(text, unit, lineComment),
  };
}

const NEWLINE = 10;

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 0xfeff;
}

function lineEndAfter(text: string, unit: number, lineComment: string): number {
  let at = unit;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) return at + 1;
    // Separators belong to what they end: `;` and `,`. A carriage return belongs to its line end.
    if (isBlank(code) || code === 13 || code === 59 || code === 44) continue;
    if (lineComment === "" || !text.startsWith(lineComment, at)) return unit;
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end + 1;
  }
  return text.length;
}

/** Bytes before every 256th unit. A surrogate pair counts two bytes a half, so that sums are right wherever a block ends. */
function byteMarks(text: string): Uint32Array {
  const marks = new Uint32Array(Math.floor(text.length / STEP) + 1);
  let bytes = 0;
  for (let block = 0; block < marks.length; block += 1) {
    marks[block] = bytes;
    bytes = bytesBetween(text, block * STEP, Math.min((block + 1) * STEP, text.length), bytes);
  }
  return marks;
}

function bytesBetween(text: string, from: number, to: number, before: number): number {
  let bytes = before;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return bytes;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts: readonly number[], unit: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= unit) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
