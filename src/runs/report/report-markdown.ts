import { clip } from "../../foundation/table.ts";
import { formatCount, formatUsd, nanoUsd } from "../../foundation/units.ts";
import type { AttemptRecord } from "../run.ts";
import { ISOLATION_METHOD } from "./isolation.ts";
import { picturesMarkdown } from "../../agents/programs/comet/pictures.ts";
import type { Estimate } from "./comparison.ts";
import type { RunReport } from "./run-report.ts";
import type { TaskReport } from "./task-report.ts";

/** The report for people, in the form of the seeds' metrics log: usage by phase, comparison, learnings, then the proofs. */
export function reportMarkdown(report: RunReport): string {
  return [
    `# Run ${report.run}: ${report.state === "accepted" ? "accepted ✅" : "needs you ⚠️"}`,
    [
      `**Date**: ${report.startedAt.slice(0, 10)}`,
      `**Goal**: ${report.goal}`,
      report.head === report.base
        ? `**Result**: none; nothing was changed on top of ${report.base.slice(0, 12)}`
        : `**Result**: branch \`${report.branch}\` (${report.head.slice(0, 12)}), on top of ${report.base.slice(0, 12)}`,
      ...(report.reason === "" ? [] : [`**Open**: ${report.reason}`]),
      `**Models**: big ${report.models.big}, small ${report.models.small} (${report.models.why})`,
      `**Time**: ${(report.tookMs / 1000).toFixed(1)} s`,
    ].join("  \n"),
    usageSection(report),
    comparisonSection(report),
    isolationSection(report),
    section("Mini-tasks", report.tasks.map(taskReportMarkdown).join("\n\n")),
    section(
      "Final checks",
      report.checks.map((check) => `- ${mark(check.passed)} \`${clip(check.command, 160)}\`: ${check.why}`).join("\n"),
    ),
    section("Verdict", verdictText(report)),
    section("Notes", report.plan.notes.map((note) => `- ${note}`).join("\n")),
    section("Learnings", report.learnings.map((learning) => `- ${learning}`).join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** One mini-task's report in the seeds' form: "## Mini-Task 2: … - COMPLETE ✅", what was made, what proved it. */
export function taskReportMarkdown(task: TaskReport): string {
  const complete = task.kind === "accepted";
  return [
    `### Mini-Task ${task.number}: ${task.title} - ${complete ? "COMPLETE ✅" : task.kind === "skipped" ? "SKIPPED" : "OPEN ⚠️"}`,
    task.created.length > 0 ? `**Created**: ${task.created.map((path) => `\`${path}\``).join(", ")}` : "",
    complete ? "" : `**Reason**: ${task.reason}`,
    `**Carried out by**: ${task.attempts.map(attemptText).join(" → ") || "nobody"}; ${formatCount(task.spent.inputTokens)} input + ${formatCount(task.spent.outputTokens)} output = ${formatUsd(task.spent.cost)}`,
    task.gates.length > 0
      ? `**Validation Results**:\n${task.gates
          .filter(({ status }) => status !== "skipped")
          .map(({ status, gate, message }) => `- ${mark(status === "passed")} ${gate}: ${message}`)
          .join("\n")}`
      : "",
    task.pictures === undefined || task.pictures.length === 0 ? "" : picturesMarkdown(task.pictures),
    task.noPictures === undefined ? "" : `**Pictures**: none; ${task.noPictures}`,
    complete ? `**Ready for**: ${task.next}` : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function usageSection(report: RunReport): string {
  const phases = report.spend.byPhase.map(
    ({ name, calls, inputTokens, outputTokens, cost }) =>
      `| ${capital(name)} | ${calls} | ${formatCount(inputTokens)} | ${formatCount(outputTokens)} | ${formatUsd(cost)} |`,
  );
  const { calls, inputTokens, outputTokens, cost } = report.spend.total;
  const tiers = report.spend.byTier.map(({ name, cost: spent }) => `${name} ${formatUsd(spent)}`).join(", ");
  const exact = report.tasks.filter(({ attempts }) => attempts.at(-1)?.tier === "exact").length;
  return section(
    "Token Usage",
    [
      "| Phase | Calls | Input | Output | Cost |\n|---|---:|---:|---:|---:|",
      ...phases,
      `| **Total** | ${calls} | ${formatCount(inputTokens)} | ${formatCount(outputTokens)} | **${formatUsd(cost)}** |`,
    ].join("\n") +
      `\n\nBy tier: exact $0 (${exact} mini-tasks)${tiers === "" ? "" : `, ${tiers}`}.` +
      (report.spend.estimated ? " Some usage was not reported and is estimated." : "") +
      (report.spend.covered !== undefined
        ? ` ${formatCount(report.spend.covered.tokens)} tokens were covered by a subscription of the user's own and count as $0.`
        : "") +
      (report.spend.unknown.calls > 0
        ? ` ${report.spend.unknown.calls} lost calls are counted at their hold of ${formatUsd(report.spend.unknown.held)}.`
        : ""),
  );
}

function comparisonSection(report: RunReport): string {
  const { actual, allBig, bestSingle, saved } = report.comparison;
  return section(
    "Comparison",
    [
      `**If all by the big model**: ${estimateText(allBig)}`,
      `**If all by the best single model**: ${estimateText(bestSingle)}`,
      `**Actual Cost**: ${formatUsd(actual)}`,
      saved === undefined
        ? "Nothing is called saved: the result is not accepted."
        : saved.amount >= 0
          ? `**Savings**: ${formatUsd(saved.amount)} (${saved.percent}%) against all-big`
          : `**Dearer** by ${formatUsd(nanoUsd(0 - saved.amount))} than all-big: delegating did not pay here`,
    ].join("  \n"),
  );
}

function isolationSection({ isolation }: RunReport): string {
  if (isolation === undefined) return "";
  const rows = isolation.parts.map(
    ({ name, tokens, repositoryTokens, savedPercent }) =>
      `| ${clip(name, 60).replaceAll("|", "\\|")} | ${formatCount(tokens)} | ${formatCount(repositoryTokens)} | ${savedPercent}% |`,
  );
  const { tokens, repositoryTokens, savedPercent } = isolation;
  return section(
    "Isolation",
    [
      "| Part | Workspace | Repository | Saved |\n|---|---:|---:|---:|",
      ...rows,
      `| **Total** | ${formatCount(tokens)} | ${formatCount(repositoryTokens)} | **${savedPercent}%** |`,
    ].join("\n") + `\n\nInput ${formatCount(repositoryTokens)} → ${formatCount(tokens)} tokens: ${ISOLATION_METHOD}.`,
  );
}

function estimateText(estimate: Estimate): string {
  return `~${formatUsd(estimate.cost)} (${formatUsd(estimate.low)} to ${formatUsd(estimate.high)}; ${estimate.model}): ${estimate.method}`;
}

function verdictText(report: RunReport): string {
  return report.verdicts
    .map(({ accepted, judge, summary, findings }, index) =>
      [
        `${index + 1}. ${accepted ? "Accepted" : "Rejected"} by ${judge}: ${summary}`,
        ...findings.map(({ problem, fix }) => `   - ${problem}${fix === "" ? "" : ` → ${fix}`}`),
      ].join("\n"),
    )
    .join("\n");
}

function attemptText({ tier, model, outcome, why }: AttemptRecord): string {
  const who = tier === "exact" ? "exact steps" : `${model} (${tier})`;
  return outcome === "accepted" ? who : `${who}, ${outcome}${why === "" ? "" : `: ${why}`}`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

function mark(passed: boolean): string {
  return passed ? "✅" : "❌";
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
