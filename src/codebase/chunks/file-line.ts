import { countTokens } from "../tokens/count-tokens.ts";
import { blockText, shownPath, blockTokens } from "./block.ts";
import type { Piece } from "./chunks.ts";
import { openCutFile, type CutFile } from "./cut-file.ts";
import { sendableBytes } from "./file-bytes.ts";
import type { OrderedFile } from "./order-files.ts";

interface FileLineOptions {
  readonly files: readonly OrderedFile[];
  readonly budget: number;
  readonly readBytes: (path: string) => Promise<Buffer>;
}

const READ_AHEAD = 32;

export interface WholeFile {
  readonly text: string;
  readonly tokens: number;
  readonly piece: Piece;
}

/** The files that are not yet in a chunk. */
export class FileLine {
  readonly #filling: FileLineOptions;
  readonly #taken: boolean[];
  readonly #places: ReadonlyMap<OrderedFile, number>;
  readonly #bytes = new Map<number, Promise<Buffer>>();
  readonly #least = new Map<OrderedFile, number>();
  readonly #whole = new Map<OrderedFile, WholeFile>();
  /** Of the file whose turn it is: its lines are counted once, however often it is tried. */
  #cut: CutFile | null = null;
  #first = 0;

  constructor(filling: FileLineOptions) {
    this.#filling = filling;
    this.#taken = filling.files.map(() => false);
    this.#places = new Map(filling.files.map((file, place) => [file, place]));
  }

  first(): OrderedFile | undefined {
    while (this.#taken[this.#first] === true) this.#first += 1;
    return this.#filling.files[this.#first];
  }

  *following(count: number): Generator<OrderedFile> {
    for (let place = this.#first, seen = 0; place < this.#taken.length && seen < count; place += 1) {
      if (this.#taken[place] === true) continue;
      seen += 1;
      const file = this.#filling.files[place];
      if (file !== undefined) yield file;
    }
  }

  /** What a file takes at least as a whole; exact but for borders where tokens join. */
  leastTokens(file: OrderedFile): number {
    let tokens = this.#least.get(file);
    if (tokens === undefined) {
      // Contents may lose a token or two to what they are joined with.
      tokens =
        Math.max(0, file.facts.tokens - 2) +
        countTokens(`## ${this.#path(file)}\n\`\`\`${file.facts.language}\n\`\`\`\n`);
      this.#least.set(file, tokens);
    }
    return tokens;
  }

  async whole(file: OrderedFile): Promise<WholeFile> {
    const known = this.#whole.get(file);
    if (known !== undefined) return known;
    const { facts } = file;
    const bytes = await this.#read(file);
    const lastLine = Math.max(1, facts.lines);
    const parts = {
      facts,
      path: this.#path(file),
      firstLine: 1,
      lastLine,
      isWhole: true,
      context: "",
      content: bytes.toString(),
    };
    const text = blockText(parts);
    const isAsRead = facts.isUtf8 && facts.secrets.length === 0;
    const tokens = isAsRead ? blockTokens(parts, facts.tokens) : countTokens(text);
    const piece = { path: facts.path, module: file.module, start: 0, end: bytes.length, firstLine: 1, lastLine };
    const whole: WholeFile = { text, tokens, piece: { ...piece, border: "file" } };
    this.#whole.set(file, whole);
    return whole;
  }

  take(file: OrderedFile): void {
    const place = this.#places.get(file) ?? 0;
    this.#taken[place] = true;
    if (this.#cut?.file === file) this.#cut = null;
    this.#bytes.delete(place);
    this.#least.delete(file);
    this.#whole.delete(file);
  }

  /** Begins to hand out the file whose turn it is piece by piece. */
  async cutFirst(): Promise<CutFile | null> {
    const file = this.first();
    if (file === undefined) return null;
    if (this.#cut?.file !== file) this.#cut = null;
    this.#cut ??= openCutFile(file, this.#path(file), await this.#read(file), this.#filling.budget);
    return this.#cut;
  }

  #path({ facts }: OrderedFile): string {
    return shownPath(facts.path, Math.floor(this.#filling.budget / 5));
  }

  async #read(file: OrderedFile): Promise<Buffer> {
    const place = this.#places.get(file) ?? 0;
    for (let ahead = place; ahead < Math.min(place + READ_AHEAD, this.#taken.length); ahead += 1) {
      const next = this.#filling.files[ahead];
      if (next === undefined || this.#taken[ahead] === true || this.#bytes.has(ahead)) continue;
      const reading = this.#filling.readBytes(next.facts.path);
      // Whoever awaits it is told.
      reading.catch(() => undefined);
      this.#bytes.set(ahead, reading);
    }
    return sendableBytes(file.facts, await (this.#bytes.get(place) ?? this.#filling.readBytes(file.facts.path)));
  }
}
