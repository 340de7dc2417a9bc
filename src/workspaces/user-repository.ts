import { lstat, readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { sha256 } from "../foundation/ids.ts";
import { readUserGit, requireGit, textOf } from "./git.ts";

/** Where the parts of a user's repository are; a worktree's and a submodule's real folders included. */
export interface UserRepository {
  /** Top of the work tree; the git directory itself for a bare repository. */
  readonly root: string;
  readonly gitDir: string;
  /** The folder that worktrees share: objects, refs, configuration. */
  readonly commonDir: string;
  readonly objectFormat: "sha1" | "sha256";
  readonly bare: boolean;
}

/**
 * Finds the repository that `path` is in. Reads only.
 * Throws `not-a-repository` where there is none, `git-failed` for a git older than 2.38.
 */
export async function findRepository(path: string): Promise<UserRepository> {
  await requireGit();
  const there = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!there)
    throw new AllotError("not-a-repository", `${path} does not exist; a folder with a git repository is needed`);
  const asked = ["rev-parse", "--is-bare-repository", "--absolute-git-dir", "--git-common-dir", "--show-object-format"];
  const answer = await readUserGit(path, asked).catch((cause: unknown) => {
    const said = cause instanceof Error ? cause.message.replace(/^git rev-parse ended with \d+: (fatal: )?/, "") : "";
    throw new AllotError(
      "not-a-repository",
      `${path} is not a git repository that can be read (${said}); "git init" makes one`,
      {
        cause,
      },
    );
  });
  const [bareText, gitDir = "", common = "", format] = textOf(answer).split("\n");
  const bare = bareText === "true";
  const top = bare ? gitDir : textOf(await readUserGit(path, ["rev-parse", "--show-toplevel"]));
  const commonDir = isAbsolute(common) ? common : resolve(await realpath(path), common);
  return { root: top, gitDir, commonDir, objectFormat: format === "sha256" ? "sha256" : "sha1", bare };
}

/**
 * The full hash of a commit in the user's repository. Reads only.
 * Throws `not-a-repository`, or `revision-not-found` for an unknown name, one that looks like an option, and for
 * "HEAD" of a repository without commits.
 */
export async function resolveRevision(repo: string, rev: string): Promise<string> {
  const user = await findRepository(repo);
  if (rev === "" || rev.startsWith("-") || /[\u0000-\u001f]/.test(rev)) {
    throw new AllotError(
      "revision-not-found",
      `${JSON.stringify(rev)} is no revision; a branch, a tag or a commit is accepted`,
    );
  }
  const ask = (name: string) =>
    readUserGit(user.root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], {
      accept: [0, 1, 128],
    });
  const answer = await ask(rev);
  if (answer.exitCode === 0) return textOf(answer);
  const head = await ask("HEAD");
  const why =
    head.exitCode === 0
      ? `no commit "${rev}" in ${user.root}`
      : `${user.root} has no commits yet; commit something first, so that there is a state to start from`;
  throw new AllotError("revision-not-found", why);
}

/**
 * One hash over everything a run must leave alone: HEAD, index, work tree (as git status sees it, with the content of
 * what is uncommitted), stash, branches other than `except`, configuration, worktrees. Equal before and after = untouched.
 */
export async function snapshotUser(user: UserRepository, except: readonly string[] = []): Promise<string> {
  const ask = async (args: readonly string[], accept = [0]) => (await readUserGit(user.root, args, { accept })).bytes;
  const skipped = new Set(except.map((branch) => `refs/heads/${branch}`));
  const refs = (await ask(["for-each-ref", "--format=%(refname) %(objectname)"])).toString("utf8").split("\n");
  const parts = [
    await fileHash(join(user.gitDir, "HEAD")),
    await fileHash(join(user.gitDir, "index")),
    await fileHash(join(user.commonDir, "config")),
    await fileHash(join(user.commonDir, "logs", "refs", "stash")),
    sha256(await ask(["worktree", "list", "--porcelain"])),
    refs.filter((line) => !skipped.has(line.split(" ")[0] ?? "")).join("\n"),
    ...(user.bare ? [] : [await treeHash(user, ask)]),
  ];
  return sha256(parts.join("\n\n"));
}

type Ask = (args: readonly string[], accept?: number[]) => Promise<Buffer>;

async function treeHash(user: UserRepository, ask: Ask): Promise<string> {
  const status = await ask(["status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=none"]);
  const changed = await ask(["ls-files", "-z", "--modified", "--others", "--exclude-standard"]);
  const paths = changed
    .toString("utf8")
    .split("\0")
    .filter((path) => path !== "");
  const contents = await Promise.all(paths.map(async (path) => `${path} ${await fileHash(join(user.root, path))}`));
  return sha256([sha256(status), ...contents].join("\n"));
}

async function fileHash(path: string): Promise<string> {
  try {
    return sha256(await readFile(path));
  } catch {
    return "none";
  }
}
