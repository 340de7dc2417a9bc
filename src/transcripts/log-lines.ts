import { open } from "node:fs/promises";
import { type Fields, fieldsOf } from "./fields.ts";

/** A line of a log, read. */
export interface LogLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly entry: Fields;
}

/** Lines that could not be read, and the reason of the first of them. */
export interface Unread {
  lines: number;
  why: string;
}

const CHUNK_BYTES = 1024 * 1024;
/** A longer line is no log's. It is passed over without being held. */
const LONGEST_BYTES = 64 * CHUNK_BYTES;
/** Up to here a line is parsed to see whether it is one; a longer one only where it may matter. */
const ALWAYS_PARSED_BYTES = 32 * 1024;
const [NEWLINE, OPEN, CLOSE] = [10, 0x7b, 0x7d];

/**
 * A log that is read from where it was left: a line at a time, so that its size does not matter. A last line that is not
 * whole yet is left for the next time.
 */
export class LogLines {
  readonly file: string;
  readonly unread: Unread = { lines: 0, why: "" };
  #offset = 0;
  #line = 0;
  /** The beginning of a line whose end is still to be read. */
  #parts: Buffer[] = [];
  #held = 0;
  /** Within a line that is too long. */
  #passing = false;
  /** The last line was no JSON yet: it may be half written. */
  #torn = false;

  constructor(file: string) {
    this.file = file;
  }

  /** What stands at the end without being a line. */
  get isTorn(): boolean {
    return this.#torn;
  }

  /**
   * Gives each new line that is a JSON object. `mayMatter` looks at the bytes of very long ones, so that a pasted picture is
   * not parsed. Rejects as the file system does.
   */
  async read(mayMatter: (bytes: Buffer) => boolean, take: (line: LogLine) => void): Promise<void> {
    const handle = await open(this.file, "r");
    try {
      const { size } = await handle.stat();
      if (size < this.#offset) this.#offset = this.#line = 0;
      if (size === this.#offset) return;
      this.#torn = false;
      this.#parts = [];
      this.#held = 0;
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let at = this.#offset; ;) {
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
        if (bytesRead === 0) break;
        at += bytesRead;
        this.#lines(chunk.subarray(0, bytesRead), mayMatter, take);
      }
      this.#last(mayMatter, take);
    } finally {
      await handle.close();
    }
  }

  #lines(chunk: Buffer, mayMatter: (bytes: Buffer) => boolean, take: (line: LogLine) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#taken(chunk.subarray(start, end));
      start = end + 1;
      this.#offset += line.length + 1;
      this.#line += 1;
      if (this.#passing) this.#passing = false;
      else this.#whole(line, mayMatter, take);
    }
    // The chunk is read into again.
    const tail = Buffer.from(chunk.subarray(start));
    this.#parts.push(tail);
    this.#held += tail.length;
    if (!this.#passing && this.#held <= LONGEST_BYTES) return;
    if (!this.#passing) this.#cannotRead(`longer than ${LONGEST_BYTES / CHUNK_BYTES} MiB`, 1);
    this.#passing = true;
    this.#offset += this.#held;
    this.#parts = [];
    this.#held = 0;
  }

  /** What is held of a line, and its end. */
  #taken(end: Buffer): Buffer {
    if (this.#parts.length === 0) return end;
    const line = Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#held = 0;
    return line;
  }

  #whole(bytes: Buffer, mayMatter: (bytes: Buffer) => boolean, take: (line: LogLine) => void): void {
    const line = trimmed(bytes);
    if (line.length === 0) return;
    if (line[0] !== OPEN || line.at(-1) !== CLOSE) return this.#cannotRead("no JSON object");
    if (line.length > ALWAYS_PARSED_BYTES && !mayMatter(line)) return;
    const entry = parsed(line);
    if (entry === undefined) return this.#cannotRead("no JSON object");
    take({ file: this.file, line: this.#line, entry });
  }

  /** A last line without its end counts when it is whole; else it may become so. */
  #last(mayMatter: (bytes: Buffer) => boolean, take: (line: LogLine) => void): void {
    const rest = this.#taken(Buffer.alloc(0));
    if (trimmed(rest).length === 0) return;
    if (parsed(trimmed(rest)) === undefined) {
      this.#torn = true;
      return;
    }
    this.#offset += rest.length;
    this.#line += 1;
    this.#whole(rest, mayMatter, take);
    // Its end is still to come, and is no further line.
    this.#line -= 1;
  }

  #cannotRead(why: string, ahead = 0): void {
    this.unread.lines += 1;
    this.unread.why ||= `line ${this.#line + ahead}: ${why}`;
  }
}

function trimmed(bytes: Buffer): Buffer {
  let [start, end] = [0, bytes.length];
  while (start < end && (bytes[start] ?? 0) <= 32) start += 1;
  while (end > start && (bytes[end - 1] ?? 0) <= 32) end -= 1;
  return bytes.subarray(start, end);
}

function parsed(bytes: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? fieldsOf(value) : undefined;
  } catch {
    return undefined;
  }
}
