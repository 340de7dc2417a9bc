import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/** A repository that is measured or checked. */
export interface Repository {
  readonly folder: string;
  readonly name: string;
  readonly commit: string;
  /** Tracked files that are there, with "/", sorted. */
  readonly tracked: readonly string[];
  readonly bytes: number;
}

/** Asks git itself, so that what allot lists can be held against it. Throws where the folder is no repository. */
export function openRepository(folder: string): Repository {
  const root = resolve(folder);
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "ignore"] });
  const tracked = git("ls-files", "-z").split("\0").slice(0, -1);
  const sizes = tracked.map((path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.size ?? 0);
  return {
    folder: root,
    name: basename(root),
    commit: git("rev-parse", "--short", "HEAD").trim(),
    tracked: tracked.sort(),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}
