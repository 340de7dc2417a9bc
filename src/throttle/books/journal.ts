import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
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
    let written: number;
    const length = Buffer.byteLength(line);
    try {
      written = writeSync(this.#fd, line);
    } catch (error) {
      throw unusable(this.path, error);
    }
    if (written !== length) throw unusable(this.path, new Error(`${written} of ${length} bytes were written`));
    this.#bytes += length;
    this.#partBytes += length;
  }

  /** Goes on in a new file, which begins with `opening`: all that is still open. */
  moveOn(opening: readonly string[]): void {
    const path = this.#pathOf(this.#part + 1);
    const fd = open(path);
    const text = opening.join("");
    writeSync(fd, text);
    this.append(movedLine(path));
    closeSync(this.#fd);
    this.#fd = fd;
    this.#part += 1;
    this.#partBytes = Buffer.byteLength(text);
    this.#bytes += this.#partBytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
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
