import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathEscape, safePath } from "../../../foundation/safe-path.ts";
import { isBinary } from "../../numbered-lines.ts";
import type { ReadableTree } from "../../reader-tools.ts";
import { type Permission, type ReachableFiles, WorkspaceFiles } from "../../workspace-files.ts";

/** Folders that are never an agent's to look into: git's own, installed packages, allot's runs. */
const CLOSED_FOLDERS: ReadonlySet<string> = new Set([".git", "node_modules", ".allot"]);

const MAX_LISTED = 20_000;

/** Files larger than this are no text that a model reads. */
const MAX_READ_BYTES = 5_000_000;

/** One folder as an agent sees it: as files that can be changed, and as a tree that can be explored. */
export interface Folder {
  readonly files: ReachableFiles;
  readonly tree: ReadableTree;
}

/**
 * All files of one folder, for tools: whatever path is named stays inside it, outside `.git`, installed packages and
 * allot's own folder, and leads over no symbolic link.
 */
export function openFolder(dir: string): Folder {
  const inside = new WorkspaceFiles(dir, { reads: [], writes: [] });
  return {
    files: {
      permission,
      read: (path) => inside.read(path),
      write: (path, text) => inside.write(path, text),
      delete: (path) => inside.delete(path),
    },
    tree: { list: () => filesBelow(dir), read: (path) => textOf(join(dir, path)) },
  };
}

/** May `path` be used? Any that stays inside may, to read as to write. Pure. */
function permission(path: string): Permission {
  const escape = pathEscape(path);
  if (escape !== undefined) return { kind: "denied", why: `${JSON.stringify(path)} ${escape}.` };
  const clean = safePath(path);
  const closed = clean.split("/").find((part) => CLOSED_FOLDERS.has(part.toLowerCase()));
  if (closed === undefined) return { kind: "allowed", path: clean };
  return { kind: "denied", why: `${JSON.stringify(path)} enters ${closed}, which is not part of the workspace.` };
}

/** The regular files below a folder, sorted, at most 20,000; symbolic links are left out. */
function filesBelow(dir: string): readonly string[] {
  const found: string[] = [];
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined && found.length < MAX_LISTED; folder = waiting.pop()) {
    for (const entry of entriesOf(join(dir, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !CLOSED_FOLDERS.has(entry.name.toLowerCase())) waiting.push(path);
      else if (entry.isFile()) found.push(path);
    }
  }
  return found.sort();
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Gone, or not ours to read: then there is nothing in it for the agent.
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    if (statSync(path).size > MAX_READ_BYTES) return undefined;
    const content = readFileSync(path);
    return isBinary(content) ? undefined : content.toString("utf8");
  } catch {
    return undefined;
  }
}
