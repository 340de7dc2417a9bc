import { sha256 } from "../../foundation/ids.ts";

/** What is grouped: a path, and its size in whatever the room is measured in. */
export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

interface Folder<File extends SizedFile> {
  readonly path: string;
  readonly folders: Map<string, Folder<File>>;
  readonly files: File[];
}

interface Item<File extends SizedFile> {
  readonly path: string;
  readonly size: number;
  readonly files: readonly File[];
  readonly folder: Folder<File> | undefined;
}

/**
 * Files in groups that fit into `room`, neighbours of one folder together; a file that is larger than the room is a group by
 * itself. Pure.
 *
 * A change of one file's size touches its own group only (which may part in two, or join its sibling): groups are halved
 * where they are too large, at a place that the names alone decide. Rejected: filling one group after the other, which is denser
 * by a quarter, but moves every border after a change, so that answers about code that did not change would be paid again.
 */
export function groupFiles<File extends SizedFile>(files: readonly File[], room: number): readonly (readonly File[])[] {
  const root: Folder<File> = emptyFolder("");
  for (const file of files) {
    let folder = root;
    const parts = file.path.split("/");
    for (const [depth, name] of parts.slice(0, -1).entries()) {
      const inner = folder.folders.get(name) ?? emptyFolder<File>(parts.slice(0, depth + 1).join("/"));
      folder.folders.set(name, inner);
      folder = inner;
    }
    folder.files.push(file);
  }
  return divide(itemsOf(root), room);
}

function emptyFolder<File extends SizedFile>(path: string): Folder<File> {
  return { path, folders: new Map(), files: [] };
}

/** What stands in a folder, by name: its folders as one item each, its files. */
function itemsOf<File extends SizedFile>(folder: Folder<File>): readonly Item<File>[] {
  const items: Item<File>[] = folder.files.map((file) => ({
    path: file.path,
    size: file.size,
    files: [file],
    folder: undefined,
  }));
  for (const inner of folder.folders.values()) {
    const files = itemsOf(inner).flatMap((item) => item.files);
    items.push({ path: inner.path, size: sizeOf(files), files, folder: inner });
  }
  return items.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function divide<File extends SizedFile>(items: readonly Item<File>[], room: number): readonly (readonly File[])[] {
  const [first] = items;
  if (first === undefined) return [];
  const files = items.flatMap((item) => item.files);
  if (sizeOf(files) <= room) return [files];
  if (items.length === 1) return first.folder === undefined ? [files] : divide(itemsOf(first.folder), room);
  const at = middleOf(items);
  return [...divide(items.slice(0, at), room), ...divide(items.slice(at), room)];
}

/** The item of the middle half whose path has the least hash: a file that is added moves it seldom. */
function middleOf(items: readonly { readonly path: string }[]): number {
  const from = Math.max(1, Math.floor(items.length / 4));
  const until = Math.max(from + 1, Math.ceil((3 * items.length) / 4));
  let best = from;
  let least = "~";
  for (let index = from; index < until; index += 1) {
    const hash = sha256(items[index]?.path ?? "");
    if (hash < least) [best, least] = [index, hash];
  }
  return best;
}

function sizeOf(files: readonly SizedFile[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}
