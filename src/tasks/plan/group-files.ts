import { sha256 } from "../../foundation/ids.ts";

/** What is grouped: a path, and its size in whatever the room is measured in. */
export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

/** From this share of the room on a group may end. */
const LEAST_FILL = 0.7;

/**
 * Files in groups that fit into `room`, neighbours together; a file that is larger than the room is a group by itself. Pure.
 *
 * Borders stand where the names say: of the places at which a group may end, the one between the farthest folders, and of
 * those the one with the least hash. So they stay where they are when a file grows or shrinks a little, and come back to where they
 * were soon after one that moved: answers about code that did not change are not paid again. Rejected: as much as fits into each
 * (moves every border after a change), and halving what is too large (moves none, but leaves parts half empty: answers cost more
 * than their input).
 */
export function groupFiles<File extends SizedFile>(files: readonly File[], room: number): readonly (readonly File[])[] {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const large = sorted.filter(({ size }) => size > room).map((file) => [file]);
  const small = sorted.filter(({ size }) => size <= room);
  const groups: (readonly File[])[] = [];
  for (let from = 0; from < small.length;) {
    const end = groupEnd(small, from, room);
    groups.push(small.slice(from, end));
    from = end;
  }
  return [...groups, ...large].toSorted((a, b) => ((a[0]?.path ?? "") < (b[0]?.path ?? "") ? -1 : 1));
}

function groupEnd(files: readonly SizedFile[], from: number, room: number): number {
  let filled = 0;
  let best = from + 1;
  let least: Border | undefined;
  for (let at = from; at < files.length; at += 1) {
    filled += files[at]?.size ?? 0;
    if (filled > room) return least === undefined ? at : best;
    if (filled < room * LEAST_FILL) continue;
    const border = borderAfter(files, at);
    if (least !== undefined && !isBefore(border, least)) continue;
    [best, least] = [at + 1, border];
  }
  return files.length;
}

interface Border {
  /** Folders that both sides have in common. */
  readonly depth: number;
  readonly hash: string;
}

function borderAfter(files: readonly SizedFile[], at: number): Border {
  const [before, after] = [files[at]?.path ?? "", files[at + 1]?.path ?? ""];
  const [left, right] = [before.split("/"), after.split("/")];
  let depth = 0;
  while (depth < left.length - 1 && depth < right.length - 1 && left[depth] === right[depth]) depth += 1;
  return { depth, hash: sha256(after) };
}

function isBefore(a: Border, b: Border): boolean {
  return a.depth === b.depth ? a.hash < b.hash : a.depth < b.depth;
}
