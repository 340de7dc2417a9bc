import { makeAttempt, type AttemptEnd, type AttemptStart } from "./attempt.ts";
import type { Flow } from "../engine/engine.ts";
import { handoverText, failureText } from "./evidence.ts";
import type { GateReport } from "../gates/run-gates.ts";
import { askAdvice, type Advice } from "./advice.ts";
import { attemptOf, conclude, judge, type Delivered } from "./judge-attempt.ts";
import type { TaskWork } from "./task-work.ts";
import { nextRung, type Attempt, type Rung } from "./ladder.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import type { AttemptRecord, TaskOutcome } from "../run.ts";
import { tierLabel, tiersOf, type RunContext } from "../run-context.ts";
import type { ModelMessage } from "../../providers/provider.ts";

/**
 * Climbs the ladder with one mini-task until a result passes the gates or the user has to decide.
 * Every attempt, every gate run and every advice is a durable step of its own.
 */
export async function workOnTask(flow: Flow, context: RunContext, work: TaskWork): Promise<TaskOutcome> {
  const { task } = work;
  const history: Attempt[] = [];
  const records: AttemptRecord[] = [];
  let session: readonly ModelMessage[] = [];
  let lastRev = work.baseRev;
  let gates: GateReport | undefined;
  let delivered: Delivered | undefined;

  for (;;) {
    const rung = nextRung(task.tier, history, tiersOf(context.spec));
    if (rung.kind !== "attempt") return conclude(work, rung, records, gates, delivered);
    const round = history.length + 1;
    const goesOn = rung.evidence === "failure" || rung.evidence === "advice";
    const evidence = await evidenceFor(flow, context, work, rung, round, { lastRev, gates, history });
    const end =
      evidence.kind === "none"
        ? ({ kind: "broken", code: evidence.code, reason: evidence.reason } as const)
        : await attemptStep(flow, context, task, rung, {
            round,
            tier: rung.tier,
            fromRev: goesOn ? lastRev : work.baseRev,
            messages: goesOn ? session : [],
            evidence: evidence.evidence,
            taskKey: work.key,
          });
    const report = await judge(flow, context, work, end, round);
    const attempt = attemptOf(rung, end, report);
    history.push(attempt);
    records.push(recordOf(context, rung, round, end, attempt, report));
    if (end.kind === "delivered") {
      session = end.messages;
      lastRev = end.rev;
      delivered = end;
      gates = report;
    }
  }
}

function attemptStep(
  flow: Flow,
  context: RunContext,
  task: MiniTask,
  rung: Extract<Rung, { kind: "attempt" }>,
  start: AttemptStart,
): Promise<AttemptEnd> {
  return flow.step(`attempt-${start.round}`, () =>
    context.slots.run(() => {
      tellStart(context, task, rung, start.round);
      return makeAttempt(context, task, start);
    }),
  );
}

function tellStart(context: RunContext, task: MiniTask, rung: Extract<Rung, { kind: "attempt" }>, round: number): void {
  context.emit({
    kind: "task-started",
    task: task.number,
    title: task.title,
    tier: rung.tier,
    round,
    model: tierLabel(context.spec, rung.tier),
    evidence: rung.evidence,
  });
}

interface SoFar {
  readonly lastRev: string;
  readonly gates: GateReport | undefined;
  readonly history: readonly Attempt[];
}

async function evidenceFor(
  flow: Flow,
  context: RunContext,
  work: TaskWork,
  rung: Extract<Rung, { kind: "attempt" }>,
  round: number,
  sofar: SoFar,
): Promise<Advice> {
  const given = (evidence: string): Advice => ({ kind: "given", evidence });
  switch (rung.evidence) {
    case "none":
      return given(work.evidence);
    case "failure":
      return given(failureText(sofar.gates));
    case "advice":
      return flow.step(`advice-${round}`, () =>
        askAdvice(context, work, round, sofar.lastRev, failureText(sofar.gates)),
      );
    case "handover":
      return given(
        [work.evidence, handoverText(sofar.history, sofar.gates)].filter((text) => text !== "").join("\n\n"),
      );
  }
}

function recordOf(
  context: RunContext,
  rung: Extract<Rung, { kind: "attempt" }>,
  round: number,
  end: AttemptEnd,
  attempt: Attempt,
  report: GateReport | undefined,
): AttemptRecord {
  return {
    round,
    tier: rung.tier,
    model: tierLabel(context.spec, rung.tier),
    evidence: rung.evidence,
    outcome: attempt.outcome.kind,
    why: end.kind === "delivered" ? (report?.codes ?? []).join(", ") : end.reason,
    rev: end.kind === "delivered" ? end.rev : undefined,
  };
}
