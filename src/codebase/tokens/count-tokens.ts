import { mergePiece } from "./merge-pieces.ts";
import { openPieceCounts } from "./piece-counts.ts";
import { pieceEnd } from "./pieces.ts";

/** Merging takes quadratic time in the length of a piece, so longer ones are counted in parts. */
const LONGEST_PIECE = 256;

const counts = openPieceCounts(countPiece);

/**
 * Answers how many o200k tokens `text` is; "<|endoftext|>" and its like count as the text they are.
 *
 * Pure, never throws. Exact but for byte order marks and for pieces above 256 characters (a run of letters, of signs, of blanks),
 * which are counted in parts of 256, plus one token for each cut: never below the tokenizer's own count, and linear in the
 * length of any text.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  for (let from = 0; from < text.length;) {
    const end = pieceEnd(text, from);
    tokens += end - from > LONGEST_PIECE ? countInParts(text, from, end) : counts.tokens(text, from, end);
    from = end;
  }
  return tokens;
}

function countInParts(text: string, from: number, end: number): number {
  let tokens = -1;
  // A long run mostly says the same over and over.
  let last = "";
  let inLast = 0;
  for (let at = from; at < end;) {
    let cut = Math.min(at + LONGEST_PIECE, end);
    if (cut < end && isLowSurrogate(text, cut)) cut--;
    const part = text.slice(at, cut);
    if (part !== last) inLast = countPiece(part);
    last = part;
    tokens += inLast + 1;
    at = cut;
  }
  return tokens;
}

/** Implementations differ by up to two tokens for each byte order mark inside of a piece; the higher count holds. */
function countPiece(piece: string): number {
  const marks = piece.includes("\uFEFF") ? piece.split("\uFEFF").length - 1 : 0;
  return mergePiece(piece) + 2 * marks;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
