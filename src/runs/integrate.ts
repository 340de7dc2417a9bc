import { checkResult } from "./work/check-result.ts";
import type { MiniTask } from "./plan/mini-task.ts";
import type { Integration, TaskOutcome } from "./run.ts";
import type { RunContext } from "./run-context.ts";
import type { TaskRow } from "./run-store.ts";
import { failureText } from "./work/evidence.ts";

/**
 * Puts an accepted result on top of `ours` as one commit. Where other work came in between, the gates run again on the
 * merged tree. Deterministic: the same inputs give the same commit, so it can be done again after a crash.
 */
export async function integrate(
  context: RunContext,
  task: MiniTask,
  outcome: TaskOutcome,
  ours: string,
): Promise<Integration> {
  const done = await place(context, task, outcome, ours);
  await context.runs.setTask(context.spec.id, {
    number: task.number,
    title: task.title,
    tier: task.tier,
    round: outcome.attempts.length,
    state: stateOf(done, outcome),
    headRev: done.headRev,
  });
  if (done.kind === "integrated")
    context.emit({ kind: "integrated", task: task.number, rev: done.headRev, merged: done.merged });
  return done;
}

/** What does not fit yet is done again, so it is no end that others could stop at. */
function stateOf(done: Integration, outcome: TaskOutcome): TaskRow["state"] {
  switch (done.kind) {
    case "integrated":
      return "integrated";
    case "conflict":
    case "refused":
      return "conflict";
    case "nothing":
      return outcome.kind === "skipped" ? "skipped" : "escalated";
  }
}

async function place(context: RunContext, task: MiniTask, outcome: TaskOutcome, ours: string): Promise<Integration> {
  if (outcome.rev === undefined) return { kind: "nothing", headRev: ours };
  const message = `Mini-Task ${task.number}: ${task.title}\n\nRun: ${context.spec.id}`;
  const merged = await context.repository.merge({
    base: outcome.baseRev,
    ours,
    theirs: outcome.rev,
    message,
    atMs: context.spec.createdAt,
  });
  if (merged.kind === "conflict") {
    return {
      kind: "conflict",
      headRev: ours,
      paths: merged.paths,
      evidence: `Since this task's base, ${merged.paths.join(", ")} changed in a way that does not merge with its result. Do the task again on the files as they are now.`,
    };
  }
  const clean = outcome.baseRev === ours;
  if (clean) return { kind: "integrated", headRev: merged.rev, merged: false };
  const report = await checkResult(context, task, ours, merged.rev, outcome.workerReport);
  if (report.accepted) return { kind: "integrated", headRev: merged.rev, merged: true };
  return {
    kind: "refused",
    headRev: ours,
    codes: report.codes,
    evidence: `The result of this task passed alone, but not together with what other tasks changed meanwhile. Do it again on the files as they are now.\n\n${failureText(report)}`,
  };
}
