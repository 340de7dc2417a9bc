/** The files that imports may mean, and the texts of manifests among them. */
export interface Files {
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** Files right in a folder, "" for the root; none for a folder that is not there. */
  inFolder(folder: string): readonly string[];
  /** Whether any file stands below a folder. */
  hasFolder(folder: string): boolean;
  /** Files whose path is `end` or ends in "/" + `end`. */
  endingIn(end: string): readonly string[];
  /** Files of that name, wherever they stand; nearest the root first. */
  named(name: string): readonly string[];
  /** Text of a manifest; "" where it cannot be read. */
  read(path: string): string;
}

/** Reads each text at most once. */
export function indexFiles(paths: readonly string[], readText: (path: string) => string | undefined): Files {
  const known = new Set(paths);
  const folders = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  const texts = new Map<string, string>();
  for (const path of paths.toSorted(byDepth)) {
    for (let folder = folderOf(path), isOwn = true; ; folder = folderOf(folder), isOwn = false) {
      const there = folders.get(folder);
      if (there === undefined) folders.set(folder, isOwn ? [path] : []);
      else if (isOwn) there.push(path);
      if (folder === "" || (!isOwn && there !== undefined)) break;
    }
    const same = names.get(nameOf(path));
    if (same === undefined) names.set(nameOf(path), [path]);
    else same.push(path);
  }
  return {
    paths,
    has: (path) => known.has(path),
    inFolder: (folder) => folders.get(folder) ?? [],
    hasFolder: (folder) => folders.has(folder),
    endingIn: (end) => (names.get(nameOf(end)) ?? []).filter((path) => path === end || path.endsWith(`/${end}`)),
    named: (name) => names.get(name) ?? [],
    read(path) {
      const text = texts.get(path) ?? (known.has(path) ? readText(path) : undefined) ?? "";
      texts.set(path, text);
      return text;
    },
  };
}

/** "" for a file at the root, and for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path below the root without "." and ".."; undefined where it leaves the root. */
export function joined(folder: string, relative: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** A folder and those above it, the root as "" last. */
export function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = folderOf(at)) {
    yield at;
    if (at === "") return;
  }
}

/** Of several candidates the one that shares most folders with `from`; of those the first. */
export function nearest(from: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestShared = -1;
  for (const candidate of candidates) {
    const shared = sharedFolders(from, candidate);
    if (shared > bestShared) [best, bestShared] = [candidate, shared];
  }
  return best;
}

function sharedFolders(one: string, other: string): number {
  const left = folderOf(one).split("/");
  const right = folderOf(other).split("/");
  let count = 0;
  while (count < left.length && left[count] === right[count]) count += 1;
  return count;
}

function byDepth(one: string, other: string): number {
  return one.split("/").length - other.split("/").length || (one < other ? -1 : one > other ? 1 : 0);
}
