import { AllotError } from "../foundation/errors.ts";
import { actAsUser, readUserGit, textOf } from "../workspaces/git.ts";
import type { RunSpec } from "./run.ts";

export interface Landing {
  readonly how: "merge" | "commit";
  /** The user's branch that now holds the result, and its new commit. */
  readonly onto: string;
  readonly commit: string;
}

/** Found again by `undo`. */
const TRAILER = "Allot-Run";

/**
 * Takes an accepted result onto the branch that is checked out: as a merge commit, or as one plain commit. Whether it
 * applies is found out without touching anything; git itself then refuses to overwrite uncommitted work.
 *
 * Throws `run-state` (no such branch, detached HEAD, staged changes), `merge-conflict` with the paths, `git-failed`.
 */
export async function landRun(spec: RunSpec, how: "merge" | "commit"): Promise<Landing> {
  const onto = await currentBranch(spec.repo);
  const rev = await branchRev(spec);
  if (rev === undefined)
    throw new AllotError("run-state", `there is no branch ${spec.branch} in ${spec.repo}; was it undone?`);
  if (await isContained(spec.repo, rev, "HEAD"))
    throw new AllotError("run-state", `${onto} already holds ${spec.branch}`);
  await refuseStaged(spec.repo);
  await refuseConflicts(spec, rev);
  const message = `${titleOf(spec)}\n\n${TRAILER}: ${spec.id}`;
  if (how === "merge") await actAsUser(spec.repo, ["merge", "--no-ff", "--no-edit", "-m", message, spec.branch]);
  else {
    await actAsUser(spec.repo, ["merge", "--squash", spec.branch]);
    await actAsUser(spec.repo, ["commit", "--no-edit", "-m", message]);
  }
  return { how, onto, commit: textOf(await readUserGit(spec.repo, ["rev-parse", "HEAD"])) };
}

export type Undoing =
  | { readonly kind: "reverted"; readonly commit: string; readonly by: string }
  | { readonly kind: "set-aside"; readonly ref: string };

/**
 * Takes a result back. Landed: reverted by a commit of its own. Not landed: the branch is set aside under
 * `refs/allot/undone/ID`, where nothing is lost. Throws `run-state`, `merge-conflict` when the revert does not apply.
 */
export async function undoRun(spec: RunSpec): Promise<Undoing> {
  const landed = await landedCommit(spec);
  if (landed !== undefined) {
    await refuseStaged(spec.repo);
    const parents =
      textOf(await readUserGit(spec.repo, ["rev-list", "--parents", "-n", "1", landed])).split(" ").length - 1;
    try {
      await actAsUser(spec.repo, ["revert", "--no-edit", ...(parents > 1 ? ["-m", "1"] : []), landed]);
    } catch (cause) {
      await actAsUser(spec.repo, ["revert", "--abort"], { accept: [0, 128] });
      throw new AllotError(
        "merge-conflict",
        `later work builds on ${landed.slice(0, 12)}; it cannot be reverted by itself`,
        { cause },
      );
    }
    return { kind: "reverted", commit: landed, by: textOf(await readUserGit(spec.repo, ["rev-parse", "HEAD"])) };
  }
  const rev = await branchRev(spec);
  if (rev === undefined) throw new AllotError("run-state", `run ${spec.id} has left nothing to undo in ${spec.repo}`);
  if ((await currentBranch(spec.repo)) === spec.branch) {
    throw new AllotError("run-state", `${spec.branch} is checked out; switch to another branch first`);
  }
  const ref = `refs/allot/undone/${spec.id}`;
  await actAsUser(spec.repo, ["update-ref", ref, rev]);
  await actAsUser(spec.repo, ["update-ref", "-d", `refs/heads/${spec.branch}`, rev]);
  return { kind: "set-aside", ref };
}

async function currentBranch(repo: string): Promise<string> {
  const answer = await readUserGit(repo, ["symbolic-ref", "--quiet", "--short", "HEAD"], { accept: [0, 1] });
  if (answer.exitCode === 0) return textOf(answer);
  throw new AllotError("run-state", `no branch is checked out in ${repo}; check one out first`);
}

async function branchRev(spec: RunSpec): Promise<string | undefined> {
  const answer = await readUserGit(spec.repo, ["rev-parse", "--verify", "--quiet", `refs/heads/${spec.branch}`], {
    accept: [0, 1],
  });
  return answer.exitCode === 0 ? textOf(answer) : undefined;
}

async function isContained(repo: string, rev: string, inRev: string): Promise<boolean> {
  return (await readUserGit(repo, ["merge-base", "--is-ancestor", rev, inRev], { accept: [0, 1] })).exitCode === 0;
}

async function refuseStaged(repo: string): Promise<void> {
  const answer = await readUserGit(repo, ["diff", "--cached", "--quiet"], { accept: [0, 1] });
  if (answer.exitCode === 1)
    throw new AllotError("run-state", `there are staged changes in ${repo}; commit or unstage them first`);
}

async function refuseConflicts(spec: RunSpec, rev: string): Promise<void> {
  const answer = await readUserGit(
    spec.repo,
    ["merge-tree", "--write-tree", "--name-only", "--no-messages", "HEAD", rev],
    {
      accept: [0, 1],
    },
  );
  if (answer.exitCode === 0) return;
  const paths = textOf(answer)
    .split("\n")
    .slice(1)
    .filter((path) => path !== "");
  throw new AllotError(
    "merge-conflict",
    `${spec.branch} does not merge into what is checked out: ${paths.join(", ")}; merge ${spec.branch} by hand, or run the goal again from here`,
    {
      details: { paths },
    },
  );
}

async function landedCommit(spec: RunSpec): Promise<string | undefined> {
  const answer = await readUserGit(spec.repo, [
    "log",
    "-n",
    "1",
    "--format=%H",
    "--fixed-strings",
    `--grep=${TRAILER}: ${spec.id}`,
    "HEAD",
  ]);
  const commit = textOf(answer);
  return commit === "" || (await isReverted(spec.repo, commit)) ? undefined : commit;
}

async function isReverted(repo: string, commit: string): Promise<boolean> {
  const answer = await readUserGit(repo, [
    "log",
    "-n",
    "1",
    "--format=%H",
    "--fixed-strings",
    `--grep=This reverts commit ${commit}`,
    "HEAD",
  ]);
  return textOf(answer) !== "";
}

function titleOf(spec: RunSpec): string {
  const line = spec.goal.split("\n", 1)[0] ?? "";
  return line.length <= 72 ? line : `${line.slice(0, 71)}…`;
}
