import { openDetector, type Detector } from "../routing/detector/detector.ts";
import { currentUser, lessonOf } from "../routing/lessons/lesson-store.ts";
import type { Lesson, LessonKind } from "../routing/lessons/lesson.ts";
import type { TaskType } from "../routing/routing.ts";
import type { RunContext } from "./run-context.ts";
import type { AttemptRecord, RunSpec } from "./run.ts";
import type { TaskReport } from "./report/task-report.ts";

/** Below this a title says too little, and the goal's words count. */
const CLEAR_FROM = 0.6;

/**
 * Records what became of each mini-task: the outcome for forecasts, and for the delegator one lesson a model that tried.
 * A lesson holds the type, the model and the end, nothing of the plan's text: what a repository says teaches nothing.
 * Idempotent; nothing is taught where learning was off when the run was made.
 */
export async function recordOutcomes(context: RunContext, tasks: readonly TaskReport[]): Promise<void> {
  const { spec, runs, clock } = context;
  const user = currentUser();
  const detector = openDetector();
  for (const task of tasks) {
    const last = task.attempts.at(-1);
    if (last === undefined) continue;
    const type = typeOfTask(task.title, spec.goal, detector);
    await runs.recordOutcome(spec.id, task.number, {
      repo: spec.repo,
      taskType: type,
      tier: last.tier,
      model: last.model,
      accepted: task.kind === "accepted",
      rounds: task.attempts.length,
      escalated: task.kind === "escalated",
      cost: task.spent.cost,
    });
    if (spec.learn === false) continue;
    for (const lesson of lessonsOf(spec, task, type, user, clock.now())) await runs.recordLesson(lesson);
  }
}

/** The type of a mini-task by its title, else by the run's goal; coding where neither says. Pure. */
export function typeOfTask(title: string, goal: string, detector: Detector): TaskType {
  const clear = [title, goal]
    .map((text) => detector.detect(text))
    .find(({ kind, confidence }) => kind === "task" && confidence >= CLEAR_FROM);
  return clear?.type ?? "coding";
}

/**
 * How each model did with a task: accepted at once, redone until it was, or escalated to the next model or to the user.
 * Exact steps ask no model and teach nothing; what an agent program did teaches nothing about the run's own models. Pure.
 */
export function lessonsOf(
  spec: Pick<RunSpec, "id" | "repo" | "small" | "big">,
  task: Pick<TaskReport, "number" | "kind" | "attempts">,
  type: TaskType,
  user: string,
  at: number,
): readonly Lesson[] {
  const tried = task.attempts.flatMap(({ tier, agent }) =>
    tier === "exact" || agent !== undefined ? [] : (spec[tier]?.id ?? []),
  );
  const last = tried.at(-1);
  return [...new Set(tried)].map((model) => {
    const tries = tried.filter((other) => other === model).length;
    const finished = model === last && endsByModel(task.attempts) && task.kind === "accepted";
    const kind: LessonKind = finished ? (tries === 1 ? "accepted" : "redone") : "escalated";
    const about = `${spec.id}/${task.number}`;
    return lessonOf({ user, repo: spec.repo, features: [], type, agent: "worker", model, kind, at, about });
  });
}

function endsByModel(attempts: readonly AttemptRecord[]): boolean {
  return attempts.at(-1)?.tier !== "exact";
}
