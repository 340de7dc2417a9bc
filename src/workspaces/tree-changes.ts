/** One file that differs between two trees. The gates judge lists of these. */
export interface Change {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted" | "renamed" | "mode";
  /** For renames: where it was. */
  readonly from?: string;
  /** 0 for binary files. */
  readonly addedLines: number;
  readonly removedLines: number;
}

/** Arguments of `git diff-tree` whose output `parseChanges` reads. */
export const CHANGES_ARGS = [
  "diff-tree",
  "-r",
  "-z",
  "--raw",
  "--numstat",
  "-M",
  "--no-ext-diff",
  "--no-textconv",
  "--no-abbrev",
];

/**
 * Reads NUL-separated `--raw --numstat` output: first all raw records, then all counts. Pure.
 * A change of mode alone is "mode"; a file that became a symbolic link (or back) is "modified".
 */
export function parseChanges(parts: readonly string[]): Change[] {
  const found: { path: string; kind: Change["kind"]; from?: string }[] = [];
  const counts = new Map<string, { addedLines: number; removedLines: number }>();
  for (let at = 0; at < parts.length;) {
    const part = parts[at] ?? "";
    if (part.startsWith(":")) {
      const renamed = / R\d+$/.test(part);
      const [from = "", to = ""] = [parts[at + 1], parts[at + 2]];
      found.push(renamed ? { path: to, kind: "renamed", from } : { path: from, kind: kindOf(part) });
      at += renamed ? 3 : 2;
      continue;
    }
    const [added = "0", removed = "0", path = ""] = part.split("\t");
    const renamed = path === "";
    counts.set(renamed ? (parts[at + 2] ?? "") : path, { addedLines: lines(added), removedLines: lines(removed) });
    at += renamed ? 3 : 1;
  }
  return found.map((change) => ({ ...change, ...(counts.get(change.path) ?? { addedLines: 0, removedLines: 0 }) }));
}

/** `:oldmode newmode oldhash newhash STATUS` */
function kindOf(record: string): Change["kind"] {
  const [, , oldHash, newHash, status = ""] = record.split(" ");
  if (status.startsWith("A")) return "added";
  if (status.startsWith("D")) return "deleted";
  return oldHash === newHash ? "mode" : "modified";
}

/** "-" stands for binary. */
function lines(count: string): number {
  return count === "-" ? 0 : Number(count);
}
