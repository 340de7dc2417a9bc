import type { Flow } from "./engine/engine.ts";
import type { MiniTask } from "./plan/mini-task.ts";
import type { TaskOutcome } from "./run.ts";
import type { RunContext } from "./run-context.ts";
import { agentOf } from "./components/components.ts";
import { workByAgent } from "./work/agent-flow.ts";
import { workOnTask } from "./work/task-flow.ts";
import type { TaskWork } from "./work/task-work.ts";

/** What the parent hands to each kind of child flow. */
export interface TaskInput {
  readonly task: MiniTask;
}

export type RedoInput = TaskWork;

type Readiness =
  | { readonly kind: "ready"; readonly baseRev: string }
  | { readonly kind: "skipped"; readonly reason: string };

const LOOK_AGAIN_MS = 25;

/** One mini-task of the plan: waits for what it depends on, then climbs the ladder. */
export async function taskChild(flow: Flow, context: RunContext, { task }: TaskInput): Promise<TaskOutcome> {
  const readiness = await flow.step("await-dependencies", () =>
    awaitDependencies(context, task, AbortSignal.any([context.signal, flow.stopping])),
  );
  if (readiness.kind === "skipped") {
    await flow.step("tell-skipped", async () => tellDone(context, skipped(context, task, readiness.reason)));
    return skipped(context, task, readiness.reason);
  }
  const outcome = await carryOut(flow, context, {
    task,
    key: String(task.number),
    baseRev: readiness.baseRev,
    evidence: "",
  });
  await flow.step("tell-done", async () => tellDone(context, outcome));
  return outcome;
}

/** The same mini-task again on other ground: after a merge conflict, or for a fix round. */
export async function redoChild(flow: Flow, context: RunContext, input: RedoInput): Promise<TaskOutcome> {
  const outcome = await carryOut(flow, context, input);
  await flow.step("tell-done", async () => tellDone(context, outcome));
  return outcome;
}

/** By an agent program where the mini-task or the run names one, else up the ladder of tiers. */
function carryOut(flow: Flow, context: RunContext, work: TaskWork): Promise<TaskOutcome> {
  const agent = agentOf(context.spec, work.task);
  return agent === undefined ? workOnTask(flow, context, work) : workByAgent(flow, context, work, agent);
}

/**
 * Answers the branch's commit after the last of the task's dependencies was integrated; integration goes in plan order,
 * so that commit is the same in every life of the run.
 */
async function awaitDependencies(context: RunContext, task: MiniTask, stop: AbortSignal): Promise<Readiness> {
  const last = Math.max(0, ...task.dependsOn);
  if (last === 0) return { kind: "ready", baseRev: context.spec.baseRev };
  for (;;) {
    const rows = await context.runs.tasks(context.spec.id);
    const needed = rows.filter(({ number }) => task.dependsOn.includes(number));
    const broken = needed.find(({ state }) => state === "escalated" || state === "skipped");
    if (broken !== undefined)
      return { kind: "skipped", reason: `mini-task ${broken.number}, which it builds on, is not done` };
    const ground = rows.find(({ number }) => number === last);
    if (
      ground !== undefined &&
      needed.length === task.dependsOn.length &&
      needed.every(({ state }) => state === "integrated")
    ) {
      return { kind: "ready", baseRev: ground.headRev };
    }
    await context.clock.sleep(LOOK_AGAIN_MS, stop);
  }
}

function skipped(context: RunContext, task: MiniTask, reason: string): TaskOutcome {
  return {
    number: task.number,
    title: task.title,
    kind: "skipped",
    reason,
    rev: undefined,
    baseRev: context.spec.baseRev,
    attempts: [],
    gates: [],
    workerReport: "",
    created: [],
    workspace: undefined,
  };
}

function tellDone(context: RunContext, outcome: TaskOutcome): null {
  context.emit({
    kind: "task-done",
    task: outcome.number,
    outcome: outcome.kind,
    reason: outcome.reason,
    report: outcome.workerReport,
  });
  return null;
}
