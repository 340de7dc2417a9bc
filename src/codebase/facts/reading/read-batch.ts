import type { Stamp } from "../listing/list-files.ts";
import { packContents, unpackContents } from "../kept/contents-pack.ts";
import { type PackReader, type PackWriter, readPack, writePack } from "../kept/pack.ts";
import type { Verdict } from "../sorting-out/path-rules.ts";
import type { ContentsReader, FileContents } from "./file-contents.ts";
import { readFileBytes } from "./read-file.ts";

/** Files that are read together: columns, because a message of many small objects takes long between threads. */
export interface Batch {
  readonly root: string;
  /** Place of its first file among all. */
  readonly from: number;
  readonly paths: readonly string[];
  /** Hash of the contents that are known already; "" where none are. */
  readonly known: readonly string[];
  readonly kept: readonly boolean[];
}

/** What reading one file gave. */
export type ReadFile =
  | { readonly kind: "read"; readonly stamp: Stamp; readonly contents: FileContents }
  /** The contents are those that were known. */
  | { readonly kind: "same"; readonly stamp: Stamp }
  | { readonly kind: "failed"; readonly verdict: Verdict };

/** Reads the files of a batch, in its order, and answers them as one pack. Never throws. */
export async function readBatch(reader: ContentsReader, batch: Batch): Promise<Buffer<ArrayBuffer>> {
  const pack = writePack();
  for (const [index, path] of batch.paths.entries()) {
    const found = readFileBytes(`${batch.root}/${path}`);
    if ("reason" in found) {
      pack.int(2);
      pack.text(found.reason);
      pack.text(found.detail);
      continue;
    }
    const contents = await reader.read(path, found.bytes, batch.kept[index] ?? false, batch.known[index] ?? "");
    pack.int(contents === "same" ? 1 : 0);
    packStamp(pack, found.stamp);
    if (contents !== "same") packContents(pack, contents);
  }
  return pack.end();
}

/** The files of a batch out of the pack that `readBatch` made. */
export function unpackBatch(bytes: Uint8Array, files: number): readonly ReadFile[] {
  const pack = readPack(bytes);
  if (pack === undefined) return Array.from({ length: files }, () => LOST);
  return Array.from({ length: files }, () => unpackFile(pack));
}

const LOST: ReadFile = { kind: "failed", verdict: { reason: "unreadable", detail: "its facts were lost" } };

/** Each file of a batch as one of its own. */
export function singleFiles(batch: Batch): readonly Batch[] {
  return batch.paths.map((path, index) => ({
    root: batch.root,
    from: batch.from + index,
    paths: [path],
    known: [batch.known[index] ?? ""],
    kept: [batch.kept[index] ?? false],
  }));
}

function unpackFile(pack: PackReader): ReadFile {
  const kind = pack.int();
  if (kind === 2) {
    return { kind: "failed", verdict: { reason: pack.text() as Verdict["reason"], detail: pack.text() } };
  }
  const stamp = unpackStamp(pack);
  return kind === 1 ? { kind: "same", stamp } : { kind: "read", stamp, contents: unpackContents(pack) };
}

export function packStamp(pack: PackWriter, stamp: Stamp): void {
  pack.float(stamp.bytes);
  pack.float(stamp.modifiedAt);
  pack.float(stamp.changedAt);
  pack.float(stamp.inode);
}

export function unpackStamp(pack: PackReader): Stamp {
  return { bytes: pack.float(), modifiedAt: pack.float(), changedAt: pack.float(), inode: pack.float() };
}
