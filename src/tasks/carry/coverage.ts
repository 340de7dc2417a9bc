import type { Piece } from "../../codebase/chunks/chunks.ts";
import type { FileFacts } from "../../codebase/facts/facts.ts";

type Span = readonly [start: number, end: number];

/** What of the targets was not read. */
export type NotRead = Piece & { readonly reason: string };

/** A piece that somebody tried to read, and why it was not. */
export interface MissedPiece {
  readonly piece: Piece;
  readonly reason: string;
}

const NOWHERE = "no part that was asked about holds it";

/**
 * Every byte of every target that is in none of the pieces read, as pieces of its own, each with the reason that is known for it.
 * Reckoned from the files' sizes and the pieces of answered parts alone, whatever a plan says. `linesOf` tells which lines bytes
 * stand on. Pure but for it.
 */
export async function coverageOf(
  targets: readonly FileFacts[],
  read: readonly Piece[],
  missed: readonly MissedPiece[],
  moduleOf: (path: string) => string | null,
  linesOf: (path: string, start: number, end: number) => Promise<readonly [first: number, last: number]>,
): Promise<readonly NotRead[]> {
  const readByPath = Map.groupBy(read, ({ path }) => path);
  const missedByPath = Map.groupBy(missed, ({ piece }) => piece.path);
  const notRead: NotRead[] = [];
  for (const { path, bytes } of targets) {
    const spans = (readByPath.get(path) ?? []).map(({ start, end }): Span => [start, end]);
    for (const gap of gapsIn([0, bytes], spans)) {
      for (const [span, reason] of reasonsFor(gap, missedByPath.get(path) ?? [])) {
        const [firstLine, lastLine] = await linesOf(path, ...span);
        const border = span[1] === bytes ? "file" : "line";
        notRead.push({
          path,
          module: moduleOf(path),
          start: span[0],
          end: span[1],
          firstLine,
          lastLine,
          border,
          reason,
        });
      }
    }
  }
  return notRead;
}

/** The parts of a span that no other covers, in order. Pure. */
export function gapsIn([from, until]: Span, covered: readonly Span[]): readonly Span[] {
  const gaps: Span[] = [];
  let at = from;
  for (const [start, end] of covered.toSorted((a, b) => a[0] - b[0])) {
    if (start > at) gaps.push([at, Math.min(start, until)]);
    at = Math.max(at, end);
    if (at >= until) break;
  }
  if (at < until) gaps.push([at, until]);
  return gaps.filter(([start, end]) => end > start);
}

/** A gap in the pieces that were missed, each with its reason; what none explains is told as such. */
function reasonsFor(gap: Span, missed: readonly MissedPiece[]): readonly (readonly [Span, string])[] {
  const [from, until] = gap;
  const told: (readonly [Span, string])[] = [];
  let covered: Span[] = [];
  for (const { piece, reason } of missed.toSorted((a, b) => a.piece.start - b.piece.start)) {
    const span: Span = [Math.max(from, piece.start), Math.min(until, piece.end)];
    if (span[1] <= span[0]) continue;
    for (const rest of gapsIn(span, covered)) told.push([rest, reason]);
    covered = [...covered, span];
  }
  for (const rest of gapsIn(gap, covered)) told.push([rest, NOWHERE]);
  return told.toSorted(([a], [b]) => a[0] - b[0]);
}
