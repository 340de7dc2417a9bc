import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectTestCommand, parseTestSummary, sameResult, type TestSummary } from "../../codebase/test-command.ts";
import type { Checkout } from "../../workspaces/checkout.ts";
import { contractCheck } from "./contract-check.ts";
import type { Plan } from "../plan/plan.ts";
import type { CheckRun, FinalCheck } from "../run.ts";
import type { RunContext } from "../run-context.ts";

/** The project's own tests on the run's base: what "as before" means. Empty where no test command is known. */
export async function baselineChecks(context: RunContext): Promise<readonly CheckRun[]> {
  return inCleanTree(context, context.spec.baseRev, async (tree) => {
    const command = context.spec.testCommand ?? (await detectTestCommand(tree.dir))?.command;
    if (command === undefined) {
      context.emit({ kind: "note", text: "no test command was found in the project; give it with --test COMMAND" });
      return [];
    }
    const run = await check(context, tree, command);
    context.emit({ kind: "baseline", command, result: describe(run) });
    return [run];
  });
}

/** The API contract, the project's tests against their baseline, then the plan's own final checks, all in a clean tree of `headRev`. */
export async function finalChecks(
  context: RunContext,
  plan: Plan,
  baseline: readonly CheckRun[],
  headRev: string,
): Promise<readonly FinalCheck[]> {
  const contract = await contractCheck(context, plan, headRev);
  return inCleanTree(context, headRev, async (tree) => {
    const checks: FinalCheck[] = contract === undefined ? [] : [contract];
    for (const before of baseline) {
      const after = await check(context, tree, before.evidence.command);
      checks.push({
        command: before.evidence.command,
        purpose: "project tests",
        before,
        after,
        ...compareRuns(before, after),
      });
    }
    for (const command of plan.finalChecks) {
      const after = await check(context, tree, command);
      const passed = after.evidence.exitCode === 0;
      checks.push({ command, purpose: "plan", before: undefined, after, passed, why: describe(after) });
    }
    for (const done of checks) context.emit({ kind: "final-check", check: done });
    return checks;
  });
}

/** How the remark of a check begins that ran and proved nothing either way. */
export const COULD_NOT_BE_JUDGED = "could not be judged";

/**
 * Whether the tests are at least as good as before: nothing new fails, nothing that passed is gone or skipped.
 * Tests that could not even be run before prove nothing either way, which is said.
 */
function compareRuns(before: CheckRun, after: CheckRun): { passed: boolean; why: string } {
  if (before.summary === undefined || after.summary === undefined) {
    if (after.evidence.exitCode === 0) return { passed: true, why: describe(after) };
    const alike = before.evidence.exitCode === after.evidence.exitCode;
    return alike
      ? { passed: true, why: `${COULD_NOT_BE_JUDGED}: ${describe(before)} before and after` }
      : { passed: false, why: `${describe(before)} before, ${describe(after)} now` };
  }
  if (!sameResult(before.summary, after.summary)) {
    return { passed: false, why: `${describe(after)}; before: ${describe(before)}` };
  }
  // Where nothing passed before, nothing can have got worse: that proves nothing.
  return before.summary.passed === 0 && after.summary.passed === 0
    ? { passed: true, why: `${COULD_NOT_BE_JUDGED}: ${describe(before)} before and after` }
    : { passed: true, why: `${describe(after)}, as before` };
}

async function check(context: RunContext, tree: Checkout, command: string): Promise<CheckRun> {
  const { exitCode, timedOut, output, tookMs } = await tree.run(command, {
    timeoutMs: context.spec.commandTimeoutMs,
    network: context.spec.network,
    signal: context.signal,
  });
  return { evidence: { command, exitCode, timedOut, output, tookMs }, summary: parseTestSummary(output) };
}

function describe(run: CheckRun): string {
  if (run.evidence.timedOut) return "stopped at its time limit";
  return run.summary === undefined ? `exit code ${run.evidence.exitCode}` : summaryText(run.summary);
}

function summaryText({ passed, failed, skipped }: TestSummary): string {
  return [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(", ");
}

async function inCleanTree<T>(context: RunContext, rev: string, work: (tree: Checkout) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "allot-tree-"));
  await using tree = await context.repository.export(rev, dir);
  return await work(tree);
}
