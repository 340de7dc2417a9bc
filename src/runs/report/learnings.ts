import type { TaskReport } from "./task-report.ts";
import type { Spend } from "./spend.ts";

/** Spent tokens this far from the estimate are worth a remark. */
const ESTIMATE_FACTOR = 2;

/** What the next plan can do better, read off this run's facts. Pure; plain sentences. */
export function learningsOf(tasks: readonly TaskReport[], spend: Spend): string[] {
  const learnings: string[] = [];
  const accepted = tasks.filter(({ kind }) => kind === "accepted");
  const atOnce = accepted.filter(({ attempts }) => attempts.length === 1);
  if (tasks.length > 0)
    learnings.push(`${atOnce.length} of ${tasks.length} mini-tasks were accepted at the first try.`);
  for (const task of tasks) {
    const refused = task.attempts.filter(({ outcome }) => outcome === "refused").map(({ why }) => why);
    if (refused.length > 0)
      learnings.push(
        `Mini-task ${task.number} was refused for ${[...new Set(refused)].join(", ")}: its specification can name this.`,
      );
    const gaveUp = task.attempts.find(({ outcome }) => outcome === "gave-up");
    if (gaveUp !== undefined)
      learnings.push(`Mini-task ${task.number}: the ${gaveUp.tier} model gave up (${gaveUp.why}).`);
    const estimated = task.estimate.inputTokens + task.estimate.outputTokens;
    const spent = task.spent.inputTokens + task.spent.outputTokens;
    if (estimated > 0 && spent > ESTIMATE_FACTOR * estimated) {
      learnings.push(`Mini-task ${task.number} used ${spent} tokens against ${estimated} estimated: split it further.`);
    }
  }
  if (spend.unknown.calls > 0)
    learnings.push(`${spend.unknown.calls} calls were lost with their host and are counted at their hold.`);
  return learnings;
}
