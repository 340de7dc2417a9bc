import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import { ownGit, textOf } from "../../workspaces/git.ts";
import { removeTree } from "../../workspaces/remove-tree.ts";
import { openRunRepository, type RunRepository } from "../../workspaces/run-repository.ts";
import { resolveRevision } from "../../workspaces/user-repository.ts";
import { readTaskForGates } from "./facts/loose-task.ts";
import { gitFacts, type GitFactsRequest } from "./facts/git-facts.ts";
import { runGates, type GateReport } from "./run-gates.ts";

export interface CheckGatesOptions {
  /** Folder of the user's repository. */
  readonly repo: string;
  /** Revisions by any name git knows. */
  readonly base: string;
  readonly head: string;
  /** Path of the mini-task's Markdown file. */
  readonly task: string;
  /** Path of the worker's report, if there is one; without it the commit messages are taken. */
  readonly report?: string;
  readonly signal?: AbortSignal;
  readonly baseRuns?: GitFactsRequest["baseRuns"];
}

/**
 * Judges a worker's result that stands as commits in a repository, which stays untouched.
 * Throws `not-a-repository`, `revision-not-found`, `file-not-found`, `task-file-invalid`, `git-failed`.
 */
export async function checkGates(options: CheckGatesOptions): Promise<GateReport> {
  const task = readTaskForGates(await readText(options.task, "the task file"), options.task);
  const written = options.report === undefined ? undefined : await readText(options.report, "the worker's report");
  const [base, head] = [
    await resolveRevision(options.repo, options.base),
    await resolveRevision(options.repo, options.head),
  ];
  const folder = await mkdtemp(join(tmpdir(), "allot-gates-"));
  try {
    const repository = await openRunRepository({ userRepo: options.repo, dir: join(folder, "repository.git") });
    const report = written ?? (await messages(repository, base, head));
    await using facts = await gitFacts({
      repository,
      base,
      head,
      task,
      report,
      reportIsMessages: written === undefined,
      suite: "auto",
      contract: "auto",
      ...(options.baseRuns === undefined ? {} : { baseRuns: options.baseRuns }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return await runGates(facts);
  } finally {
    await removeTree(folder);
  }
}

async function messages(repository: RunRepository, base: string, head: string): Promise<string> {
  return textOf(await ownGit(repository.dir, ["log", "--format=%B", "-n20", `${base}..${head}`], { accept: [0, 128] }));
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AllotError("file-not-found", `${what} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
