import type { Clock } from "../../foundation/clock.ts";

/** Lines on their way to a file: gathered for a quarter of a second, then one append. */
export interface LineWriter {
  /** Takes a line; undefined counts as one that could not be kept. Never waits. */
  add(line: string | undefined): void;
  /** What does not stand in the file yet, oldest first. */
  unwritten(): readonly string[];
  /** Writes what waits, if it can be written, and takes no more. */
  close(): Promise<void>;
}

const BATCH_MS = 250;
/** After an append that failed. */
const AGAIN_MS = 5_000;
/** Of lines that wait, in UTF-16 units. */
const MOST_WAITING = 8 * 1024 * 1024;

/** `append` writes lines all at once; where it rejects they wait on, up to their bound, and what is dropped then is counted. */
export function openLineWriter(
  append: (lines: readonly string[], now: number) => Promise<void>,
  clock: Clock,
): LineWriter {
  const leaving = new AbortController();
  let waiting: string[] = [];
  let underWay: readonly string[] = [];
  let size = 0;
  let dropped = 0;
  let isPaused = false;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    if (waiting.length === 0 && dropped === 0) return;
    const [batch, batchSize, lost, now] = [waiting, size, dropped, clock.now()];
    underWay = batch;
    waiting = [];
    size = 0;
    dropped = 0;
    try {
      await append(lost === 0 ? batch : [...batch, JSON.stringify({ dropped: lost, at: now })], now);
    } catch {
      waiting = [...batch, ...waiting];
      size += batchSize;
      dropped += lost;
      isPaused = true;
    }
    underWay = [];
  }

  async function writeLater(): Promise<void> {
    await clock.sleep(isPaused ? AGAIN_MS : BATCH_MS, leaving.signal).catch(() => undefined);
    isPaused = false;
    await write();
    writing = undefined;
    if (waiting.length > 0 && !leaving.signal.aborted) writing = writeLater();
  }

  return {
    add(line) {
      if (leaving.signal.aborted) return;
      if (line === undefined || size + line.length > MOST_WAITING) dropped += 1;
      else {
        waiting.push(line);
        size += line.length;
      }
      writing ??= writeLater();
    },
    unwritten: () => [...underWay, ...waiting],
    async close() {
      leaving.abort();
      await writing;
      await write();
    },
  };
}
