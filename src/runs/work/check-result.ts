import { gitFacts } from "../gates/facts/git-facts.ts";
import { runGates, type GateReport } from "../gates/run-gates.ts";
import { contractRequestOf } from "../components/components.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import type { RunContext } from "../run-context.ts";

/**
 * Runs the gates on a result of this run. The project's own tests are left to the final checks, where all parts are
 * together; a mini-task is judged by its own commands.
 */
export async function checkResult(
  context: RunContext,
  task: MiniTask,
  baseRev: string,
  headRev: string,
  report: string,
): Promise<GateReport> {
  await using facts = await gitFacts({
    repository: context.repository,
    base: baseRev,
    head: headRev,
    task,
    report,
    suite: "off",
    contract: contractRequestOf(context.spec, task),
    // Results of a run are made on top of its base by allot itself.
    lineage: false,
    signal: context.signal,
  });
  // Awaited here, so that the facts and their checkouts are given up after the gates, not before.
  return await runGates(facts);
}
