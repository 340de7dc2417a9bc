import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { LeftOut } from "../facts.ts";
import { type Attributes, readAttributes } from "../sorting-out/attributes.ts";
import { pathRule, type Verdict } from "../sorting-out/path-rules.ts";
import type { Place } from "./find-repository.ts";
import { type IgnoreRules, openIgnoreRules } from "./ignore-rules.ts";
import { listNames } from "./list-names.ts";
import type { Walked } from "./walk-folder.ts";
import { baseOf, byText, folderOf, type FoundName } from "./names.ts";

/** A file to read, as its folder describes it. */
export interface ListedFile {
  readonly path: string;
  readonly stamp: Stamp;
  /** Somebody said that it is to stay (`!path` in .allotignore, -linguist-generated): no rule about contents applies. */
  readonly isKept: boolean;
}

/** By what a file is known to be unchanged: as git's index does it. */
export interface Stamp {
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly changedAt: number;
  readonly inode: number;
}

export interface Listing {
  /** Sorted by path. */
  readonly files: readonly ListedFile[];
  readonly leftOut: readonly LeftOut[];
}

export interface ListingOptions {
  readonly signal?: AbortSignal | undefined;
  /** What stands below it is left away. */
  readonly cacheFolder?: string | undefined;
  /** The names, where they are asked for already. */
  readonly names?: Promise<Walked>;
  /** True for paths that are known to be read: no name of theirs leaves them out. */
  readonly isKnown?: (path: string) => boolean;
}

/** Larger files are data, whatever their name. */
export const LARGEST_FILE_BYTES = 4 * 2 ** 20;
/** Other work of the process gets a turn after so many files. */
const FILES_A_TURN = 2_000;

/**
 * Every file of the codebase that is to be read, and everything else with the reason why not. Follows no link, opens
 * nothing but .allotignore and .gitattributes.
 */
export async function listFiles(place: Place, options: ListingOptions = {}): Promise<Listing> {
  const { signal, cacheFolder } = options;
  const found = await (options.names ?? listNames(place, signal));
  // Facts are kept wherever somebody says; they are never facts about themselves.
  const own = cacheFolder === undefined ? ".." : relative(place.root, resolve(cacheFolder));
  const names = found.names
    .filter(({ path }) => !path.startsWith(`${own}/`))
    .toSorted((a, b) => byText(a.path, b.path));
  const sorter: Sorter = {
    root: place.root,
    isKnown: options.isKnown ?? (() => false),
    folders: new Map([["", true]]),
    ignored: openIgnoreRules(".allotignore", (path) => textIn(place.root, path)),
    attributes: readAttributes(attributeTexts(place.root, names)),
  };
  const files: ListedFile[] = [];
  const leftOut: LeftOut[] = [...found.leftOut];
  for (const [index, name] of names.entries()) {
    if (index % FILES_A_TURN === FILES_A_TURN - 1) {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    const sorted = sortOut(sorter, name);
    if (sorted === undefined) continue;
    if ("reason" in sorted) leftOut.push(sorted);
    else files.push(sorted);
  }
  return { files, leftOut };
}

interface Sorter {
  readonly root: string;
  readonly isKnown: (path: string) => boolean;
  /** Whether a folder is really one of the tree, not a link out of it. */
  readonly folders: Map<string, boolean>;
  readonly ignored: IgnoreRules;
  readonly attributes: Attributes;
}

/** Undefined for what is tracked and no longer there. */
function sortOut(sorter: Sorter, name: FoundName): ListedFile | LeftOut | undefined {
  const path = name.path.endsWith("/") ? name.path.slice(0, -1) : name.path;
  const leave = (bytes: number, reason: LeftOut["reason"], detail: string): LeftOut => ({
    path,
    bytes,
    reason,
    detail,
  });
  if (!isFolderWithin(sorter, folderOf(path))) return leave(0, "link", "one of its folders is a symbolic link");
  const stats = statOf(sorter.root, name);
  if (stats === undefined) return undefined;
  if (typeof stats === "string") return leave(0, "unreadable", stats);
  if (name.raw !== null) return leave(stats.size, "unreadable", "its name is not UTF-8");
  if (stats.isSymbolicLink()) return leave(stats.size, "link", `points to ${linkText(join(sorter.root, path))}`);
  if (stats.isDirectory()) return leave(0, "vendored", "a repository of its own");
  if (!stats.isFile()) return leave(0, "unreadable", "no file: a pipe, a socket or a device");
  const said = sorter.ignored.judge(path);
  if (said !== null && said !== "kept") return leave(stats.size, "ignored", said.by);
  const { verdict, isKept } = verdictOf(
    sorter.isKnown(path) ? undefined : pathRule(path),
    stats.size,
    said === "kept" ? "kept" : sorter.attributes(path),
  );
  if (verdict !== undefined) return leave(stats.size, verdict.reason, verdict.detail);
  const stamp = { bytes: stats.size, modifiedAt: stats.mtimeMs, changedAt: stats.ctimeMs, inode: stats.ino };
  return { path, stamp, isKept };
}

/** What somebody said about a file goes before what its name says, except that secrets are never sent. */
function verdictOf(
  byName: Verdict | undefined,
  bytes: number,
  said: Verdict | "kept" | undefined,
): { readonly verdict: Verdict | undefined; readonly isKept: boolean } {
  const isKept = said === "kept";
  if (byName !== undefined && (!isKept || byName.reason === "secret-file" || byName.reason === "binary")) {
    return { verdict: byName, isKept };
  }
  if (bytes > LARGEST_FILE_BYTES) {
    return { verdict: { reason: "too-large", detail: `more than ${LARGEST_FILE_BYTES / 2 ** 20} MiB` }, isKept };
  }
  return { verdict: isKept ? undefined : said, isKept };
}

function isFolderWithin(sorter: Sorter, folder: string): boolean {
  let within = sorter.folders.get(folder);
  if (within === undefined) {
    const stats = lstatSync(join(sorter.root, folder), { throwIfNoEntry: false });
    within = isFolderWithin(sorter, folderOf(folder)) && stats?.isSymbolicLink() !== true;
    sorter.folders.set(folder, within);
  }
  return within;
}

function statOf(root: string, name: FoundName): Stats | string | undefined {
  const place = name.raw === null ? `${root}/${name.path}` : Buffer.concat([Buffer.from(`${root}/`), name.raw]);
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function linkText(place: string): string {
  try {
    return readlinkSync(place);
  } catch {
    return "somewhere";
  }
}

function attributeTexts(root: string, names: readonly FoundName[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { path, raw } of names) {
    if (raw !== null || baseOf(path) !== ".gitattributes") continue;
    const text = textIn(root, path);
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

/** The text of a small file of rules; a link or anything else that is no file has none. */
function textIn(root: string, path: string): string | undefined {
  const place = join(root, path);
  try {
    return lstatSync(place, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(place, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
