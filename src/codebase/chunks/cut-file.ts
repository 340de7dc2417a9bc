import { countTokens } from "../tokens/count-tokens.ts";
import { blockHeading, blockText, blockTokens, oneLine } from "./block.ts";
import { bordersOf, type Borders, type Rank } from "./borders.ts";
import type { Piece } from "./chunks.ts";
import { fileUnits, type FileUnits } from "./file-units.ts";
import type { OrderedFile } from "./order-files.ts";
import { sendableSignature } from "./signatures.ts";

/** A file that is being handed out piece by piece. */
export interface CutFile {
  readonly file: OrderedFile;
  readonly path: string;
  readonly bytes: Buffer;
  readonly units: FileUnits;
  readonly borders: Borders;
  /** Tokens of one whole chunk. */
  readonly budget: number;
  /** Unit that the next piece begins with. */
  next: number;
}

export interface CutPiece {
  readonly text: string;
  readonly tokens: number;
  readonly piece: Piece;
  /** The unit behind it. */
  readonly after: number;
}

/** Of a chunk, for the signature and the imports before a later piece. */
const CONTEXT_SHARE = 0.15;
const MOST_CONTEXT = 400;
/** What is gained by ending at a better place, as a share of the room. */
const WORTH: Readonly<Record<Rank, number>> = {
  "inside-symbol": -2,
  "in-line": -0.6,
  "in-large-symbol": 0,
  "in-container": 0.08,
  member: 0.12,
  between: 0.15,
  top: 0.22,
};

/** Counts the lines of a file and ranks them; `budget` is what one chunk may hold. */
export function openCutFile(file: OrderedFile, path: string, bytes: Buffer, budget: number): CutFile {
  const partBytes = Math.min(256, Math.max(8, Math.floor(budget / 8)));
  const units = fileUnits(bytes, Math.floor(budget / 4), partBytes);
  const least = leastFrame(file, path);
  return { file, path, bytes, units, borders: bordersOf(file.facts.symbols, units, budget - least), budget, next: 0 };
}

/** Tokens of heading and fences without context, for the largest line numbers. */
function leastFrame(file: OrderedFile, path: string): number {
  const last = Math.max(1, file.facts.lines);
  const parts = { facts: file.facts, path, firstLine: last, lastLine: last, isWhole: false };
  return countTokens(`${blockHeading(parts)}\`\`\`${file.facts.language}\n\`\`\`\n`) + 2;
}

/**
 * The next piece of the file within `room` tokens, ending at the best place near the end of the room; null where nothing
 * worth it fits. A whole chunk's room always gives one. Nothing is handed out until `next` is moved.
 */
export function nextPiece(cut: CutFile, room: number): CutPiece | null {
  const { units, next, budget } = cut;
  const frame = leastFrame(cut.file, cut.path);
  const symbol = cut.borders.fitting[next] ?? 0;
  const wanted = Math.min(MOST_CONTEXT, Math.floor(budget * CONTEXT_SHARE));
  const spare =
    symbol > 0 ? Math.min(wanted, Math.max(0, room - frame - symbol)) : Math.min(wanted, Math.max(0, room - frame - 1));
  const context = next === 0 ? "" : contextBefore(cut, spare);
  const most = room - frame - countTokens(context);
  const last = lastWithin(units, next, most);
  let after = bestEnd(cut, last, most);
  if (after <= next) {
    if (room < budget) return null;
    after = next + 1;
  }
  const isChunk = room >= budget;
  if (!isChunk && cut.borders.ranks[after] === "inside-symbol") return null;
  for (let step = 1; ; step *= 2) {
    const piece = render(cut, after, context);
    if (piece.tokens <= room) return piece;
    if (after === next + 1 && context !== "" && isChunk) {
      const bare = render(cut, after, "");
      return bare.tokens <= room ? bare : null;
    }
    if (after === next + 1) return null;
    after = Math.max(next + 1, after - step);
    if (!isChunk && cut.borders.ranks[after] === "inside-symbol") return null;
  }
}

/** The last unit that a piece of at most `most` tokens may end before. */
function lastWithin(units: FileUnits, next: number, most: number): number {
  const until = (units.tokensBefore[next] ?? 0) + most;
  let low = next;
  let high = units.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((units.tokensBefore[middle] ?? 0) <= until) low = middle;
    else high = middle - 1;
  }
  return low;
}

