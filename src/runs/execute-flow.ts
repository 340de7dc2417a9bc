import { finalChecks, baselineChecks } from "./verify/final-checks.ts";
import { fixTask } from "./verify/fix-task.ts";
import { isAgentName } from "../foundation/agent-names.ts";
import { agentOf } from "./components/components.ts";
import type { RedoInput, TaskInput } from "./children.ts";
import type { Flow } from "./engine/engine.ts";
import type { FrozenPlan } from "./planning/freeze-plan.ts";
import { integrate } from "./integrate.ts";
import type { MiniTask } from "./plan/mini-task.ts";
import type { CheckRun, Execution, FinalCheck, Finding, Integration, RunSpec, TaskOutcome, Verdict } from "./run.ts";
import { tiersOf, type RunContext } from "./run-context.ts";
import { failedChecksText } from "./work/evidence.ts";
import {
  askAgentVerdict,
  askVerdict,
  findingsFingerprint,
  verdictByChecks,
  type VerdictEnd,
} from "./verify/verdict.ts";

const FIX_ROUNDS = 2;

/**
 * Carries out the plan as it was frozen: tasks, integration in plan order, final checks, verdict, fix rounds.
 * Children are started in plan order, each waits for what it depends on; everything with an effect is a step.
 */
export async function executePlan(flow: Flow, context: RunContext, frozen: FrozenPlan): Promise<Execution> {
  const baseline = await flow.step("baseline", () => baselineChecks(context));
  const { tasks, integrations, headRev } = await carryOutTasks(flow, context, frozen);
  return verify(flow, context, frozen, baseline, { tasks, integrations, headRev });
}

interface Built {
  readonly tasks: readonly TaskOutcome[];
  readonly integrations: readonly Integration[];
  readonly headRev: string;
}

async function carryOutTasks(flow: Flow, context: RunContext, frozen: FrozenPlan): Promise<Built> {
  const children = frozen.plan.tasks.map((task) =>
    flow.child<TaskOutcome>("task", `task-${task.number}`, { task } satisfies TaskInput),
  );
  const tasks: TaskOutcome[] = [];
  const integrations: Integration[] = [];
  let headRev = context.spec.baseRev;
  for (const [index, child] of children.entries()) {
    const task = frozen.plan.tasks[index];
    let outcome = await child;
    if (task === undefined) continue;
    const ours = headRev;
    let integration = await flow.step(`integrate-${task.number}`, () => integrate(context, task, outcome, ours));
    if (integration.kind === "conflict" || integration.kind === "refused") {
      // What does not merge, or does not hold after the merge, becomes a task: the same work again, on top of what is there now.
      const first = outcome;
      const again = await flow.child<TaskOutcome>("redo", `task-${task.number}-rebased`, {
        task,
        key: `${task.number}-rebased`,
        baseRev: ours,
        evidence: integration.evidence,
        // An agent's session knows the work already.
        ...(first.hosted === undefined ? {} : { goesOn: first.hosted }),
      } satisfies RedoInput);
      outcome = { ...again, attempts: [...first.attempts, ...again.attempts] };
      integration = await flow.step(`integrate-${task.number}-rebased`, () => integrate(context, task, again, ours));
    }
    tasks.push(outcome);
    integrations.push(integration);
    headRev = integration.headRev;
  }
  return { tasks, integrations, headRev };
}

async function verify(
  flow: Flow,
  context: RunContext,
  frozen: FrozenPlan,
  baseline: readonly CheckRun[],
  built: Built,
): Promise<Execution> {
  const tasks = [...built.tasks];
  const integrations = [...built.integrations];
  const verdicts: Verdict[] = [];
  let headRev = built.headRev;
  const open = tasks.filter(({ kind }) => kind !== "accepted");
  for (let round = 1; ; round++) {
    const head = headRev;
    const checks = await flow.step(`final-checks-${round}`, () => finalChecks(context, frozen.plan, baseline, head));
    const end = await flow.step(`verdict-${round}`, () =>
      judge(context, frozen, { headRev: head, tasks, checks }, round),
    );
    const done = { headRev, planHash: frozen.hash, tasks, checks, verdicts, integrations };
    if (end.kind === "broken") return { ...done, state: "escalated", reason: `no verdict could be had: ${end.reason}` };
    verdicts.push(end.verdict);
    if (end.verdict.accepted) return { ...done, state: "accepted", reason: "" };
    const stop = whyStop(context, frozen, verdicts, open, round);
    if (stop !== undefined) return { ...done, state: "escalated", reason: stop };

    // One fix for each component that has something to mend; a run without components has one.
    for (const findings of byComponent(context.spec, end.verdict.findings)) {
      const number = tasks.length - frozen.plan.tasks.length + 1;
      const ours = headRev;
      const fix = await flow.step(`fix-${number}-task`, () => planFix(context, frozen, findings, number, ours));
      const knows = componentTask(context.spec, findings);
      const goesOn = tasks.findLast((task) => task.number === knows)?.hosted;
      const outcome = await flow.child<TaskOutcome>("redo", `fix-${number}`, {
        task: fix,
        key: `fix-${number}`,
        baseRev: ours,
        evidence: fixEvidence(findings, checks, goesOn !== undefined),
        ...(goesOn === undefined ? {} : { goesOn }),
      } satisfies RedoInput);
      const integration = await flow.step(`integrate-fix-${number}`, () => integrate(context, fix, outcome, ours));
      tasks.push(outcome);
      integrations.push(integration);
      headRev = integration.headRev;
      if (outcome.kind !== "accepted") return { ...done, headRev, state: "escalated", reason: outcome.reason };
    }
  }
}

