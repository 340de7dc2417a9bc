import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { safePath } from "../foundation/safe-path.ts";
import { ownGit, partsOf, textOf } from "./git.ts";

export type FileMode = "100644" | "100755" | "120000";

/** What a file becomes: bytes or text, or null where it goes away. `mode` absent: as it was, 100644 for a new file. */
export interface FileContent {
  readonly content: Uint8Array | string | null;
  readonly mode?: FileMode;
}

export interface CommitRequest {
  readonly parent: string;
  readonly files: ReadonlyMap<string, FileContent>;
  readonly message: string;
  /** Date of the commit; whole seconds count. */
  readonly atMs: number;
}

export interface MergeRequest {
  /** What `theirs` started from. */
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  readonly message: string;
  readonly atMs: number;
}

export type MergeAnswer =
  | { readonly kind: "merged"; readonly rev: string }
  | { readonly kind: "conflict"; readonly paths: readonly string[] };

export interface TreeEntry {
  /** FileMode, or "160000" for a submodule. */
  readonly mode: string;
  readonly hash: string;
  /** 0 for submodules. */
  readonly bytes: number;
}

/** See `RunRepository.commit`; `entries` is the parent's tree. Plumbing with an index of its own, no work tree. */
export async function commitFiles(
  gitDir: string,
  entries: ReadonlyMap<string, TreeEntry>,
  request: CommitRequest,
): Promise<string> {
  refuseCollisions(entries, request.files);
  const removed: string[] = [];
  const placed: string[] = [];
  for (const [given, file] of request.files) {
    const path = safePath(given);
    if (file.content === null) {
      removed.push(`0 ${"0".repeat(request.parent.length)}\t${path}\0`);
      continue;
    }
    const made = await ownGit(gitDir, ["hash-object", "-w", "--no-filters", "--stdin"], { input: file.content });
    placed.push(`${file.mode ?? entries.get(path)?.mode ?? "100644"} ${textOf(made)}\t${path}\0`);
  }
  const index = join(gitDir, `index-${randomUUID()}`);
  try {
    const env = { GIT_INDEX_FILE: index };
    await ownGit(gitDir, ["read-tree", request.parent], { env });
    await ownGit(gitDir, ["update-index", "-z", "--index-info"], { env, input: [...removed, ...placed].join("") });
    const tree = textOf(await ownGit(gitDir, ["write-tree"], { env }));
    return await commitTree(gitDir, { tree, parents: [request.parent], message: request.message, atMs: request.atMs });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** See `RunRepository.merge`. */
export async function mergeTrees(gitDir: string, request: MergeRequest): Promise<MergeAnswer> {
  // git 2.38 takes the base from history only, so the three trees get a little history of their own.
  const helper = (rev: string, parents: readonly string[], message: string) =>
    commitTree(gitDir, { tree: `${rev}^{tree}`, parents, message, atMs: 0 });
  const base = await helper(request.base, [], "base");
  const ours = await helper(request.ours, [base], "ours");
  const theirs = await helper(request.theirs, [base], "theirs");
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const answer = await ownGit(gitDir, args, { accept: [0, 1] });
  const [tree = "", ...paths] = partsOf(answer);
  if (answer.exitCode === 1) return { kind: "conflict", paths: [...new Set(paths.filter((path) => path !== ""))] };
  const { message, atMs } = request;
  return { kind: "merged", rev: await commitTree(gitDir, { tree, parents: [request.ours], message, atMs }) };
}

interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly atMs: number;
}

async function commitTree(gitDir: string, { tree, parents, message, atMs }: NewCommit): Promise<string> {
  const date = `@${Math.floor(atMs / 1000)} +0000`;
  const answer = await ownGit(
    gitDir,
    ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"],
    {
      input: message.endsWith("\n") ? message : `${message}\n`,
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    },
  );
  return textOf(answer);
}

/** git would silently drop what is in the way. */
function refuseCollisions(entries: ReadonlyMap<string, TreeEntry>, files: ReadonlyMap<string, FileContent>): void {
  const gone = new Set([...files].filter(([, { content }]) => content === null).map(([path]) => safePath(path)));
  const placed = [...files].filter(([, { content }]) => content !== null).map(([path]) => safePath(path));
  const stays = [
    ...[...entries.keys()].filter((path) => !gone.has(path)),
    ...placed.filter((path) => !entries.has(path)),
  ];
  const there = new Set(stays);
  for (const path of placed) {
    const parts = path.split("/");
    const above = parts
      .slice(1)
      .map((_, count) => parts.slice(0, count + 1).join("/"))
      .find((folder) => there.has(folder));
    if (above !== undefined)
      throw new AllotError("path-escapes", `${path} lies below ${above}, which is a file or a link`);
    const inside = entries.has(path) ? undefined : stays.find((other) => other.startsWith(`${path}/`));
    if (inside !== undefined)
      throw new AllotError("path-escapes", `${path} is to be a file, but a folder with ${inside} stands there`);
  }
}
