import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Stamp } from "../listing/list-files.ts";
import { LARGEST_FILE_BYTES } from "../listing/list-files.ts";
import type { Verdict } from "../sorting-out/path-rules.ts";

/** The bytes of a file and its stamp, which was taken before they were read. */
export interface FileBytes {
  readonly bytes: Buffer;
  readonly stamp: Stamp;
}

/** Follows no link that has taken the file's place, and waits for no pipe. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Reads a file that was listed; why not, where it has become something else since. Never throws. */
export function readFileBytes(place: string): FileBytes | Verdict {
  let file: number | undefined;
  try {
    file = openSync(place, FLAGS);
    const stats = fstatSync(file);
    if (!stats.isFile()) return { reason: "unreadable", detail: "it became something else while it was read" };
    if (stats.size > LARGEST_FILE_BYTES) return { reason: "too-large", detail: "it grew while it was read" };
    const stamp = { bytes: stats.size, modifiedAt: stats.mtimeMs, changedAt: stats.ctimeMs, inode: stats.ino };
    return { bytes: readAll(file, stats.size), stamp };
  } catch (error) {
    return { reason: "unreadable", detail: (error as NodeJS.ErrnoException).code ?? String(error) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readAll(file: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
