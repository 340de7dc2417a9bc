import type { Flow } from "../engine/engine.ts";
import type { GateReport } from "../gates/run-gates.ts";
import { fingerprintOf } from "../gates/fingerprint.ts";
import type { AttemptRecord, TaskOutcome } from "../run.ts";
import type { RunContext } from "../run-context.ts";
import type { AttemptEnd } from "./attempt.ts";
import { checkResult } from "./check-result.ts";
import type { Attempt, Rung } from "./ladder.ts";
import type { TaskWork } from "./task-work.ts";

export type Delivered = Extract<AttemptEnd, { kind: "delivered" }>;

/** Runs the gates on what a try delivered, as a durable step; undefined where it delivered nothing. */
export async function judge(
  flow: Flow,
  context: RunContext,
  work: TaskWork,
  end: AttemptEnd,
  round: number,
): Promise<GateReport | undefined> {
  if (end.kind !== "delivered") return undefined;
  return flow.step(`gates-${round}`, () =>
    context.slots.run(async () => {
      const report = await checkResult(context, work.task, work.baseRev, end.rev, end.report);
      context.emit({
        kind: "gates",
        task: work.task.number,
        round,
        accepted: report.accepted,
        results: report.results,
      });
      return report;
    }),
  );
}

/** What a try came to, for the ladder. Pure. */
export function attemptOf(
  rung: Extract<Rung, { kind: "attempt" }>,
  end: AttemptEnd,
  report: GateReport | undefined,
): Attempt {
  const advised = rung.evidence === "advice";
  if (end.kind === "gave-up") return { tier: rung.tier, advised, outcome: { kind: "gave-up", reason: end.reason } };
  if (end.kind === "broken") {
    return { tier: rung.tier, advised, outcome: { kind: "broken", code: end.code, reason: end.reason } };
  }
  return {
    tier: rung.tier,
    advised,
    outcome:
      report?.accepted === true
        ? { kind: "accepted" }
        : { kind: "refused", fingerprint: fingerprintOf(report?.results ?? []) },
  };
}

/** The end of a mini-task out of its tries. Pure. */
export function conclude(
  work: TaskWork,
  rung: Exclude<Rung, { kind: "attempt" }>,
  attempts: readonly AttemptRecord[],
  gates: GateReport | undefined,
  delivered: Delivered | undefined,
): TaskOutcome {
  const accepted = rung.kind === "accepted";
  return {
    number: work.task.number,
    title: work.task.title,
    kind: accepted ? "accepted" : "escalated",
    reason: accepted ? "" : rung.reason,
    rev: accepted ? delivered?.rev : undefined,
    baseRev: work.baseRev,
    attempts,
    gates: gates?.results ?? [],
    workerReport: delivered?.report ?? "",
    created: work.task.writes.filter(({ action }) => action === "create").map(({ path }) => path),
    workspace: delivered?.workspace,
    ...(delivered?.pictures === undefined ? {} : { pictures: delivered.pictures }),
    ...(delivered?.noPictures === undefined ? {} : { noPictures: delivered.noPictures }),
  };
}
