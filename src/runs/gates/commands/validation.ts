import { isTestCommand, parseTestSummary } from "../../../codebase/test-command.ts";
import { notApplicable } from "../facts/result.ts";
import type { GateCode } from "../gate-codes.ts";
import type { CommandEvidence, Gate, GateFacts, GateResult } from "../gate.ts";
import type { ValidationCommand } from "../../plan/mini-task.ts";

const ID = "validation";

/** Every validation command passes in a clean tree, and test commands really ran tests. */
export const validation: Gate = {
  id: ID,
  title: "validation commands pass in a clean tree",
  price: 2,
  async check(facts) {
    const { validation: commands } = facts.task;
    if (commands.length === 0) return notApplicable(ID, "the task names no validation command");
    for (const [index, command] of commands.entries()) {
      if (isExpectedToFail(facts, command, index)) continue;
      const run = await facts.run("head", command.command, command.timeoutMs);
      const code = await codeOf(facts, command, run);
      if (code !== undefined) return failure(code.code, code.message, run);
    }
    return {
      gate: ID,
      status: "passed",
      code: "ok",
      message: `${commands.length} ${commands.length === 1 ? "command passes" : "commands pass"} in a clean tree`,
      evidence: [],
    };
  },
};

/** "should still fail at this point": a test that is written before its code. */
function isExpectedToFail({ task }: GateFacts, { comment }: ValidationCommand, index: number): boolean {
  return (
    /\b(?:should|must|will|expected to) (?:still )?fail\b/i.test(comment) &&
    !task.criteria.some(({ check }) => check?.kind === "command" && check.index === index + 1)
  );
}

async function codeOf(
  facts: GateFacts,
  { command, timeoutMs }: ValidationCommand,
  run: CommandEvidence,
): Promise<{ code: GateCode; message: string } | undefined> {
  if (run.timedOut)
    return {
      code: "validation-timeout",
      message: `\`${command}\` did not end within ${Math.round(timeoutMs / 1000)} s`,
    };
  if (run.exitCode !== 0)
    return {
      code: "validation-failed",
      message: `\`${command}\` ended with ${run.exitCode === null ? "a signal" : `exit code ${run.exitCode}`}`,
    };
  if (!isTestCommand(command)) return undefined;
  const summary = parseTestSummary(run.output);
  if (summary !== undefined && summary.passed > 0) return undefined;
  const before = await facts.run("base", command, timeoutMs);
  const was = parseTestSummary(before.output);
  if (was === undefined || was.passed + was.failed === 0) {
    return summary !== undefined && summary.skipped > 0
      ? { code: "validation-vacuous", message: `\`${command}\` only skipped tests (${summary.skipped})` }
      : undefined;
  }
  return {
    code: "validation-vacuous",
    message: `\`${command}\` passed without running a test; on the base it ran ${was.passed + was.failed}`,
  };
}

/** A failed command with what it said. */
export function failure(code: GateCode, message: string, run: CommandEvidence, gate: string = ID): GateResult {
  return { gate, status: "failed", code, message, evidence: [{ kind: "command", run }] };
}
