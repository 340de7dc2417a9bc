import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ownGit, readUserGit, textOf } from "../git.ts";

/**
 * Fills in the submodules of a checkout at the commits the tree names, from what the user has on disk; those that are
 * not there stay empty folders, as in a clone without them. Nothing is fetched, nothing of the user's is written.
 */
export async function fillSubmodules(
  userRoot: string,
  dir: string,
  entries: ReadonlyMap<string, { readonly mode: string; readonly hash: string }>,
): Promise<void> {
  for (const [path, { mode, hash }] of entries) {
    if (mode !== "160000") continue;
    const gitDir = await gitDirWith(join(userRoot, path), hash);
    if (gitDir === undefined) continue;
    const target = join(dir, path);
    await mkdir(target, { recursive: true });
    const index = join(dir, ".git", `index-${randomUUID()}`);
    const env = { GIT_INDEX_FILE: index };
    try {
      await ownGit(gitDir, [`--work-tree=${target}`, "read-tree", hash], { env });
      await ownGit(gitDir, [`--work-tree=${target}`, "checkout-index", "--all", "--quiet"], { env });
    } finally {
      await rm(index, { force: true });
    }
  }
}

/** The git directory of a submodule that is checked out and has the commit. */
async function gitDirWith(place: string, hash: string): Promise<string | undefined> {
  const asked = await readUserGit(place, ["rev-parse", "--absolute-git-dir", "--show-prefix"], {
    accept: [0, 128],
  }).catch(() => undefined);
  const [gitDir, prefix] = asked?.exitCode === 0 ? textOf(asked).split("\n") : [];
  // An empty folder belongs to the repository around it, which shows as a prefix.
  if (gitDir === undefined || (prefix ?? "") !== "") return undefined;
  const has = await readUserGit(place, ["cat-file", "-e", `${hash}^{commit}`], { accept: [0, 1, 128] });
  return has.exitCode === 0 ? gitDir : undefined;
}
