import { countTokens } from "../tokens/count-tokens.ts";
import type { Chunk, Piece } from "./chunks.ts";
import { nextPiece, type CutFile, type CutPiece } from "./cut-file.ts";
import { FileLine } from "./file-line.ts";
import type { OrderedFile } from "./order-files.ts";

export interface FilledChunk {
  readonly part: Chunk["part"];
  readonly pieces: readonly Piece[];
  readonly text: string;
  /** o200k. */
  readonly tokens: number;
}

export interface Filling {
  readonly files: readonly OrderedFile[];
  /** Texts that come first, each within the budget. */
  readonly overview: readonly string[];
  /** o200k tokens of one chunk. */
  readonly budget: number;
  readonly readBytes: (path: string) => Promise<Buffer>;
}

/** Files behind the one in turn that may fill what it leaves open. */
const LOOKAHEAD = 64;
/** Room that is left open rather than filled with the beginning of a file that would fit as a whole. */
const OPEN_SHARE = 0.2;
/** Room that the beginning of a file must have that is cut anyway. */
const BEGIN_SHARE = 0.15;

/**
 * Fills chunks with files in their order: whole where they fit; where one does not, with what fits of the next 64; a file
 * above the limit, or one before which much room would be left, is cut and goes on in the next chunk.
 */
export async function fillChunks(filling: Filling): Promise<readonly FilledChunk[]> {
  const line = new FileLine(filling);
  const chunks: FilledChunk[] = [];
  let open = new OpenChunk(filling.budget);
  for (const [index, text] of filling.overview.entries()) {
    open.addOverview(text);
    if (index < filling.overview.length - 1) {
      chunks.push(open.close());
      open = new OpenChunk(filling.budget);
    }
  }
  let cut: CutFile | null = null;
  while (cut !== null || line.first() !== undefined) {
    if (cut === null && (await addFirst(line, open))) continue;
    cut ??= beginsHere(line, open) ? await line.cutFirst() : null;
    const piece: CutPiece | null = cut === null ? null : nextPiece(cut, open.room);
    if (piece !== null && cut !== null) {
      open.add(piece.text, piece.tokens, piece.piece, cut.file.part);
      if (cut.next === 0) line.take(cut.file);
      cut.next = piece.after;
      if (cut.next >= cut.units.starts.length - 1) cut = null;
      continue;
    }
    // A file that has not begun waits for the next chunk as a whole.
    if (cut?.next === 0) cut = null;
    if (await addAnother(line, open)) continue;
    chunks.push(open.close());
    open = new OpenChunk(filling.budget);
  }
  return open.isEmpty ? chunks : [...chunks, open.close()];
}

/** Puts the file whose turn it is into the chunk as a whole, if it fits. */
async function addFirst(line: FileLine, open: OpenChunk): Promise<boolean> {
  const first = line.first();
  return first !== undefined && (await addWhole(line, open, first));
}

async function addAnother(line: FileLine, open: OpenChunk): Promise<boolean> {
  for (const file of line.following(LOOKAHEAD)) if (await addWhole(line, open, file)) return true;
  return false;
}

async function addWhole(line: FileLine, open: OpenChunk, file: OrderedFile): Promise<boolean> {
  if (line.leastTokens(file) > open.room) return false;
  const whole = await line.whole(file);
  if (whole.tokens > open.room) return false;
  open.add(whole.text, whole.tokens, whole.piece, file.part);
  line.take(file);
  return true;
}

/** Whether the file whose turn it is, which does not fit as a whole, is to begin in this chunk. */
function beginsHere(line: FileLine, open: OpenChunk): boolean {
  const first = line.first();
  if (first === undefined) return false;
  if (open.isEmpty) return true;
  const isLarge = line.leastTokens(first) > open.budget;
  return open.room > open.budget * (isLarge ? BEGIN_SHARE : OPEN_SHARE);
}

/** The chunk that is being filled. */
class OpenChunk {
  readonly budget: number;
  readonly #texts: string[] = [];
  readonly #pieces: Piece[] = [];
  #tokens = 0;
  #part: Chunk["part"] | null = null;

  constructor(budget: number) {
    this.budget = budget;
  }

  get room(): number {
    return this.budget - this.#tokens;
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  addOverview(text: string): void {
    this.#part = "overview";
    this.#texts.push(text);
    this.#tokens += countTokens(text);
  }

  add(text: string, tokens: number, piece: Piece, part: Chunk["part"]): void {
    this.#part ??= part;
    this.#texts.push(text);
    this.#pieces.push(piece);
    this.#tokens += tokens;
  }

  close(): FilledChunk {
    const text = this.#texts.join("");
    return { part: this.#part ?? "supporting", pieces: this.#pieces, text, tokens: this.#tokens };
  }
}
