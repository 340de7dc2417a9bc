import { partsOf, readUserGit } from "../../workspaces/git.ts";

/**
 * Paths of a repository that differ from a revision, new ones that are not ignored included, deleted ones not; sorted.
 * Empty where there is no repository. Throws `git-failed` for a revision that is none.
 */
export async function changedFiles(root: string, base: string | null): Promise<readonly string[]> {
  if (!(await hasCommit(root))) return [];
  const diff = ["diff", "--name-only", "--diff-filter=d", "--no-renames", "--no-ext-diff", "-z"];
  const changed = await readUserGit(root, [...diff, "--end-of-options", base ?? "HEAD", "--"]);
  const fresh = await readUserGit(root, ["ls-files", "--others", "--exclude-standard", "-z"]);
  return [...new Set([...partsOf(changed), ...partsOf(fresh)])].toSorted();
}

/** Does the last commit have that path? False where there is no repository. */
export async function wasCommitted(root: string, path: string): Promise<boolean> {
  if (!(await hasCommit(root))) return false;
  const found = await readUserGit(root, ["cat-file", "-e", `HEAD:${path}`], { accept: [0, 1, 128] });
  return found.exitCode === 0;
}

async function hasCommit(root: string): Promise<boolean> {
  const head = await readUserGit(root, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { accept: [0, 1, 128] });
  return head.exitCode === 0;
}
