import type { ExactStep } from "../../../codebase/exact-step.ts";
import type { MiniTask } from "../mini-task.ts";
import type { Plan } from "../plan.ts";

/** Paths that an exact step changes. */
export function pathsChangedBy(step: ExactStep): readonly string[] {
  switch (step.kind) {
    case "copy":
      return [step.to];
    case "move":
      return [step.from.path, step.to];
    case "delete-lines":
    case "replace-lines":
    case "replace-text":
      return [step.range.path];
    case "rename-file":
      return [step.path, step.to];
    case "create":
    case "append":
    case "insert":
    case "delete-file":
      return [step.path];
  }
}

/** Every path a task names, each once. */
export function pathsOfTask(task: MiniTask): readonly string[] {
  const exact = task.steps.flatMap(({ exact: step }) => (step === undefined ? [] : [step]));
  return [
    ...new Set([
      ...task.reads.map(({ path }) => path),
      ...task.writes.map(({ path }) => path),
      ...exact.flatMap((step) => ("from" in step ? [step.from.path, ...pathsChangedBy(step)] : pathsChangedBy(step))),
      ...task.criteria.flatMap(({ check }) => (check !== undefined && "path" in check ? [check.path] : [])),
      ...task.contract.map(({ path }) => path),
    ]),
  ];
}

/** Every path a plan names: whose texts `lintPlan` wants to see. */
export function pathsNamedBy(plan: Plan): readonly string[] {
  return [...new Set(plan.tasks.flatMap(pathsOfTask))];
}
