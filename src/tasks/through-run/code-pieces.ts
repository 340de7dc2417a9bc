import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import type { FileFacts } from "../../codebase/facts/facts.ts";
import type { FileSymbol } from "../../codebase/languages/languages.ts";

/** Lines from 1, both included. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

/** A part of a file that one mini-task works on. */
export interface CodePiece {
  readonly symbols: readonly FileSymbol[];
  /** Absent: the whole file. */
  readonly lines?: Lines;
}

/** What one mini-task reads of one file at most; a small model loses its way in more. */
export const MOST_TOKENS = 6_000;

/**
 * A file's symbols in pieces of at most `most` symbols whose lines together are at most `MOST_TOKENS` tokens, in the order of
 * the file; one piece, the whole file, where that is enough. A symbol that is too long by itself is in none. Pure.
 */
export function piecesOf(
  file: FileFacts,
  text: string,
  symbols: readonly FileSymbol[],
  most: number,
): readonly CodePiece[] {
  if (symbols.length <= most && file.tokens <= MOST_TOKENS) return [{ symbols }];
  const places = lineStarts(text);
  const lines = text.split("\n");
  const pieces: CodePiece[] = [];
  let open: FileSymbol[] = [];
  const close = (): void => {
    if (open.length > 0) pieces.push({ symbols: open, lines: linesOf(open, places) });
    open = [];
  };
  const fits = (some: readonly FileSymbol[]): boolean => tokensOf(lines, linesOf(some, places)) <= MOST_TOKENS;
  for (const symbol of symbols) {
    if (open.length >= most || (open.length > 0 && !fits([...open, symbol]))) close();
    if (fits([symbol])) open.push(symbol);
  }
  close();
  return pieces;
}

/** The lines of the symbols that hold these lines, and of what stands between them. Pure. */
export function linesAround(file: FileFacts, text: string, wanted: readonly Lines[]): Lines {
  const places = lineStarts(text);
  const last = text.split("\n").length;
  const holding = file.symbols
    .filter(({ parent }) => parent === -1)
    .map((symbol) => linesOf([symbol], places))
    .filter((own) => wanted.some((lines) => lines.first <= own.last && lines.last >= own.first));
  const all = [...holding, ...wanted];
  return {
    first: Math.max(1, Math.min(...all.map((lines) => lines.first))),
    last: Math.min(last, Math.max(...all.map((lines) => lines.last))),
  };
}

/** Tokens of these lines of a text. Pure. */
export function tokensOf(lines: readonly string[], { first, last }: Lines): number {
  return countTokens(lines.slice(first - 1, last).join("\n"));
}

function linesOf(symbols: readonly FileSymbol[], starts: readonly number[]): Lines {
  const firstByte = Math.min(...symbols.map(({ start }) => start));
  const lastByte = Math.max(...symbols.map(({ end }) => end)) - 1;
  return { first: lineOf(firstByte, starts), last: lineOf(Math.max(firstByte, lastByte), starts) };
}

/** Bytes at which lines start. */
function lineStarts(text: string): readonly number[] {
  const bytes = Buffer.from(text);
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

/** By halving: the last line that starts at or before the byte. */
function lineOf(byte: number, starts: readonly number[]): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? Infinity) <= byte) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
