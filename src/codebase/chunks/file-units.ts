import { countTokens } from "../tokens/count-tokens.ts";

/**
 * A file as the smallest parts that a piece may end at: lines, blank ones with the line before them, and parts of lines that
 * are too long. Each is counted once; the tokens of any range are a difference of two sums.
 */
export interface FileUnits {
  /** Bytes; one more than there are units: the last is the file's end. */
  readonly starts: readonly number[];
  /** Of the line in which the unit begins, from 1; one more than there are units. */
  readonly lines: readonly number[];
  /** Tokens of all units before. One more than there are units. */
  readonly tokensBefore: readonly number[];
  /**
   * How many units up to and with this one begin where tokens may be joined with those before. None between two units: what
   * they are together is exactly the sum. o200k joins line ends with blank lines before them, and with a "/" behind them.
   */
  readonly joinedUpTo: readonly number[];
  /** Whether a unit begins inside a line. */
  readonly isInLine: readonly boolean[];
  /** Whether the line before a unit is blank. */
  readonly isAfterBlank: readonly boolean[];
  /** Columns that a unit's first line is indented by; a tab is four. */
  readonly indents: readonly number[];
  /** Whether a unit begins with what ends or goes on with the lines before: "}", ")", "else", ".then". */
  readonly goesOn: readonly boolean[];
}

const NEWLINE = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const SLASH = 0x2f;
const RETURN = 0x0d;
const BREAKS: ReadonlySet<number> = new Set(Buffer.from(" ;,})]>"));
const GOES_ON = /^(?:[\n)\]}.?:&|+*=,]|<\/|(?:else|catch|finally|elif|except|rescue|ensure|end|then|fi|done|esac)\b)/;

/** Cuts `bytes` into units; a line above `longLine` tokens into parts of at most `partBytes` bytes. Linear. */
export function fileUnits(bytes: Buffer, longLine: number, partBytes: number): FileUnits {
  const starts: number[] = [];
  const lines: number[] = [];
  const tokensBefore: number[] = [];
  const isInLine: boolean[] = [];
  const isAfterBlank: boolean[] = [];
  const joinedUpTo: number[] = [];
  const indents: number[] = [];
  const goesOn: boolean[] = [];
  let tokens = 0;
  let line = 1;
  const push = (start: number, inLine: boolean, afterBlank: boolean): void => {
    starts.push(start);
    lines.push(line);
    tokensBefore.push(tokens);
    isInLine.push(inLine);
    isAfterBlank.push(afterBlank);
    const { indent, first } = inLine ? { indent: 0, first: start } : indentAt(bytes, start);
    indents.push(indent);
    const sign = bytes[first] ?? 0;
    const isApart = !inLine && sign > 0x20 && sign < 0x7f && (first > start || sign !== SLASH);
    joinedUpTo.push((joinedUpTo.at(-1) ?? 0) + (isApart ? 0 : 1));
    // A blank line begins a unit only in a long run of blank lines.
    goesOn.push(!inLine && GOES_ON.test(bytes.toString("latin1", first, first + 8)));
  };
  let afterBlank = false;
  for (let start = 0; start < bytes.length;) {
    const { end, newlines, endsBlank } = unitEnd(bytes, start, partBytes);
    push(start, false, afterBlank);
    const whole = countTokens(bytes.toString("utf8", start, end));
    if (whole <= longLine) {
      tokens += whole;
    } else {
      for (let from = start; from < end;) {
        const to = partEnd(bytes, from, Math.min(end, from + partBytes));
        if (from > start) push(from, bytes[from - 1] !== NEWLINE, false);
        tokens += countTokens(bytes.toString("utf8", from, to));
        from = to;
      }
    }
    line += newlines;
    afterBlank = endsBlank;
    start = end;
  }
  push(bytes.length, false, false);
  return { starts, lines, tokensBefore, joinedUpTo, isInLine, isAfterBlank, indents, goesOn };
}

interface UnitEnd {
  readonly end: number;
  readonly newlines: number;
  readonly endsBlank: boolean;
}

/** A line with the blank lines behind it, as long as these are few. */
function unitEnd(bytes: Buffer, start: number, partBytes: number): UnitEnd {
  let end = afterNewline(bytes, start);
  const most = end + partBytes;
  let newlines = bytes[end - 1] === NEWLINE ? 1 : 0;
  let endsBlank = false;
  while (end < most && end < bytes.length) {
    let at = end;
    while (at < bytes.length && isBlank(bytes[at])) at += 1;
    if (at < bytes.length && bytes[at] !== NEWLINE) break;
    endsBlank = true;
    if (at < bytes.length) newlines += 1;
    end = Math.min(bytes.length, at + 1);
  }
  return { end, newlines, endsBlank };
}

function indentAt(bytes: Buffer, start: number): { readonly indent: number; readonly first: number } {
  let indent = 0;
  let first = start;
  while (first < bytes.length && isBlank(bytes[first])) {
    indent += bytes[first] === TAB ? 4 : 1;
    first += 1;
  }
  return { indent, first };
}

function afterNewline(bytes: Buffer, start: number): number {
  const at = bytes.indexOf(NEWLINE, start);
  return at === -1 ? bytes.length : at + 1;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}

/** Behind the last blank or sign of the second half, else the last place up to `end` that lies between characters of UTF-8. */
function partEnd(bytes: Buffer, from: number, end: number): number {
  if (end >= bytes.length) return end;
  for (let at = end; at > from + (end - from) / 2; at -= 1) {
    if (BREAKS.has(bytes[at - 1] ?? 0) && bytes[at] !== SPACE && bytes[at] !== NEWLINE) return at;
  }
  let at = end;
  while (at > from + 1 && at > end - 3 && isInsideCharacter(bytes[at])) at -= 1;
  if (isInsideCharacter(bytes[at])) return end;
  // Not between the two halves of a line end.
  return at > from + 1 && bytes[at - 1] === RETURN && bytes[at] === NEWLINE ? at - 1 : at;
}

function isInsideCharacter(byte: number | undefined): boolean {
  return ((byte ?? 0) & 0xc0) === 0x80;
}
