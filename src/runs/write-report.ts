import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { picturesPage } from "../agents/programs/comet/pictures.ts";
import type { Execution } from "./run.ts";
import type { Plan } from "./plan/plan.ts";
import type { ComparisonFacts } from "./report/comparison.ts";
import { reportMarkdown } from "./report/report-markdown.ts";
import { runReport, type RunReport } from "./report/run-report.ts";
import { recordOutcomes } from "./record-outcomes.ts";
import type { RunContext } from "./run-context.ts";

/** How a run ends for whoever started it. */
export const EXIT_ACCEPTED = 0;
export const EXIT_ESCALATED = 3;

const BYTES_PER_TOKEN = 3.5;

/** Median of the code files measured for the notes: about ten tokens a line. */
const TOKENS_PER_LINE = 10;

/**
 * Writes the account of a run to its folder and to the store, records each mini-task's outcome, sets the state and tells
 * the end. Also for runs without a plan, whose reason the execution gives.
 */
export async function writeReport(context: RunContext, plan: Plan, execution: Execution): Promise<RunReport> {
  const calls = await context.runs.paidCalls(context.spec.id);
  const report = runReport({
    spec: context.spec,
    plan,
    execution,
    calls,
    endedAt: context.clock.now(),
    comparison: await comparisonFacts(context, plan, execution),
  });
  await recordOutcomes(context, report.tasks);
  await mkdir(context.publicDir, { recursive: true });
  await writeFile(join(context.publicDir, "report.md"), reportMarkdown(report));
  await writeFile(join(context.publicDir, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writePictures(context, report);
  await context.runs.setReport(context.spec.id, report);
  const accepted = report.state === "accepted";
  await context.runs.setState(context.spec.id, report.state, accepted ? EXIT_ACCEPTED : EXIT_ESCALATED);
  context.emit({
    kind: "run-ended",
    state: report.state,
    exitCode: accepted ? EXIT_ACCEPTED : EXIT_ESCALATED,
    branch: report.branch,
    reason: report.reason,
    report: join(context.publicDir, "report.md"),
  });
  return report;
}

/** Before and after side by side, where an agent looked at pages. */
async function writePictures(context: RunContext, { goal, tasks }: RunReport): Promise<void> {
  const sections = tasks.flatMap(({ number, title, pictures = [] }) =>
    pictures.length === 0 ? [] : [{ title: `Mini-Task ${number}: ${title}`, pictures }],
  );
  if (sections.length > 0) await writeFile(join(context.publicDir, "pictures.html"), picturesPage(goal, sections));
}

async function comparisonFacts(context: RunContext, plan: Plan, execution: Execution): Promise<ComparisonFacts> {
  const paths = new Set(plan.tasks.flatMap(({ reads, writes }) => [...reads, ...writes].map(({ path }) => path)));
  let bytes = 0;
  for (const path of paths) bytes += (await context.repository.read(context.spec.baseRev, path))?.length ?? 0;
  const changes = await context.repository.changes(context.spec.baseRev, execution.headRev);
  const added = changes.reduce((sum, { addedLines }) => sum + addedLines, 0);
  return {
    ...context.prices,
    touchedTokens: Math.round(bytes / BYTES_PER_TOKEN),
    addedTokens: added * TOKENS_PER_LINE,
  };
}
