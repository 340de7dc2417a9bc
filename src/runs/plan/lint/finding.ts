import type { MiniTask } from "../mini-task.ts";
import type { Plan } from "../plan.ts";

/** Every fault the linter knows, once: how bad it is, and what it means. */
export const LINT_CODES = {
  "no-goal": { severity: "error", title: "the plan has no goal" },
  "no-tasks": { severity: "error", title: "the plan has no mini-tasks" },
  "too-many-tasks": { severity: "warning", title: "more than 30 mini-tasks: a person should approve them one by one" },
  "duplicate-number": { severity: "error", title: "two mini-tasks have the same number" },
  "wrong-numbering": { severity: "error", title: "the mini-tasks are not numbered 1, 2, 3 in their order" },
  "duplicate-title": { severity: "error", title: "two mini-tasks have the same title" },
  "placeholder-left": { severity: "error", title: "a [placeholder] of the template was not filled in" },
  "unknown-dependency": { severity: "error", title: "a mini-task depends on one that does not exist" },
  "dependency-cycle": { severity: "error", title: "mini-tasks wait for each other in a circle" },
  "later-dependency": { severity: "error", title: "a mini-task depends on a later one" },
  "overlapping-writes": { severity: "error", title: "two mini-tasks that may run in parallel write the same file" },
  "parallel-read": {
    severity: "warning",
    title: "a mini-task reads a file that another one, not ordered before or after it, writes",
  },
  "no-writes": { severity: "error", title: "the mini-task declares no file to create or edit" },
  "contradictory-writes": { severity: "error", title: "one file is declared with two actions" },
  "path-escapes": { severity: "error", title: "a path leaves the repository or enters .git" },
  "reserved-path": { severity: "error", title: "a file that belongs to allot or to the CI would be written" },
  "missing-read": { severity: "error", title: "a file to read does not exist by then" },
  "missing-edit": { severity: "error", title: "a file to edit does not exist by then" },
  "missing-delete": { severity: "error", title: "a file to delete does not exist by then" },
  "create-exists": { severity: "error", title: "a file to create exists already" },
  "range-outside": { severity: "error", title: "a line range is outside its file" },
  "reads-too-much": { severity: "warning", title: "a small model is given more than two files to read" },
  "no-steps": { severity: "error", title: "the mini-task has no steps" },
  "vague-step": { severity: "error", title: "a step leaves open what to do" },
  "inexact-step": { severity: "error", title: "an exact mini-task has a step that is no exact step" },
  "undeclared-write": { severity: "error", title: "an exact step touches a file that is not declared" },
  "stale-step": { severity: "error", title: "an exact step does not fit the repository as it is" },
  "long-context": { severity: "error", title: "the context has more than 100 words" },
  "estimate-outside": { severity: "warning", title: "the estimate is outside 2,000 to 5,000 tokens" },
  "oversized-task": { severity: "error", title: "the estimate is above 20,000 tokens: split the mini-task" },
  "tests-with-code": { severity: "warning", title: "one mini-task writes code and its tests" },
  "no-criteria": { severity: "error", title: "the mini-task has no acceptance criteria" },
  "unbound-criterion": { severity: "error", title: "a criterion is bound to no check" },
  "criterion-unknown-file": { severity: "error", title: "a criterion checks a file that will not be there" },
  "criterion-unknown-command": {
    severity: "error",
    title: "a criterion names a validation command that does not exist",
  },
  "criterion-unknown-gate": { severity: "error", title: "a criterion names a gate that does not exist" },
  "contract-elsewhere": { severity: "error", title: "the contract names a file that the mini-task does not write" },
  "no-validation": { severity: "error", title: "the mini-task has no validation command" },
  "validation-cannot-fail": { severity: "error", title: "a validation command passes whatever the result is" },
  "dangerous-validation": { severity: "error", title: "a command could do harm" },
  "network-validation": { severity: "warning", title: "a command needs the network, which is withheld" },
  "lone-cd": {
    severity: "warning",
    title: "a command changes only its own shell; every command starts at the repository's root",
  },
  "secret-in-text": { severity: "error", title: "the plan holds what looks like a secret" },
} as const satisfies Record<string, { severity: "error" | "warning"; title: string }>;

export type LintCode = keyof typeof LINT_CODES;

/** One thing the linter found. */
export interface Finding {
  readonly code: LintCode;
  /** error: the plan is refused. warning: it is shown before approval. */
  readonly severity: "error" | "warning";
  /** Number of the mini-task, 0 for the plan as a whole. */
  readonly task: number;
  /** One sentence with the thing and the value met. */
  readonly message: string;
  /** Where in the plan: "Mini-Task 2, step 3". */
  readonly place: string;
}

/** A finding of a code; its severity comes from the table. */
export function finding(code: LintCode, task: number, part: string, message: string): Finding {
  const place = [task === 0 ? "the plan" : `Mini-Task ${task}`, part].filter((text) => text !== "").join(", ");
  return { code, severity: LINT_CODES[code].severity, task, message, place };
}

/** What the linter knows about the repository at the commit the run starts from. */
export interface LintFacts {
  /** Every tracked file. */
  readonly files: ReadonlySet<string>;
  /** Texts of the files the plan names (`pathsNamedBy`); ranges and exact steps are checked for those that are here. */
  readonly texts: ReadonlyMap<string, string>;
  /** Ids of the gates; absent: gate names are not checked. */
  readonly gates?: ReadonlySet<string>;
}

/** A rule judges one task or the plan as a whole. */
export interface LintScope {
  readonly plan: Plan;
  readonly facts: LintFacts;
  /** Numbers of all tasks a task builds on, however far back; empty sets where the graph is broken. */
  readonly before: ReadonlyMap<number, ReadonlySet<number>>;
}

export type TaskRule = (task: MiniTask, scope: LintScope) => readonly Finding[];
