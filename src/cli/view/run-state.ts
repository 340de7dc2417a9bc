import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { GateResult } from "../../runs/gates/gate.ts";
import type { PlannedTask, RunEvent } from "../../runs/events.ts";

/** What a screen knows of a run, folded from its events. */
export interface RunPicture {
  readonly run: string;
  readonly goal: string;
  readonly models: string;
  readonly stage: string;
  readonly tasks: readonly TaskPicture[];
  /** How many of them the plan has; fix rounds come behind. */
  readonly planned: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: NanoUsd;
  readonly lines: readonly string[];
  /** Ctrl-C came. */
  readonly stopping: boolean;
}

export interface TaskPicture extends PlannedTask {
  readonly state: "waiting" | "working" | "checked" | "refused" | "done" | "integrated" | "escalated" | "skipped";
  readonly who: string;
  readonly round: number;
  readonly tokens: number;
  readonly spent: NanoUsd;
  readonly gates: string;
  readonly remark: string;
}

export const EMPTY_PICTURE: RunPicture = {
  run: "",
  goal: "",
  models: "",
  stage: "starting",
  tasks: [],
  planned: 0,
  inputTokens: 0,
  outputTokens: 0,
  cost: nanoUsd(0),
  lines: [],
  stopping: false,
};

/** The picture after one more event. Pure. */
export function fold(picture: RunPicture, event: RunEvent): RunPicture {
  switch (event.kind) {
    case "run-started":
      return { ...picture, run: event.run, goal: event.goal, models: event.models, stage: "deciding" };
    case "decided":
      return { ...picture, stage: `decided: ${event.decision}` };
    case "planning":
      return { ...picture, stage: event.what };
    case "plan-ready":
      return {
        ...picture,
        stage: `plan by ${event.planner}`,
        planned: event.tasks.length,
        tasks: event.tasks.map((task) => waiting(task, picture)),
      };
    case "baseline":
      return { ...picture, stage: `before: ${event.result}` };
    case "task-started":
      return withTask(picture, event.task, {
        state: "working",
        title: event.title,
        tier: event.tier,
        who: event.model,
        round: event.round,
        remark: evidenceText(event.evidence),
      });
    case "call-settled":
      return withSpend(picture, event);
    case "agent-did":
      return withTask(picture, event.task, { remark: event.what });
    case "gates":
      return withTask(picture, event.task, {
        state: event.accepted ? "checked" : "refused",
        gates: gateCount(event.results),
        remark: event.accepted ? "" : failedCodes(event.results),
      });
    case "task-done":
      return withTask(picture, event.task, {
        state: event.outcome === "accepted" ? "done" : event.outcome,
        remark: event.outcome === "accepted" ? "" : event.reason,
      });
    case "integrated":
      return withTask(picture, event.task, { state: "integrated", remark: event.merged ? "merged" : "" });
    case "final-check":
      return { ...picture, stage: `${event.check.passed ? "passed" : "FAILED"}: ${event.check.why}` };
    case "verdict":
      return {
        ...picture,
        stage: `verdict ${event.round}: ${event.verdict.accepted ? "accepted" : "rejected"} by ${event.verdict.judge}`,
      };
    case "note":
      return { ...picture, lines: [...picture.lines, event.text].slice(-3) };
    case "run-ended":
      return { ...picture, stage: event.state };
  }
}

/** "9/9", with the failed ones named apart. */
export function gateCount(results: readonly GateResult[]): string {
  const run = results.filter(({ status }) => status !== "skipped");
  return `${run.filter(({ status }) => status === "passed").length}/${run.length}`;
}

export function failedCodes(results: readonly GateResult[]): string {
  return results
    .filter(({ status }) => status === "failed")
    .map(({ code }) => code)
    .join(", ");
}

function waiting(task: PlannedTask, before: RunPicture = EMPTY_PICTURE): TaskPicture {
  const { tokens, spent } = before.tasks.find(({ number }) => number === task.number) ?? {
    tokens: 0,
    spent: nanoUsd(0),
  };
  return { ...task, state: "waiting", who: task.model, round: 0, tokens, spent, gates: "", remark: "" };
}

/** The picture for the next life of a run: what was under way when it stopped is begun again. Pure. */
export function resumed(picture: RunPicture): RunPicture {
  const tasks = picture.tasks.map((task): TaskPicture =>
    task.state === "working" || task.state === "checked" || task.state === "refused"
      ? { ...task, state: "waiting", gates: "" }
      : task,
  );
  return { ...picture, tasks };
}

function withTask(picture: RunPicture, number: number, change: Partial<TaskPicture>): RunPicture {
  const known = picture.tasks.some((task) => task.number === number);
  const tasks = known ? picture.tasks : [...picture.tasks, waiting(unplanned(number))];
  return { ...picture, tasks: tasks.map((task) => (task.number === number ? { ...task, ...change } : task)) };
}

/** A fix round's task stands in no plan. */
function unplanned(number: number): PlannedTask {
  return {
    number,
    title: "fix round",
    tier: "small",
    model: "",
    dependsOn: [],
    inputTokens: 0,
    outputTokens: 0,
    cost: nanoUsd(0),
    seconds: 0,
  };
}

function withSpend(picture: RunPicture, event: Extract<RunEvent, { kind: "call-settled" }>): RunPicture {
  if (event.replayed) return picture;
  const total = {
    ...picture,
    inputTokens: picture.inputTokens + event.inputTokens,
    outputTokens: picture.outputTokens + event.outputTokens,
    cost: nanoUsd(picture.cost + event.cost),
  };
  const number = taskNumber(event.task, picture.planned);
  const task = picture.tasks.find((known) => known.number === number);
  if (task === undefined) return total;
  return withTask(total, task.number, {
    tokens: task.tokens + event.inputTokens + event.outputTokens,
    spent: nanoUsd(task.spent + event.cost),
  });
}

/** Calls are booked under `3`, `3-rebased`, `fix-1`, `plan`, `verify`; fix rounds are numbered on from the plan's tasks. */
function taskNumber(key: string, planned: number): number | undefined {
  const [, fix, number] = /^(fix-)?(\d+)/.exec(key) ?? [];
  if (number === undefined) return undefined;
  return Number(number) + (fix === undefined ? 0 : planned);
}

function evidenceText(evidence: string): string {
  switch (evidence) {
    case "failure":
      return "again, with the failing output";
    case "advice":
      return "again, with the big model's advice";
    case "handover":
      return "taken over";
    default:
      return "";
  }
}
