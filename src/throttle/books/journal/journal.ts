import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { AllotError } from "../../../foundation/errors.ts";
import { movedLine } from "./journal-lines.ts";

/**
 * The journal file of this process: lines at its end, in the file system's cache before `append` returns, so they outlive
 * the process (the machine, once the worker has synced them). When it has grown long it goes on in another file.
 */
export class Journal {
  readonly #pathOf: (part: number) => string;
  #part = 1;
  #fd: number;
  #partBytes = 0;
  #bytes = 0;
  #isTorn = false;

  constructor(pathOf: (part: number) => string) {
    this.#pathOf = pathOf;
    mkdirSync(dirname(pathOf(1)), { recursive: true, mode: 0o700 });
    this.#fd = open(pathOf(1));
  }

  get path(): string {
    return this.#pathOf(this.#part);
  }

  /** Bytes written by this process, over all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes in the file that is written now. */
  get partBytes(): number {
    return this.#partBytes;
  }

  /** Throws `storage-unusable` where the disk is full or gone: nothing may go on that was not written. */
  append(line: string): void {
    const length = Buffer.byteLength(line);
    try {
      // What a full disk cut off must not become the beginning of this line.
      if (this.#isTorn) this.#write("\n");
      this.#isTorn = true;
      this.#write(line);
      this.#isTorn = false;
    } catch (error) {
      throw unusable(this.path, error);
    }
    this.#count(length);
  }

  /** Goes on in a new file, which begins with `opening`: all that is still open. */
  moveOn(opening: readonly string[]): void {
    const path = this.#pathOf(this.#part + 1);
    const text = opening.join("");
    const fd = open(path);
    try {
      writeWhole(fd, text);
      this.append(movedLine(path));
    } catch (error) {
      // It goes on in the old one: the new one is nobody's.
      closeSync(fd);
      rmSync(path, { force: true });
      throw unusable(path, error);
    }
    closeSync(this.#fd);
    this.#fd = fd;
    this.#part += 1;
    this.#partBytes = 0;
    this.#count(Buffer.byteLength(text));
  }

  /** It was never used. */
  remove(): void {
    closeSync(this.#fd);
    rmSync(this.path, { force: true });
  }

  #write(text: string): void {
    const written = writeSync(this.#fd, text);
    const length = Buffer.byteLength(text);
    if (written < length) writeWhole(this.#fd, Buffer.from(text).subarray(written));
    if (text === "\n") this.#count(1);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#partBytes += bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function writeWhole(fd: number, text: string | Buffer): void {
  const bytes = Buffer.from(text as string);
  for (let from = 0; from < bytes.length;) from += writeSync(fd, bytes, from);
}

function open(path: string): number {
  try {
    return openSync(path, "ax", 0o600);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): AllotError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AllotError(
    "storage-unusable",
    `the journal ${path} cannot be written (${why}); no call goes on without it`,
    {
      cause,
    },
  );
}
