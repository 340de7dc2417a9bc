import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectTestCommand } from "../../../codebase/test-command.ts";
import type { Checkout } from "../../../workspaces/checkout.ts";
import { ownGit, partsOf, textOf } from "../../../workspaces/git.ts";
import { removeTree } from "../../../workspaces/remove-tree.ts";
import type { RunRepository } from "../../../workspaces/run-repository.ts";
import type { MiniTask } from "../../plan/mini-task.ts";
import { contractAmong, contractFacts, type ContractRequest } from "../api/contract-facts.ts";
import type { Change, CommandEvidence, GateFacts, Lineage, RecentEdit, TreeView } from "../gate.ts";

export interface GitFactsRequest {
  readonly repository: RunRepository;
  /** Full hashes. */
  readonly base: string;
  readonly head: string;
  readonly task: MiniTask;
  readonly report?: string;
  readonly reportIsMessages?: boolean;
  /** "auto": the project's own tests are run too, where they are known. "off" (default): only the task's commands. */
  readonly suite?: "auto" | "off";
  /** Where head stands to base in history is judged; default true. Off for results that a run rebased itself. */
  readonly lineage?: boolean;
  /** The API contract to keep; "auto": the one in the tree, by its usual names. Absent: none is looked at. */
  readonly contract?: ContractRequest | "auto";
  /** What commands said on a base, kept over several results; keys are revision and command. */
  readonly baseRuns?: Map<string, Promise<CommandEvidence>>;
  readonly signal?: AbortSignal;
}

const SUITE_LIMIT_MS = 120_000;
const RECENT_COMMITS = 12;

/** Facts of two commits of a repository. Dispose of it: it holds clean checkouts in a temporary folder. */
export type GitFacts = GateFacts & AsyncDisposable;

/**
 * Reads what gates need out of a repository: blobs by git's plumbing, never a work tree; commands run in clean
 * checkouts, made when first needed, with the user's installed dependencies linked. The same command on the same
 * tree is run once. Throws `revision-not-found`, `git-failed`.
 */
export async function gitFacts(request: GitFactsRequest): Promise<GitFacts> {
  const { repository, base, head, task, report } = request;
  const [changes, baseEntries, headEntries] = await Promise.all([
    repository.changes(base, head),
    repository.entries(base),
    repository.entries(head),
  ]);
  const known: Change[] = [];
  for (const change of changes) known.push(await withModes(repository, change, baseEntries, headEntries));
  const rooms = new CheckoutRooms(request);
  const contract = contractRequest(request.contract, [...headEntries.keys()]);
  const suite = request.suite === "auto" ? rooms.suite() : undefined;
  return {
    task,
    base: treeView(repository, base),
    head: treeView(repository, head),
    changes: known,
    run: (tree, command, timeoutMs) => rooms.run(tree, command, timeoutMs),
    ...(request.lineage === false
      ? {}
      : {
          lineage: await lineageOf(
            repository,
            base,
            head,
            changes.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])),
          ),
        }),
    ...(report === undefined ? {} : { report, reportIsMessages: request.reportIsMessages ?? false }),
    ...(suite === undefined ? {} : { suite }),
    ...(contract === undefined
      ? {}
      : { contract: contractFacts(repository, { base, head }, contract, request.signal) }),
    [Symbol.asyncDispose]: () => rooms.close(),
  };
}

function contractRequest(asked: GitFactsRequest["contract"], paths: readonly string[]): ContractRequest | undefined {
  if (asked !== "auto") return asked;
  const path = contractAmong(paths);
  return path === undefined ? undefined : { path };
}

function treeView(repository: RunRepository, revision: string): TreeView {
  const texts = new Map<string, Promise<string | undefined>>();
  return {
    revision,
    read: (path) => {
      const met = texts.get(path) ?? repository.read(revision, path);
      texts.set(path, met);
      return met;
    },
    list: () => repository.list(revision),
  };
}

type Entries = Awaited<ReturnType<RunRepository["entries"]>>;

