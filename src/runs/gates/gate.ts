import type { MiniTask } from "../plan/mini-task.ts";
import type { ContractFacts } from "./api/contract-facts.ts";

/**
 * A gate is a check that allot runs itself on a worker's result; no model is asked. Gates run in order of price and
 * judge facts only: two git trees, the task's declarations, and commands that allot runs in a clean tree.
 */
export interface Gate {
  /** Stable id, kebab-case: "only-declared-files". */
  readonly id: string;
  /** One sentence for docs and screens. */
  readonly title: string;
  /** Cheap first: 0 facts already at hand, 1 parses files, 2 runs commands. */
  readonly price: 0 | 1 | 2;
  check(facts: GateFacts): Promise<GateResult>;
}

/** Everything a gate may look at. */
export interface GateFacts {
  readonly task: MiniTask;
  /** The tree the worker started from, and its result. */
  readonly base: TreeView;
  readonly head: TreeView;
  readonly changes: readonly Change[];
  /** Runs a shell command in a clean checkout of a tree; never in the user's or the worker's own folder. */
  run(tree: "base" | "head", command: string, timeoutMs: number): Promise<CommandEvidence>;
  /** Where head stands to base in history; absent where only trees are known. */
  readonly lineage?: Lineage;
  /** What the worker said about its work; checked, never believed. */
  readonly report?: string;
  /** The report is only the commits' messages: files named there are checked, other names are not. */
  readonly reportIsMessages?: boolean;
  /** The API contract that the result has to keep; absent where there is none. */
  readonly contract?: ContractFacts;
  /** The project's own tests, when they are to be run besides the task's commands. */
  readonly suite?: () => Promise<SuiteCommand | undefined>;
}

export interface Lineage {
  readonly descends: boolean;
  /** What the last commits up to base did to files that differ between base and head, newest first. */
  readonly recent: readonly RecentEdit[];
}

export interface RecentEdit {
  readonly revision: string;
  readonly subject: string;
  readonly path: string;
  /** Text of the file before and after that commit; undefined where it was not there or is no text. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface SuiteCommand {
  readonly command: string;
  readonly timeoutMs: number;
}

export interface TreeView {
  readonly revision: string;
  /** Text of a file, or undefined where there is none (or it is not text). */
  read(path: string): Promise<string | undefined>;
  list(): Promise<readonly string[]>;
}

export interface Change {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted" | "renamed" | "mode";
  /** For renames: where it was. */
  readonly from?: string;
  readonly addedLines: number;
  readonly removedLines: number;
  /** Git's file modes, where known: "100644", "100755", "120000" (symbolic link), "160000" (submodule). */
  readonly baseMode?: string;
  readonly mode?: string;
  /** Size of the new content. */
  readonly bytes?: number;
  /** For symbolic links: where it leads. */
  readonly linkTarget?: string;
}

export interface CommandEvidence {
  readonly command: string;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** The last 16 KiB of output, both streams in order. */
  readonly output: string;
  readonly tookMs: number;
}

export interface GateResult {
  readonly gate: string;
  readonly status: "passed" | "failed" | "skipped";
  /** For failures: which kind, from GATE_CODES; "ok" when passed, "not-applicable" when skipped. */
  readonly code: string;
  /** One sentence with the thing and the value met; feedback to the worker is built from it. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

export type Evidence =
  | { readonly kind: "place"; readonly path: string; readonly line?: number; readonly text?: string }
  | { readonly kind: "command"; readonly run: CommandEvidence }
  | { readonly kind: "note"; readonly text: string };