function bestEnd(cut: CutFile, last: number, most: number): number {
  const { units, next } = cut;
  if (last === units.starts.length - 1) return last;
  const from = units.tokensBefore[next] ?? 0;
  let best = next;
  let bestWorth = -Infinity;
  for (let unit = next + 1; unit <= last; unit += 1) {
    const filled = ((units.tokensBefore[unit] ?? 0) - from) / Math.max(1, most);
    const worth = filled + worthOf(cut, unit);
    if (worth >= bestWorth) {
      best = unit;
      bestWorth = worth;
    }
  }
  return best;
}

/** Inside what is too large by itself, a blank line is better than none, and an outer line better than an inner one. */
function worthOf({ units, borders }: CutFile, unit: number): number {
  const rank = borders.ranks[unit] ?? "between";
  const worth = WORTH[rank] + (units.isAfterBlank[unit] === true ? 0.04 : 0);
  if (rank !== "in-large-symbol") return worth;
  return worth - Math.min(0.3, (units.indents[unit] ?? 0) * 0.025) - (units.goesOn[unit] === true ? 0.15 : 0);
}

function render(cut: CutFile, after: number, context: string): CutPiece {
  const { file, units, next, bytes, path } = cut;
  const start = units.starts[next] ?? 0;
  const end = units.starts[after] ?? bytes.length;
  const content = bytes.toString("utf8", start, end);
  const firstLine = units.lines[next] ?? 1;
  const lastLine = Math.max(firstLine, (units.lines[after] ?? 1) - (endsLine(bytes, end) ? 1 : 0));
  const parts = { facts: file.facts, path, firstLine, lastLine, isWhole: false, context, content };
  const piece: Piece = {
    path: file.facts.path,
    module: file.module,
    start,
    end,
    firstLine,
    lastLine,
    border: borderAt(cut, after),
  };
  const text = blockText(parts);
  const isSum = units.joinedUpTo[after - 1] === units.joinedUpTo[next];
  const tokens = isSum
    ? blockTokens(parts, (units.tokensBefore[after] ?? 0) - (units.tokensBefore[next] ?? 0))
    : countTokens(text);
  return { text, tokens, piece, after };
}

function endsLine(bytes: Buffer, end: number): boolean {
  return end > 0 && bytes[end - 1] === 0x0a;
}

function borderAt(cut: CutFile, after: number): Piece["border"] {
  if (after === cut.units.starts.length - 1) return "file";
  if (cut.units.isInLine[after] === true) return "character";
  const rank = cut.borders.ranks[after] ?? "between";
  const isBetween = rank === "top" || rank === "member" || rank === "between" || rank === "in-container";
  return isBetween && cut.file.facts.symbols.length > 0 ? "symbol" : "line";
}

/** What encloses the next piece and what the file imports, in at most `most` tokens. */
function contextBefore(cut: CutFile, most: number): string {
  const { file, units, next, bytes } = cut;
  const at = units.starts[next] ?? 0;
  const enclosing = file.facts.symbols
    .filter(({ start, end }) => start < at && at < end)
    .map((symbol) => sendableSignature(file.facts, symbol));
  const imports = file.facts.imports
    .filter(({ end }) => end <= at)
    .map(({ start, end }) => oneLine(bytes.toString("utf8", start, end)));
  // The innermost says most.
  const inside = listed("Inside: ", enclosing.toReversed(), most);
  return inside + listed("Imports: ", imports, most - countTokens(inside));
}

/** `items` behind `title` on one line, as many as fit; "" where none does. */
function listed(title: string, items: readonly string[], most: number): string {
  if (items.length === 0) return "";
  let line = title;
  let tokens = countTokens(`${title}\n`) + 3;
  let shown = 0;
  for (const item of items) {
    const shownItem = item.slice(0, 300);
    const more = countTokens(`${shownItem}; `) + 1;
    if (tokens + more > most) break;
    line += shown === 0 ? shownItem : `; ${shownItem}`;
    tokens += more;
    shown += 1;
  }
  if (shown === 0) return "";
  return shown < items.length ? `${line}; …\n` : `${line}\n`;
}
