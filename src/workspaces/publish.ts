import { AllotError } from "../foundation/errors.ts";
import { safeBranch } from "../foundation/safe-path.ts";
import { ownGit, readUserGit, textOf, writeUserGit } from "./git.ts";
import type { UserRepository } from "./user-repository.ts";

export interface Publication {
  readonly user: UserRepository;
  /** Our repository, where `rev` is. */
  readonly gitDir: string;
  readonly branch: string;
  readonly rev: string;
}

/**
 * Puts `rev` on a branch of the user's repository. The branch is made, or moved when it is an ancestor of `rev` or
 * still where an earlier publication of this run left it; its old value is checked in the same moment by git.
 */
export async function publishBranch(publication: Publication): Promise<void> {
  const { user, gitDir, rev } = publication;
  const branch = safeBranch(publication.branch);
  const ref = `refs/heads/${branch}`;
  const current = await userRef(user, ref);
  if (current === rev) return;
  if (current !== undefined) await refuseForeign(publication, ref, current);
  await giveObjects(publication);
  const old = current ?? "0".repeat(rev.length);
  await writeUserGit(user.root, ["update-ref", "--no-deref", "-m", "allot: result of a run", ref, rev, old]);
  await ownGit(gitDir, ["update-ref", `refs/published/${branch}`, rev]);
}

async function refuseForeign({ user, gitDir, branch, rev }: Publication, ref: string, current: string): Promise<void> {
  const trees = textOf(await readUserGit(user.root, ["worktree", "list", "--porcelain"])).split("\n");
  if (trees.includes(`branch ${ref}`)) {
    throw new AllotError(
      "run-state",
      `the branch ${branch} is checked out in ${user.root}; switch to another branch and run "allot resume"`,
    );
  }
  const ours = await ownGit(gitDir, ["rev-parse", "--verify", "--quiet", `refs/published/${branch}`], {
    accept: [0, 1],
  });
  if (textOf(ours) === current) return;
  const ancestor = await ownGit(gitDir, ["merge-base", "--is-ancestor", current, rev], { accept: [0, 1, 128] });
  if (ancestor.exitCode === 0) return;
  throw new AllotError(
    "run-state",
    `the branch ${branch} already holds other work (${current.slice(0, 12)}); rename or delete it first`,
  );
}

async function userRef(user: UserRepository, ref: string): Promise<string | undefined> {
  const answer = await readUserGit(user.root, ["rev-parse", "--verify", "--quiet", "--end-of-options", ref], {
    accept: [0, 1],
  });
  return answer.exitCode === 0 ? textOf(answer) : undefined;
}

/** Only what the user's repository does not reach yet travels; a pack lands there whole or not at all. */
async function giveObjects({ user, gitDir, rev }: Publication): Promise<void> {
  const refs = textOf(await readUserGit(user.root, ["for-each-ref", "--format=%(objectname)"]));
  const head = textOf(await readUserGit(user.root, ["rev-parse", "--verify", "--quiet", "HEAD"], { accept: [0, 1] }));
  const known = [...new Set([...refs.split("\n"), head])].filter((hash) => hash !== "");
  const pack = await ownGit(gitDir, ["pack-objects", "--revs", "--thin", "--stdout", "-q"], {
    input: `${[rev, ...known.map((hash) => `^${hash}`)].join("\n")}\n`,
  });
  await writeUserGit(user.root, ["index-pack", "--stdin", "--fix-thin"], { input: pack.bytes });
}
