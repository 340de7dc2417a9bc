import type { Plan } from "../plan/plan.ts";
import type { Component, Execution, FinalCheck, RunSpec, Verdict } from "../run.ts";
import type { TaskReport } from "./task-report.ts";
import { compare, type Comparison, type ComparisonFacts } from "./comparison.ts";
import { isolationOf, type Isolation } from "./isolation.ts";
import { learningsOf } from "./learnings.ts";
import { spendOf, type PaidCall, type Spend } from "./spend.ts";

/** The whole account of a run, as `report.json` holds it and `allot show --json` prints it. Money in nano-dollars. */
export interface RunReport {
  readonly run: string;
  readonly goal: string;
  readonly repo: string;
  readonly base: string;
  readonly branch: string;
  readonly head: string;
  readonly state: "accepted" | "escalated";
  /** Why it went to the user; "" when accepted. */
  readonly reason: string;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly models: { readonly big: string; readonly small: string; readonly why: string };
  readonly plan: {
    readonly planner: string;
    readonly hash: string;
    readonly tasks: number;
    readonly notes: readonly string[];
  };
  readonly tasks: readonly TaskReport[];
  readonly checks: readonly FinalCheck[];
  readonly verdicts: readonly Verdict[];
  readonly spend: Spend;
  readonly comparison: Comparison;
  readonly learnings: readonly string[];
  /** What became of each component of a dispatch; absent in other runs. */
  readonly components?: readonly ComponentReport[];
  /** What minimal workspaces saved; absent where none was made. */
  readonly isolation?: Isolation;
}

export interface ComponentReport {
  readonly name: string;
  readonly task: number;
  readonly side: "server" | "client" | "neither" | null;
  readonly state: TaskReport["kind"];
  /** Why it went to the user; "" when accepted. */
  readonly reason: string;
  /** The first try and the fix rounds after it, those for the whole included. */
  readonly rounds: number;
  readonly agent: string | null;
  readonly session: string | null;
  /** Where its files are kept. */
  readonly workspace: string | null;
}

export interface ReportFacts {
  readonly spec: RunSpec;
  readonly plan: Plan;
  readonly execution: Execution;
  readonly calls: readonly PaidCall[];
  readonly endedAt: number;
  readonly comparison: ComparisonFacts;
}

/** Makes the account of a run out of its stored facts. Pure. */
export function runReport(facts: ReportFacts): RunReport {
  const { spec, plan, execution, calls } = facts;
  const spend = spendOf(calls);
  const tasks = execution.tasks.map((outcome): TaskReport => {
    const task = plan.tasks.find(({ number }) => number === outcome.number);
    const { inputTokens, outputTokens, cost } = spendOf(
      calls.filter(({ task: key }) => isOf(key, outcome.number, plan.tasks.length)),
    ).total;
    return {
      ...outcome,
      next: plan.tasks.some(({ number }) => number === outcome.number + 1)
        ? `Mini-Task ${outcome.number + 1}`
        : "verification",
      estimate: { inputTokens: task?.estimate.inputTokens ?? 0, outputTokens: task?.estimate.outputTokens ?? 0 },
      spent: { inputTokens, outputTokens, cost },
    };
  });
  const isolation = isolationOf(tasks, ({ number, title }) => {
    return spec.components?.parts.find((part) => part.task === number)?.name ?? title;
  });
  return {
    run: spec.id,
    goal: spec.goal,
    repo: spec.repo,
    base: spec.baseRev,
    branch: spec.branch,
    head: execution.headRev,
    state: execution.state,
    reason: execution.reason,
    startedAt: new Date(spec.createdAt).toISOString(),
    tookMs: facts.endedAt - spec.createdAt,
    models: { big: spec.big?.label ?? "none", small: spec.small?.label ?? "none", why: spec.modelsWhy },
    plan: { planner: plan.planner, hash: execution.planHash, tasks: plan.tasks.length, notes: plan.notes },
    tasks,
    checks: execution.checks,
    verdicts: execution.verdicts,
    spend,
    comparison: compare(facts.comparison, plan, calls, execution.state === "accepted"),
    learnings: learningsOf(tasks, spend),
    ...(spec.components === undefined
      ? {}
      : { components: spec.components.parts.map((part) => reportOf(part, tasks)) }),
    ...(isolation === undefined ? {} : { isolation }),
  };
}

/** Calls are booked under `3`, `3-rebased` or, for fix rounds, which are numbered on from the plan's tasks, `fix-1`. */
function isOf(key: string, number: number, planned: number): boolean {
  return number > planned ? key === `fix-${number - planned}` : key.split("-", 1)[0] === String(number);
}

function reportOf({ name, task, side }: Component, tasks: readonly TaskReport[]): ComponentReport {
  const own = tasks.find(({ number }) => number === task);
  // A fix for the whole goes on in the component's own place.
  const rounds = tasks.filter(({ number, hosted }) => number === task || hosted?.place === name);
  return {
    name,
    task,
    side: side ?? null,
    state: own?.kind ?? "skipped",
    reason: own?.reason ?? "",
    rounds: rounds.reduce((sum, { attempts }) => sum + attempts.length, 0),
    agent: own?.hosted?.agent ?? null,
    session: own?.hosted?.session ?? null,
    workspace: own?.hosted?.dir ?? null,
  };
}