async function withModes(repository: RunRepository, change: Change, base: Entries, head: Entries): Promise<Change> {
  const before = base.get(change.from ?? change.path);
  const after = head.get(change.path);
  const linkTarget =
    after?.mode === "120000" ? textOf(await ownGit(repository.dir, ["cat-file", "blob", after.hash])) : undefined;
  return {
    ...change,
    ...(before === undefined ? {} : { baseMode: before.mode }),
    ...(after === undefined ? {} : { mode: after.mode, bytes: after.bytes }),
    ...(linkTarget === undefined ? {} : { linkTarget }),
  };
}

/** Whether head descends from base, and what the last commits up to base did to the files that now differ. */
async function lineageOf(
  repository: RunRepository,
  base: string,
  head: string,
  paths: readonly string[],
): Promise<Lineage> {
  const answer = await ownGit(repository.dir, ["merge-base", "--is-ancestor", base, head], { accept: [0, 1] });
  if (paths.length === 0) return { descends: answer.exitCode === 0, recent: [] };
  const log = await ownGit(
    repository.dir,
    [
      "log",
      "--format=%H%x00%P%x00%s%x00",
      "--no-renames",
      `-n${RECENT_COMMITS}`,
      "--no-merges",
      base,
      "--",
      ...paths.map((path) => `:(literal)${path}`),
    ],
    { accept: [0, 128] },
  );
  const fields = partsOf(log).map((field) => field.trim());
  const recent: RecentEdit[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [revision = "", parents = "", subject = ""] = fields.slice(at, at + 3);
    const parent = parents.split(" ")[0] ?? "";
    if (parent === "") continue;
    for (const { path } of await repository.changes(parent, revision).catch(() => [])) {
      if (!paths.includes(path)) continue;
      recent.push({
        revision,
        subject,
        path,
        before: await repository.read(parent, path),
        after: await repository.read(revision, path),
      });
    }
  }
  return { descends: answer.exitCode === 0, recent };
}

/** Clean checkouts of the two trees, and what commands said in them. */
class CheckoutRooms {
  readonly #request: GitFactsRequest;
  readonly #open = new Map<"base" | "head", Promise<Checkout>>();
  readonly #runs = new Map<string, Promise<CommandEvidence>>();
  #folder: Promise<string> | undefined;

  constructor(request: GitFactsRequest) {
    this.#request = request;
  }

  run(tree: "base" | "head", command: string, timeoutMs: number): Promise<CommandEvidence> {
    const kept = tree === "base" ? (this.#request.baseRuns ?? this.#runs) : this.#runs;
    const key = `${this.#request[tree]}\0${command}\0${timeoutMs}`;
    const met = kept.get(key) ?? this.#runOnce(tree, command, timeoutMs);
    kept.set(key, met);
    return met;
  }

  suite(): NonNullable<GateFacts["suite"]> {
    return async () => {
      // What the base calls its tests counts: the result may have edited that.
      const room = await this.#room("base");
      const found = await detectTestCommand(room.dir);
      return found === undefined ? undefined : { command: found.command, timeoutMs: SUITE_LIMIT_MS };
    };
  }

  async #runOnce(tree: "base" | "head", command: string, timeoutMs: number): Promise<CommandEvidence> {
    const room = await this.#room(tree);
    const { signal } = this.#request;
    const outcome = await room.run(command, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
    return {
      command,
      exitCode: outcome.exitCode,
      timedOut: outcome.timedOut,
      output: outcome.output,
      tookMs: outcome.tookMs,
    };
  }

  #room(tree: "base" | "head"): Promise<Checkout> {
    const met = this.#open.get(tree);
    if (met !== undefined) return met;
    this.#folder ??= mkdtemp(join(tmpdir(), "allot-gates-"));
    const opened = this.#folder.then((folder) =>
      this.#request.repository.export(this.#request[tree], join(folder, tree)),
    );
    this.#open.set(tree, opened);
    return opened;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(async (room) => (await room)[Symbol.asyncDispose]()));
    if (this.#folder !== undefined) await removeTree(await this.#folder);
  }
}
