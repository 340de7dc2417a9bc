import type { Chunk, ChunkedCodebase, Piece } from "../../../codebase/chunks/chunks.ts";
import { formatCount } from "../../../foundation/units.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { bar, percent } from "../spend/bars.ts";
import { leftOutText } from "./codebase-tree.ts";
import { count } from "./count.ts";

const BAR = 8;
/** Chunks of a table before it is cut; `--json` has all. */
const MOST = 200;

/** The chunks as a table for people. Pure. */
export function chunksScreen(
  chunked: ChunkedCodebase,
  model: string,
  form: { readonly paint: Paint; readonly columns: number },
): string {
  const { paint: p, columns } = form;
  const { chunks, factor, maxTokens } = chunked;
  const rows = chunks
    .slice(0, MOST)
    .map((chunk) => [
      String(chunk.index + 1),
      chunk.part === "critical" ? p.red(chunk.part) : chunk.part === "overview" ? p.cyan(chunk.part) : chunk.part,
      formatCount(chunk.tokens),
      bar(chunk.tokens / maxTokens, BAR),
      filesText(chunk),
      p.dim(chunk.id),
    ]);
  const left = leftOutText(chunked.leftOut);
  return [
    ...fitTable([["", "part", "tokens", "filled", "files", "id"].map(p.dim), ...rows], {
      columns,
      align: ["right", "left", "right", "left", "left", "left"],
      giving: [
        { column: 4, least: 16 },
        { column: 5, least: 0 },
        { column: 4, least: 6 },
      ],
    }),
    ...(chunks.length > MOST ? [p.dim(`… ${formatCount(chunks.length - MOST)} more; --json has them all`)] : []),
    "",
    ...wrapText(
      `${count(chunks.length, "chunk")} of at most ${formatCount(maxTokens)} tokens of ${model} (o200k x ${factor.factor}, ${factor.source}), filled ${percent(chunked.fill)}${left === "" ? "" : `. Left out: ${left}`}`,
      columns,
    ),
    "",
  ].join("\n");
}

function filesText({ pieces }: Chunk): string {
  const names = pieces.map(placeOf);
  return names.length === 0 ? "(table of contents)" : names.join(", ");
}

/** "src/a.ts", "src/a.ts:1-40" where it is a part of the file. */
export function placeOf(piece: Pick<Piece, "path" | "start" | "firstLine" | "lastLine" | "border">): string {
  const isWhole = piece.start === 0 && piece.border === "file";
  return isWhole ? piece.path : `${piece.path}:${piece.firstLine}-${piece.lastLine}`;
}

/** One chunk for programs; its text only where it is asked for. */
export function chunkJson({ pieces, text, ...chunk }: Chunk, withText: boolean): object {
  return { ...chunk, files: pieces, ...(withText ? { text } : {}) };
}
