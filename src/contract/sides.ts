import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import type { Place } from "./contract.ts";

/** Folders that are read together, out of one tree of files. */
export interface Side {
  /** Absolute, without links. */
  readonly root: string;
  /** Relative to it, with "/"; "" for all of it. */
  readonly folders: readonly string[];
}

/** The folder that paths are told relative to, without links. Throws `file-not-found`. */
export function realRoot(root: string): string {
  return realFolder(resolve(root), root, "project folder");
}

/**
 * Named folders as trees to read: those below the root in the root's own tree, each other one (a workspace that stands
 * elsewhere) in a tree of its own. Throws `file-not-found` for one that is not there or no folder.
 */
export function sidesOf(root: string, folders: readonly string[], what: "server" | "client"): readonly Side[] {
  const inside: string[] = [];
  const outside: Side[] = [];
  for (const folder of folders) {
    const real = realFolder(resolve(root, folder), folder, `${what} folder`);
    const below = relative(root, real);
    if (below.startsWith("..") || isAbsolute(below)) outside.push({ root: real, folders: [""] });
    else inside.push(below.split(sep).join("/"));
  }
  return [...(inside.length > 0 ? [{ root, folders: inside }] : []), ...outside];
}

/** A place in a tree as it is told: relative to the root, or absolute where the tree stands elsewhere. Pure. */
export function placeFrom<T extends Place>(root: string, tree: string, place: T): T {
  return root === tree ? place : { ...place, file: `${tree.split(sep).join("/")}/${place.file}` };
}

function realFolder(path: string, written: string, what: string): string {
  let real: string;
  try {
    real = realpathSync.native(path);
  } catch (cause) {
    throw new AllotError("file-not-found", `there is no ${what} ${JSON.stringify(written)} (${path})`, { cause });
  }
  if (statSync(real).isDirectory()) return real;
  throw new AllotError("file-not-found", `${JSON.stringify(written)} is no folder; a ${what} is wanted`);
}
