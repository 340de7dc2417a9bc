import type { GateReport } from "../gates/run-gates.ts";
import type { Evidence, GateResult } from "../gates/gate.ts";
import type { FinalCheck } from "../run.ts";
import type { Attempt } from "./ladder.ts";

const MAX_OUTPUT_CHARACTERS = 6_000;

/** What goes back to a worker whose result the gates refused: every failure with its places and the commands' output. */
export function failureText(report: GateReport | undefined): string {
  const failures = (report?.results ?? []).filter(({ status }) => status === "failed");
  return [
    "The result was checked and refused. Mend exactly what is named below, within the declared files, then call `finish` again.",
    ...failures.map(describeFailure),
  ].join("\n\n");
}

/** The same for an agent program, in whose session the task stands already. */
export function agentFailureText(report: GateReport | undefined): string {
  const failures = (report?.results ?? []).filter(({ status }) => status === "failed");
  return [
    "Your result was checked and refused. Mend exactly what is named below, within the files you may write; keep the rest as it is.",
    ...failures.map(describeFailure),
  ].join("\n\n");
}

/** What the checks refuse, in a sentence or a few: the first things of each gate, with their places. */
export function whatIsWrong(report: GateReport): string {
  return report.results
    .filter(({ status }) => status === "failed")
    .map(({ code, message }) => `${code}: ${message}`)
    .join("; ");
}

/** What a dearer worker is told of those before it. */
export function handoverText(history: readonly Attempt[], report: GateReport | undefined): string {
  const story = history.map(({ tier, outcome }, index) => {
    const what =
      outcome.kind === "refused"
        ? "was refused by the checks"
        : outcome.kind === "gave-up"
          ? `gave up: ${outcome.reason}`
          : outcome.kind === "broken"
            ? `did not come to an end: ${outcome.reason}`
            : "was accepted";
    return `- try ${index + 1} (${tier}) ${what}`;
  });
  const failures = (report?.results ?? []).filter(({ status }) => status === "failed").map(describeFailure);
  return [
    "Others tried this task before you; you start again from the original files.",
    story.join("\n"),
    ...failures,
  ].join("\n\n");
}

/** What the final checks that failed had printed, for whoever mends it; "" where all passed. */
export function failedChecksText(checks: readonly FinalCheck[]): string {
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length === 0) return "";
  const runs = failed.map(
    ({ why, after }) => `${why}\n\n${describeEvidence({ kind: "command", run: after.evidence })}`,
  );
  return ["These checks of the whole fail on the result so far:", ...runs].join("\n\n");
}

function describeFailure(result: GateResult): string {
  return [`## ${result.code}`, result.message, ...result.evidence.map(describeEvidence)]
    .filter((line) => line !== "")
    .join("\n");
}

function describeEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case "place":
      return `- ${evidence.path}${evidence.line === undefined ? "" : `:${evidence.line}`}${evidence.text === undefined ? "" : `: ${evidence.text.trim()}`}`;
    case "note":
      return `- ${evidence.text}`;
    case "command":
      return [
        `$ ${evidence.run.command}`,
        evidence.run.timedOut ? "(stopped at its time limit)" : `(exit code ${evidence.run.exitCode})`,
        "```",
        evidence.run.output.slice(-MAX_OUTPUT_CHARACTERS),
        "```",
      ].join("\n");
  }
}
