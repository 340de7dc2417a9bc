import { nanoUsd, toUsd } from "../foundation/units.ts";
import { isOwnerGone } from "../runs/engine/run-lock.ts";
import type { RunState } from "../runs/run.ts";
import type { McpParts } from "./tool.ts";

/** How far a run is. Money in dollars, and exact in nano-dollars. */
export interface RunStatus {
  readonly run: string;
  readonly goal: string;
  readonly repo: string;
  readonly state: RunState;
  /** Whether a process works on it now. */
  readonly working: boolean;
  readonly branch: string;
  readonly costUsd: number;
  readonly costNanoUsd: number;
  readonly calls: number;
  readonly tasks: readonly {
    readonly number: number;
    readonly title: string;
    readonly tier: string;
    readonly state: string;
  }[];
  /** Once it is over. */
  readonly result: {
    readonly state: "accepted" | "escalated";
    readonly reason: string;
    readonly head: string;
    readonly verdict: string;
    readonly learnings: readonly string[];
  } | null;
}

const ENDED: ReadonlySet<RunState> = new Set(["asking", "accepted", "escalated", "cancelled", "failed"]);

/** Whether nothing more happens to a run by itself. */
export function hasEnded({ state }: Pick<RunStatus, "state">): boolean {
  return ENDED.has(state);
}

/** Throws `run-not-found`. */
export async function runStatus({ app }: McpParts, id: string): Promise<RunStatus> {
  const row = await app.runs.get(id);
  const [tasks, calls, report] = await Promise.all([app.runs.tasks(id), app.runs.paidCalls(id), app.runs.report(id)]);
  const cost = calls.reduce((sum, call) => sum + call.cost, 0);
  return {
    run: id,
    goal: row.spec.goal,
    repo: row.spec.repo,
    state: row.state,
    working: row.owner !== undefined && !isOwnerGone(row.owner, app.clock.now()),
    branch: row.spec.branch,
    costUsd: toUsd(nanoUsd(cost)),
    costNanoUsd: cost,
    calls: calls.length,
    tasks: tasks.map(({ number, title, tier, state }) => ({ number, title, tier, state })),
    result:
      report === undefined
        ? null
        : {
            state: report.state,
            reason: report.reason,
            head: report.head,
            verdict: report.verdicts.at(-1)?.summary ?? "",
            learnings: report.learnings,
          },
  };
}
