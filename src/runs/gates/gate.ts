import type { MiniTask } from "../plan/mini-task.ts";

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
