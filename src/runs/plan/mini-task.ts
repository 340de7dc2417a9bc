import type { ExactStep } from "../../codebase/exact-step.ts";
import type { AgentName } from "../../foundation/agent-names.ts";
import type { NanoUsd } from "../../foundation/units.ts";

/**
 * One atomic step of a run, as a person reads and edits it in Markdown (see `task-file.ts` for the text form).
 * Paths are repository-relative with forward slashes; line numbers are 1-based and inclusive.
 */
export interface MiniTask {
  /** 1-based position in the plan; the run's id and this number name the task everywhere. */
  readonly number: number;
  readonly title: string;
  /** exact: allot carries the steps out itself, no model. small and big: a tool loop on that tier's model. */
  readonly tier: "exact" | "small" | "big";
  /** As written after "**Model**:", e.g. "Claude 3.5 Haiku (or GPT-4o-mini)" or "none (exact steps)". */
  readonly model: string;
  /** The agent program that carries it out ("codex", "claude" ...); absent: the run's own executor. */
  readonly agent?: AgentName;
  readonly estimate: TaskEstimate;
  /** Numbers of the tasks whose results this one builds on. */
  readonly dependsOn: readonly number[];
  readonly reads: readonly FileToRead[];
  readonly writes: readonly FileToWrite[];
  /** At most 100 words. */
  readonly context: string;
  /** What stands between the heading "Task" and its first step; absent where nothing does. */
  readonly intro?: string;
  /** The numbered steps, each its whole Markdown text without the number; nested lists and code included. */
  readonly steps: readonly TaskStep[];
  /** Code to use literally, each a fenced block. */
  readonly snippets: readonly Snippet[];
  readonly criteria: readonly Criterion[];
  /** Shell commands that must pass, run by allot in a clean tree. */
  readonly validation: readonly ValidationCommand[];
  /** What the files written must offer afterwards: names and signatures. */
  readonly contract: readonly ContractedName[];
  readonly onFailure: readonly string[];
  /** Text of the "Next Task" section; "" where there is none. */
  readonly next: string;
}

export interface TaskEstimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Absent where the file names none. */
  readonly cost?: NanoUsd;
}

export interface FileToRead {
  readonly path: string;
  readonly lines?: { readonly first: number; readonly last: number };
  readonly optional: boolean;
  /** Free remark of the line: "__init__ and helpers". */
  readonly note: string;
}

export interface FileToWrite {
  readonly path: string;
  readonly action: "create" | "edit" | "delete";
  /** For edits: where; absent means anywhere in the file. */
  readonly lines?: { readonly first: number; readonly last: number };
}

export interface TaskStep {
  readonly text: string;
  /** Present where the text is a step of the exact vocabulary. */
  readonly exact?: ExactStep;
}

export interface Snippet {
  readonly language: string;
  readonly code: string;
  /** What the file says above the block; absent where it says nothing. */
  readonly note?: string;
}

export interface Criterion {
  readonly text: string;
  readonly done: boolean;
  /** Absent: unbound, which the linter refuses. */
  readonly check?: CriterionCheck;
}

/** What a criterion is bound to; allot evaluates it, never a model. */
export type CriterionCheck =
  | { readonly kind: "file-exists"; readonly path: string }
  | { readonly kind: "file-absent"; readonly path: string }
  | { readonly kind: "contains"; readonly path: string; readonly text: string }
  | { readonly kind: "lacks"; readonly path: string; readonly text: string }
  | { readonly kind: "line-count"; readonly path: string; readonly lines: number; readonly tolerance: number }
  | { readonly kind: "defines"; readonly path: string; readonly names: readonly string[] }
  | { readonly kind: "syntax"; readonly path: string }
  /** The n-th validation command (1-based) exits 0. */
  | { readonly kind: "command"; readonly index: number }
  /** The n-th validation command fails on the base and passes on the result. */
  | { readonly kind: "fails-before"; readonly index: number }
  /** A built-in gate passes, named by its id: "only-declared-files", "tests-untouched" ... */
  | { readonly kind: "gate"; readonly gate: string };

export interface ValidationCommand {
  readonly command: string;
  /** The comment line above it in the file, without "#"; "" where there is none. */
  readonly comment: string;
  readonly timeoutMs: number;
}

export interface ContractedName {
  readonly path: string;
  readonly name: string;
  /** Parameter list and result as written, e.g. "(text: string, width?: number): string"; absent: only the name. */
  readonly signature?: string;
}