async function judge(
  context: RunContext,
  frozen: FrozenPlan,
  result: { headRev: string; tasks: readonly TaskOutcome[]; checks: readonly FinalCheck[] },
  round: number,
): Promise<VerdictEnd> {
  const byChecks = verdictByChecks(result.tasks, result.checks);
  const allDone = result.tasks.every(({ kind }) => kind === "accepted");
  const { verifier, big } = context.spec;
  const byAgent = verifier !== undefined && isAgentName(verifier) ? verifier : undefined;
  const byNobody = verifier === "checks" || (byAgent === undefined && big === undefined);
  const end: VerdictEnd =
    byNobody || !allDone
      ? { kind: "given", verdict: byChecks }
      : byAgent === undefined
        ? await askVerdict(context, frozen.plan, result, round)
        : await askAgentVerdict(context, byAgent, frozen.plan, result, round);
  if (end.kind !== "given") return end;
  // A model may reject what the checks let pass; it may not accept what they refuse.
  const verdict = end.verdict.accepted && !byChecks.accepted ? { ...byChecks, judge: end.verdict.judge } : end.verdict;
  context.emit({ kind: "verdict", verdict, round });
  return { kind: "given", verdict };
}

function whyStop(
  context: RunContext,
  frozen: FrozenPlan,
  verdicts: readonly Verdict[],
  open: readonly TaskOutcome[],
  round: number,
): string | undefined {
  const [last, before] = [verdicts.at(-1), verdicts.at(-2)];
  if (last === undefined) return undefined;
  if (open.length > 0) return open.map(({ number, reason }) => `mini-task ${number}: ${reason}`).join("; ");
  const tiers = tiersOf(context.spec);
  const anybody =
    tiers.includes("small") ||
    tiers.includes("big") ||
    frozen.plan.tasks.some((task) => agentOf(context.spec, task) !== undefined);
  if (!anybody || last.findings.length === 0) return last.summary;
  if (round > FIX_ROUNDS) return `rejected after ${FIX_ROUNDS} fix rounds: ${last.summary}`;
  const repeated =
    before !== undefined &&
    verdicts
      .slice(0, -1)
      .some((earlier) => findingsFingerprint(earlier.findings) === findingsFingerprint(last.findings));
  return repeated ? `rejected with the same findings again: ${last.summary}` : undefined;
}

async function planFix(
  context: RunContext,
  frozen: FrozenPlan,
  findings: readonly Finding[],
  number: number,
  head: string,
): Promise<MiniTask> {
  const present = new Set(await context.repository.list(head));
  return fixTask(frozen.plan, findings, number, (path) => present.has(path));
}

/** Findings by the component that they are told to; all together where the run has none. */
function byComponent(spec: RunSpec, findings: readonly Finding[]): readonly (readonly Finding[])[] {
  if (spec.components === undefined) return [findings];
  return [...Map.groupBy(findings, ({ task }) => task ?? 0).values()];
}

function componentTask(spec: RunSpec, findings: readonly Finding[]): number | undefined {
  return spec.components === undefined ? undefined : findings[0]?.task;
}

/** A session that is gone on with does not read the fix's own task file: it is told what was found. */
function fixEvidence(findings: readonly Finding[], checks: readonly FinalCheck[], goesOn: boolean): string {
  if (!goesOn) return failedChecksText(checks);
  return [
    "All parts were put together and checked as a whole. This is to be mended in yours, within the files you may write; keep the rest as it is:",
    findings.map(({ problem, fix }) => `- ${problem}${fix === "" ? "" : ` ${fix}`}`).join("\n"),
  ].join("\n\n");
}
