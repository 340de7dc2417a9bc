import { parseTestSummary } from "../../../codebase/test-command.ts";
import { intentOf } from "../facts/intent.ts";
import { notApplicable } from "../facts/result.ts";
import type { Gate } from "../gate.ts";
import { failure } from "./validation.ts";

const ID = "suite-holds";

/** The project's own tests, where they passed on the base, pass on the result, and no fewer of them run. */
export const suiteHolds: Gate = {
  id: ID,
  title: "the project's own tests pass as before",
  price: 2,
  async check(facts) {
    const suite = await facts.suite?.();
    if (suite === undefined)
      return notApplicable(ID, "no test command of the project is known, or it is not to be run");
    const { command, timeoutMs } = suite;
    const after = await facts.run("head", command, timeoutMs);
    if (after.timedOut) return notApplicable(ID, `\`${command}\` takes more than ${Math.round(timeoutMs / 1000)} s`);
    const now = parseTestSummary(after.output);
    if (
      after.exitCode === 0 &&
      now !== undefined &&
      now.passed > 0 &&
      facts.changes.every(({ kind }) => kind === "added")
    )
      return passed(command);
    const before = await facts.run("base", command, timeoutMs);
    if (before.exitCode !== 0) return notApplicable(ID, `\`${command}\` does not pass on the base either`);
    if (after.exitCode !== 0) {
      if (
        intentOf(facts.task).matches(
          /\b(?:failing tests?|tests? (?:that )?(?:should |must |will )?(?:still )?fail|red phase|TDD)\b/i,
        )
      )
        return passed(command);
      return failure("suite-regressed", `\`${command}\` passed on the base and fails on the result`, after, ID);
    }
    const was = parseTestSummary(before.output);
    const removes = intentOf(facts.task).matches(/\b(?:remov|delet|drop|merg|consolidat|parametri|dedup|table)\w*/i);
    if (
      was !== undefined &&
      was.passed > 0 &&
      (now === undefined || now.passed === 0 || (now.passed < was.passed && !removes && now.skipped > was.skipped))
    ) {
      return failure(
        "validation-vacuous",
        `\`${command}\` ran ${now?.passed ?? 0} tests; on the base ${was.passed} passed`,
        after,
        ID,
      );
    }
    return passed(command);
  },
};

function passed(command: string): { gate: string; status: "passed"; code: string; message: string; evidence: [] } {
  return { gate: ID, status: "passed", code: "ok", message: `\`${command}\` passes`, evidence: [] };
}
