/**
 * The repository of a run: bare, in the run's own folder, borrowing the user's objects. All commits of a run are made
 * here, so the user's index, work tree, stash, branches, configuration and worktree list stay as they are until
 * `publish` adds one branch.
 *
 * Invariant: the same inputs make the same commit, to the hash, so every step can be done again after a crash.
 * Rejected: worktrees of the user's repository (they show up there, hold branches, and cleaning them up has cost
 * others' users their work) and clones (seconds and gigabytes where a file with one line does).
 */
import { AllotError } from "../foundation/errors.ts";
import { borrowObjects, objectFolders } from "./borrowed-objects.ts";
import { checkOut, type Checkout } from "./checkout.ts";
import {
  commitFiles,
  mergeTrees,
  type CommitRequest,
  type MergeAnswer,
  type MergeRequest,
  type TreeEntry,
} from "./commits.ts";
import { ownGit, partsOf, textOf } from "./git.ts";
import { publishBranch } from "./publish.ts";
import { CHANGES_ARGS, parseChanges, type Change } from "./tree-changes.ts";
import { findRepository, snapshotUser, type UserRepository } from "./user-repository.ts";

export type { CommitRequest, FileContent, FileMode, MergeAnswer, MergeRequest, TreeEntry } from "./commits.ts";

/**
 * Opens the run's repository at `dir`, made where it is missing; opening again (also half-made ones) is harmless.
 * Throws `not-a-repository`, or `git-failed`.
 */
export async function openRunRepository(options: { userRepo: string; dir: string }): Promise<RunRepository> {
  const user = await findRepository(options.userRepo);
  await borrowObjects(user, options.dir);
  return new RunRepository(user, options.dir);
}

export class RunRepository {
  readonly user: UserRepository;
  /** Our git directory. */
  readonly dir: string;
  readonly #trees = new Map<string, Promise<ReadonlyMap<string, TreeEntry>>>();

  constructor(user: UserRepository, dir: string) {
    this.user = user;
    this.dir = dir;
  }

  /** Text of a file, or undefined where there is none, it is not UTF-8 text, or it is a symbolic link. */
  async read(rev: string, path: string): Promise<string | undefined> {
    const bytes = await this.readBytes(rev, path);
    if (bytes === undefined || bytes.includes(0)) return undefined;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }

  /** Bytes of a regular file as they stand in the tree, or undefined where there is none. */
  async readBytes(rev: string, path: string): Promise<Buffer | undefined> {
    const entry = (await this.entries(rev)).get(path);
    if (entry === undefined || !entry.mode.startsWith("100")) return undefined;
    return (await ownGit(this.dir, ["cat-file", "blob", entry.hash])).bytes;
  }

  /** Paths of all files (symbolic links and submodules included), in git's order. */
  async list(rev: string): Promise<readonly string[]> {
    return [...(await this.entries(rev)).keys()];
  }

