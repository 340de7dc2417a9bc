import type { AgentName } from "../../foundation/agent-names.ts";
import { AllotError } from "../../foundation/errors.ts";
import { placeOf } from "../components/components.ts";
import type { Flow } from "../engine/engine.ts";
import type { GateReport } from "../gates/run-gates.ts";
import type { AttemptRecord, HostedPlace, TaskOutcome } from "../run.ts";
import { labelOf, type RunContext } from "../run-context.ts";
import { letAgentWork, type AgentRound, type AgentStart } from "./agent-attempt.ts";
import { agentFailureText, whatIsWrong } from "./evidence.ts";
import { attemptOf, conclude, judge, type Delivered } from "./judge-attempt.ts";
import { nextAgentRung, type Attempt, type Rung } from "./ladder.ts";
import type { TaskWork } from "./task-work.ts";

const MOST_DIFF_BYTES = 12_000;

/**
 * Lets an agent program carry out one mini-task: its result goes through the same gates as any other's; what they refuse goes
 * back to the same session, twice at most, then to the user. Every round and every judgement is a durable step.
 */
export async function workByAgent(
  flow: Flow,
  context: RunContext,
  work: TaskWork,
  agent: AgentName,
): Promise<TaskOutcome> {
  const history: Attempt[] = [];
  const records: AttemptRecord[] = [];
  const place = work.goesOn?.place ?? placeOf(context.spec, work.task);
  let hosted: HostedPlace | undefined = work.goesOn;
  let delivered: Delivered | undefined;
  let before: Delivered | undefined;
  let gates: GateReport | undefined;
  for (;;) {
    const rung = nextAgentRung(history);
    if (rung.kind !== "attempt") return endOf(work, rung, { records, gates, delivered, hosted });
    const round = history.length + 1;
    const evidence = await evidenceFor(context, work, { history, gates, delivered, before });
    const { end, hosted: here } = await roundStep(flow, context, work, rung, {
      round,
      agent,
      place,
      session: hosted?.session,
      lastRev: delivered?.rev,
      evidence,
    });
    hosted = here;
    const report = await judge(flow, context, work, end, round);
    const attempt = attemptOf(rung, end, report);
    history.push(attempt);
    records.push({
      round,
      tier: rung.tier,
      model: labelOf(context.spec, work.task),
      evidence: rung.evidence,
      outcome: attempt.outcome.kind,
      why: end.kind === "delivered" ? (report?.codes ?? []).join(", ") : end.reason,
      rev: end.kind === "delivered" ? end.rev : undefined,
      agent,
      ...(hosted.session === undefined ? {} : { session: hosted.session }),
    });
    if (end.kind === "delivered") {
      before = delivered;
      delivered = end;
      gates = report;
    }
  }
}

/**
 * One round, and as often again as a limit stopped it: the life that meets the limit ends, and the next one goes on with the
 * session. Throws `limit-reached` where a limit other than the run's own stops the agent now.
 */
async function roundStep(
  flow: Flow,
  context: RunContext,
  work: TaskWork,
  rung: Extract<Rung, { kind: "attempt" }>,
  first: AgentStart,
): Promise<AgentRound> {
  let start = first;
  for (let stops = 0; ; stops++) {
    let isNew = false;
    const from = start;
    const round = await flow.step(`attempt-${first.round}${stops === 0 ? "" : `-${stops}`}`, () =>
      context.slots.run(() => {
        isNew = true;
        tellStart(context, work, rung, first.round);
        return letAgentWork(context, work, from);
      }),
    );
    const { end, hosted } = round;
    const isStopped = end.kind === "broken" && end.code === "limit-reached" && context.spec.limit === undefined;
    if (!isStopped) return round;
    if (isNew) throw new AllotError("limit-reached", end.reason);
    start = { ...first, stops: stops + 1, session: hosted.session ?? start.session };
  }
}

function tellStart(context: RunContext, work: TaskWork, rung: Extract<Rung, { kind: "attempt" }>, round: number): void {
  context.emit({
    kind: "task-started",
    task: work.task.number,
    title: work.task.title,
    tier: rung.tier,
    round,
    model: labelOf(context.spec, work.task),
    evidence: rung.evidence,
  });
}

interface SoFar {
  readonly history: readonly Attempt[];
  readonly gates: GateReport | undefined;
  readonly delivered: Delivered | undefined;
  /** What the round before the last one had delivered. */
  readonly before: Delivered | undefined;
}

/** What an agent is told: at first what an earlier merge or the verdict found, then what the checks say, and what its last round changed. */
async function evidenceFor(
  context: RunContext,
  work: TaskWork,
  { history, gates, delivered, before }: SoFar,
): Promise<string> {
  if (history.length === 0) return work.evidence;
  const [last, earlier] = [history.at(-1), history.at(-2)];
  const repeated =
    last?.outcome.kind === "refused" &&
    earlier?.outcome.kind === "refused" &&
    last.outcome.fingerprint === earlier.outcome.fingerprint;
  if (!repeated || delivered === undefined || before === undefined) return agentFailureText(gates);
  const diff = await context.repository.diff(before.rev, delivered.rev, { maxBytes: MOST_DIFF_BYTES });
  const did =
    diff === ""
      ? "Your last round changed no file."
      : `Your last round changed this, which mends none of it:\n\n${diff}`;
  return `${agentFailureText(gates)}\n\nThe same was found before your last round. ${did}`;
}

function endOf(
  work: TaskWork,
  rung: Exclude<Rung, { kind: "attempt" }>,
  {
    records,
    gates,
    delivered,
    hosted,
  }: {
    records: readonly AttemptRecord[];
    gates: GateReport | undefined;
    delivered: Delivered | undefined;
    hosted: HostedPlace | undefined;
  },
): TaskOutcome {
  const outcome = conclude(work, rung, records, gates, delivered);
  const withPlace = hosted === undefined ? outcome : { ...outcome, hosted };
  if (rung.kind === "accepted" || hosted === undefined) return withPlace;
  const wrong = gates?.accepted === false ? `: ${whatIsWrong(gates)}` : "";
  const session = hosted.session === undefined ? "" : ` (${hosted.agent}'s session ${hosted.session})`;
  return { ...withPlace, reason: `${rung.reason}${wrong}. Its files are kept in ${hosted.dir}${session}` };
}
