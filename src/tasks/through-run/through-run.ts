/**
 * Work that changes files goes through a run: its plan is made here by a program, not by a model, and what a model then
 * writes is proven by the run's gates in a clean tree and left on a branch.
 *
 * Owns the plans of `test --generate` (new test files that run, pass, and fail when the code under test is broken) and
 * `refactor --apply` (the project's tests as green as before, exported names and signatures kept). Invariants: the code
 * under test is never among the files written; a plan names every file that may change; a suggestion of a model is work to
 * be proven, never a permission.
 *
 * Rejected: a planning model for these (the steps are known, and a plan costs more than the work on one file).
 */
import type { Codebase } from "../../codebase/facts/facts.ts";
import type { Plan } from "../../runs/plan/plan.ts";
import type { RunSpec } from "../../runs/run.ts";
import { workerTasks, type WorkerTask } from "../../runs/templates/worker-task.ts";

/** What a run is made with: `app.newRun(goal, repo, overrides)`. */
export interface RunOrder {
  readonly goal: string;
  readonly overrides: Pick<RunSpec, "decision"> & { readonly plan: Plan };
  /** Files that were asked for and are left out of the run, with the reason. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

/** Texts of files below the codebase's root; undefined for what is not there. */
export type ReadText = (path: string) => string | undefined;

export interface OrderParts {
  readonly codebase: Codebase;
  readonly read: ReadText;
  readonly goal: string;
  readonly summary: string;
  readonly planner: string;
  readonly finalChecks: readonly string[];
  readonly notes: readonly string[];
  readonly leftOut: RunOrder["leftOut"];
}

/** A run's order out of its tasks. */
export function orderOf(tasks: readonly WorkerTask[], parts: OrderParts): RunOrder {
  const { codebase, read, goal, summary, planner, finalChecks, notes, leftOut } = parts;
  const tree = { root: codebase.root, files: codebase.files.map(({ path }) => path), read };
  const plan: Plan = {
    goal,
    summary,
    nonGoals: ["No other change of behaviour."],
    tasks: workerTasks(tasks, tree),
    planner,
    finalChecks,
    notes,
  };
  return { goal, overrides: { decision: "delegate", plan }, leftOut };
}

/**
 * Words of a model as a quotation, on one line: what stands in quotes is the task's subject, so that the linter of plans asks
 * no precision of it. Pure.
 */
export function quotation(words: string, longest: number): string {
  const text = words
    .replaceAll(/\s+/g, " ")
    .replaceAll(/["`“”]/g, "'")
    .trim();
  return `"${text.length > longest ? `${text.slice(0, longest - 2).trimEnd()} …` : text}"`;
}

/** For a shell. Paths come from the codebase's own listing. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
