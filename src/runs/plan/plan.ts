import type { MiniTask } from "./mini-task.ts";

/** What a run sets out to do: written to `.allot/runs/ID/plan.md` and `tasks/NN-slug.md`, and parsed back from there. */
export interface Plan {
  readonly goal: string;
  /** Why this way, what the structure will be; Markdown. */
  readonly summary: string;
  readonly nonGoals: readonly string[];
  /** In order: a task depends on earlier ones only. */
  readonly tasks: readonly MiniTask[];
  /** Who planned: a model's name, or "offline planner". */
  readonly planner: string;
  /** Commands for the whole result, run after integration (the project's own tests, import smoke tests). */
  readonly finalChecks: readonly string[];
  /** Remarks for the reader and the report. */
  readonly notes: readonly string[];
}
