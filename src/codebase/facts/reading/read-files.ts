import type { ListedFile } from "../listing/list-files.ts";
import { type Batch, readBatch, type ReadFile, unpackBatch } from "./read-batch.ts";
import { readInThreads } from "./reading-threads.ts";

/** A file to read, and the hash of what is known of it ("" for nothing). */
export interface Wanted {
  readonly file: ListedFile;
  readonly known: string;
}

export interface ReadingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Files were read, at these places among those wanted. */
  readonly onRead?: (from: number, files: readonly ReadFile[]) => void;
}

/** Below this, starting threads (each loads the tokenizer and the grammars) takes longer than reading. */
const THREADS_FROM_BYTES = 2_000_000;
/** A message of a file at a time costs more than small files take; one too large leaves a thread idle in the end. */
const BATCH_BYTES = 256 * 1024;
const BATCH_FILES = 128;

/** Reads files in the order given, in threads where there is enough to do. Throws only the signal's reason. */
export async function readFiles(
  root: string,
  wanted: readonly Wanted[],
  options: ReadingOptions,
): Promise<readonly ReadFile[]> {
  const batches = batchesOf(root, wanted);
  const bytes = wanted.reduce((sum, { file }) => sum + file.stamp.bytes, 0);
  const read: ReadFile[] = [];
  const take = (batch: Batch, files: readonly ReadFile[]): void => {
    for (const [index, file] of files.entries()) read[batch.from + index] = file;
    options.onRead?.(batch.from, files);
  };
  if (bytes >= THREADS_FROM_BYTES) await readInThreads(batches, take, options.signal);
  else if (batches.length > 0) {
    // Loaded where it is used: a call that finds everything unchanged needs neither tokenizer nor grammars.
    const { openContentsReader } = await import("./file-contents.ts");
    const reader = await openContentsReader();
    for (const batch of batches) {
      options.signal?.throwIfAborted();
      take(batch, unpackBatch(await readBatch(reader, batch), batch.paths.length));
    }
  }
  return read;
}

function batchesOf(root: string, wanted: readonly Wanted[]): readonly Batch[] {
  const batches: { root: string; from: number; paths: string[]; known: string[]; kept: boolean[] }[] = [];
  let room = 0;
  for (const [from, { file, known }] of wanted.entries()) {
    let batch = batches.at(-1);
    if (batch === undefined || room <= 0 || batch.paths.length >= BATCH_FILES) {
      batch = { root, from, paths: [], known: [], kept: [] };
      batches.push(batch);
      room = BATCH_BYTES;
    }
    batch.paths.push(file.path);
    batch.known.push(known);
    batch.kept.push(file.isKept);
    room -= file.stamp.bytes;
  }
  return batches;
}