  /** Everything in a tree, by path. Throws `revision-not-found`. */
  async entries(rev: string): Promise<ReadonlyMap<string, TreeEntry>> {
    fullHash(rev);
    const known = this.#trees.get(rev);
    if (known !== undefined) return known;
    const made = this.#listTree(rev);
    this.#trees.set(rev, made);
    made.catch(() => this.#trees.delete(rev));
    const oldest = this.#trees.keys().next();
    if (this.#trees.size > 8 && oldest.value !== undefined) this.#trees.delete(oldest.value);
    return made;
  }

  async #listTree(rev: string): Promise<ReadonlyMap<string, TreeEntry>> {
    await this.requireCommit(rev);
    const answer = await ownGit(this.dir, ["ls-tree", "-r", "-l", "-z", "--full-tree", rev]);
    return new Map(
      partsOf(answer).map((line) => {
        const tab = line.indexOf("\t");
        const [mode = "", , hash = "", size = "0"] = line.slice(0, tab).split(/ +/);
        return [line.slice(tab + 1), { mode, hash, bytes: size === "-" ? 0 : Number(size) }] as const;
      }),
    );
  }

  /** Throws `revision-not-found` unless `rev` is the full hash of a commit that is here. */
  async requireCommit(rev: string): Promise<void> {
    const answer = await ownGit(this.dir, ["cat-file", "-t", fullHash(rev)], { accept: [0, 128] });
    if (textOf(answer) === "commit") return;
    throw new AllotError(
      "revision-not-found",
      `no commit ${rev} for the run on ${this.user.root}; was its history rewritten?`,
    );
  }

  /**
   * A commit on top of `parent` with some files changed; modes and everything else are kept. Deterministic.
   * Throws `revision-not-found`, `path-escapes` (also for a file below a file or link, or where a folder stands).
   */
  async commit(request: CommitRequest): Promise<string> {
    return commitFiles(this.dir, await this.entries(request.parent), request);
  }

  /** What differs between two trees, in git's order; renames are found. */
  async changes(base: string, head: string): Promise<Change[]> {
    await Promise.all([this.requireCommit(base), this.requireCommit(head)]);
    return parseChanges(partsOf(await ownGit(this.dir, [...CHANGES_ARGS, base, head])));
  }

  /** The differences as a patch for a reader. Beyond `maxBytes` it is cut at a line's end, which its last line says. */
  async diff(base: string, head: string, options: { maxBytes: number }): Promise<string> {
    await Promise.all([this.requireCommit(base), this.requireCommit(head)]);
    const args = ["diff-tree", "-r", "-p", "-M", "--no-ext-diff", "--no-textconv", "--no-color", base, head];
    const answer = await ownGit(this.dir, args, { maxBytes: options.maxBytes });
    const text = answer.bytes.toString("utf8");
    if (!answer.cut) return text;
    return `${text.slice(0, text.lastIndexOf("\n") + 1)}[the diff goes on; only its first ${options.maxBytes} bytes are shown]\n`;
  }

  /**
   * What `theirs` did since `base`, put on top of `ours` as one commit with `ours` as its only parent. Deterministic;
   * no work tree is needed. On conflict nothing is made, and the paths are told.
   */
  async merge(request: MergeRequest): Promise<MergeAnswer> {
    await Promise.all([request.base, request.ours, request.theirs].map((rev) => this.requireCommit(rev)));
    return mergeTrees(this.dir, request);
  }

  /**
   * A clean checkout of `rev` at `dir` (made from scratch), with a throw-away `.git` for projects whose tests call git,
   * and links to the user's installed dependencies: those named, or the usual folders where there are any.
   */
  async export(rev: string, dir: string, options: { link?: readonly string[] } = {}): Promise<Checkout> {
    const entries = await this.entries(rev);
    return checkOut({
      user: this.user,
      gitDir: this.dir,
      objects: await objectFolders(this.dir),
      rev,
      dir,
      entries,
      ...options,
    });
  }

  /**
   * Puts `rev` on a branch of the user's repository: objects first, then the branch if it still is what it was.
   * Touches nothing else there. The same again is harmless. Throws `path-escapes` for a name git would not take,
   * `run-state` for a branch that holds other work or is checked out.
   */
  async publish(branch: string, rev: string): Promise<void> {
    await this.requireCommit(rev);
    await publishBranch({ user: this.user, gitDir: this.dir, branch, rev });
  }

  /** One hash over the user's HEAD, index, tree, stash, branches and configuration; see `snapshotUser`. */
  snapshot(exceptBranches: readonly string[] = []): Promise<string> {
    return snapshotUser(this.user, exceptBranches);
  }

  /** Bytes of all files of a tree. */
  async size(rev: string): Promise<number> {
    let total = 0;
    for (const { bytes } of (await this.entries(rev)).values()) total += bytes;
    return total;
  }
}

function fullHash(rev: string): string {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(rev)) return rev;
  throw new AllotError("revision-not-found", `${JSON.stringify(rev)} is not the full hash of a commit`);
}
