import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAllotError } from "../../foundation/errors.ts";
import { ownGit, partsOf, readUserGit, textOf } from "../git.ts";
import { removeTree } from "../remove-tree.ts";
import { filesBelow, isLeftBehind, markOf, MARKS, tooLarge } from "./work-files.ts";

/** A workspace that a run has left behind. */
export interface Leftover {
  readonly run: string;
  /** The component, or the mini-task's own name for its folder. */
  readonly place: string;
  readonly dir: string;
  /** The agent's home: sessions, logs, temporary files; undefined where none was made. */
  readonly home: string | undefined;
  readonly files: number;
  /** Workspace and home together. */
  readonly bytes: number;
  /** When something in it was last changed. */
  readonly changedAt: number;
}

/** Files of a workspace that are not as they were at its start, by path; undefined where nobody can say. */
export type OwnWork = ReadonlyMap<string, Buffer> | undefined;

const HOMES = ".homes";

/** More than any result may have: what holds more is not judged. */
const MOST_BYTES = 256 * 2 ** 20;

/** All workspaces below the folder of workspaces, by run and name. Reads only; a folder that is not there holds none. */
export async function listLeftovers(root: string): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const run of await foldersIn(root)) {
    for (const place of await foldersIn(join(root, run))) {
      if (place === HOMES || place === MARKS) continue;
      const dir = join(root, run, place);
      const home = join(root, run, HOMES, place);
      const [own, athome] = [await measure(dir), await measure(home)];
      found.push({
        run,
        place,
        dir,
        home: athome === undefined ? undefined : home,
        files: own?.files ?? 0,
        bytes: (own?.bytes ?? 0) + (athome?.bytes ?? 0),
        changedAt: Math.round(own?.changedAt ?? 0),
      });
    }
  }
  return found;
}

/** Removes a workspace with its home and its mark, and the run's folder when nothing else is in it. */
export async function removeLeftover(root: string, { run, place }: Leftover): Promise<void> {
  const folder = join(root, run);
  await removeTree(join(folder, place));
  await removeTree(join(folder, HOMES, place));
  await rm(markOf(join(folder, place)), { force: true });
  const others = (await foldersIn(folder)).filter((name) => name !== HOMES && name !== MARKS);
  if (others.length === 0 && (await foldersIn(join(folder, HOMES))).length === 0) await removeTree(folder);
}

/**
 * What a worker has made in the workspace: the files that differ from the commit it began with, links as their targets, also where
 * a .gitignore names them; a repository inside counts as a file of its own. What tools leave behind (`LEFT_BEHIND`) is no work,
 * unless it lies in a folder that was declared and is such a folder itself. undefined also where something cannot be read, or
 * there is too much of it. Reads only.
 */
export async function ownWork(dir: string, declared: readonly string[] = []): Promise<OwnWork> {
  const gitDir = join(dir, ".git");
  const started = await ownGit(gitDir, ["rev-list", "--max-parents=0", "HEAD"], { accept: [0, 128] });
  const [first, ...others] = textOf(started).split("\n");
  if (started.exitCode !== 0 || first === undefined || first === "" || others.length > 0) return undefined;
  const entries = partsOf(await ownGit(gitDir, ["ls-tree", "-r", "-z", "--full-tree", first]));
  const before = new Map(
    entries.map((line) => [line.slice(line.indexOf("\t") + 1), line.split(/[ \t]/)[2] ?? ""] as const),
  );
  try {
    return await changedFrom(
      before,
      dir,
      declared.filter((path) => isLeftBehind(path) || isLeftBehind(`${path}/any`)),
    );
  } catch (error) {
    if (isAllotError(error, "workspace-too-large") || isUnreadable(error)) return undefined;
    throw error;
  }
}

async function changedFrom(
  before: ReadonlyMap<string, string>,
  dir: string,
  wanted: readonly string[],
): Promise<Map<string, Buffer>> {
  const work = new Map<string, Buffer>();
  const nested: string[] = [];
  const isWanted = (path: string): boolean =>
    wanted.some((own) => own === path || path.startsWith(`${own}/`) || own.startsWith(`${path}/`));
  const skip = (folder: string): boolean => {
    if (folder.endsWith("/.git")) nested.push(folder);
    return folder.endsWith("/.git") || (isLeftBehind(`${folder}/any`) && !isWanted(folder));
  };
  let total = 0;
  for (const path of await filesBelow(dir, skip)) {
    if (isLeftBehind(path) && !before.has(path) && !isWanted(path)) continue;
    const bytes = await readPlain(join(dir, path));
    total += bytes.length;
    if (total > MOST_BYTES) throw tooLarge(`more than ${MOST_BYTES} bytes in all`);
    if (hashOf(bytes, "sha1") !== before.get(path)) work.set(path, bytes);
  }
  // A repository inside may hold commits that stand nowhere else.
  for (const path of nested) work.set(path, Buffer.alloc(0));
  return work;
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}

/**
 * Whether each of these files stands, to the byte and at its path, in the history of a branch of the user's since `base`; the
 * branches that runs leave behind do not count, they are nobody's decision yet. Answers the paths for which that is not proven.
 * Reads only.
 */
export async function notMerged(
  repo: string,
  base: string,
  work: ReadonlyMap<string, Buffer>,
): Promise<readonly string[]> {
  if (work.size === 0) return [];
  const format =
    textOf(await readUserGit(repo, ["rev-parse", "--show-object-format"])) === "sha256" ? "sha256" : "sha1";
  const known = await readUserGit(repo, ["cat-file", "-t", base], { accept: [0, 128] });
  const since = known.exitCode === 0 ? ["--not", base] : [];
  const log = ["log", "--exclude=allot/*", "--branches", ...since];
  const form = ["-m", "--raw", "--no-abbrev", "--no-renames", "-z", "--format=", "--"];
  const there = new Set<string>();
  const paths = [...work.keys()];
  // A command line has an end.
  for (let from = 0; from < paths.length; from += 500) {
    const asked = paths.slice(from, from + 500).map((path) => `:(literal,top)${path}`);
    const parts = partsOf(await readUserGit(repo, [...log, ...form, ...asked], { accept: [0, 128] }));
    for (let at = 0; at + 1 < parts.length; at += 2) there.add(`${parts[at]?.trim().split(" ")[3]} ${parts[at + 1]}`);
  }
  return [...work].flatMap(([path, bytes]) => (there.has(`${hashOf(bytes, format)} ${path}`) ? [] : [path]));
}

function hashOf(bytes: Buffer, format: "sha1" | "sha256"): string {
  return createHash(format).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

async function readPlain(file: string): Promise<Buffer> {
  return (await lstat(file)).isSymbolicLink() ? Buffer.from(await readlink(file)) : readFile(file);
}

async function foldersIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

interface Measure {
  readonly files: number;
  readonly bytes: number;
  readonly changedAt: number;
}

/** Links are counted, never followed; undefined where there is no such folder. */
async function measure(dir: string): Promise<Measure | undefined> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return undefined;
  let [files, bytes] = [0, 0];
  let changedAt = (await lstat(dir)).mtimeMs;
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      const inside = await measure(path);
      // What git keeps for itself is size, but no files of anybody's work.
      if (entry.name !== ".git") files += inside?.files ?? 0;
      bytes += inside?.bytes ?? 0;
      changedAt = Math.max(changedAt, inside?.changedAt ?? 0);
      continue;
    }
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) continue;
    files += 1;
    bytes += found.size;
    changedAt = Math.max(changedAt, found.mtimeMs);
  }
  return { files, bytes, changedAt };
}
