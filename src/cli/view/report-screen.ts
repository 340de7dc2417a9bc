import { formatCount, formatUsd, nanoUsd } from "../../foundation/units.ts";
import type { Estimate } from "../../runs/report/comparison.ts";
import type { RunReport } from "../../runs/report/run-report.ts";
import type { TaskReport } from "../../runs/report/task-report.ts";
import type { Paint } from "./colour.ts";
import { fitTable, shownCommand, wrapText } from "./fit.ts";
import { gateCount } from "./run-state.ts";

/** What the end of a run is shown with. */
export interface ReportForm {
  readonly paint: Paint;
  readonly columns: number;
  /** What a person types to call allot again. */
  readonly program: string;
  /** Where they stand, so that commands fit there. */
  readonly cwd: string;
}

const MOST_FAILURES = 4;

/** The end of a run on the screen: mini-tasks with their gates, checks, verdict, what it cost, what it would have cost. */
export function reportScreen(report: RunReport, form: ReportForm): string {
  const { paint: p, columns } = form;
  const [head, ...headRest] = wrapText(report.goal, columns - 12);
  return [
    `${report.state === "accepted" ? p.green("✔ accepted") : p.yellow("! needs you")}  ${p.bold(head ?? "")}`,
    ...headRest.map((line) => `${" ".repeat(12)}${p.bold(line)}`),
    ...wrapText(report.reason, columns, "  ").filter((line) => line.trim() !== ""),
    "",
    ...section(p.bold("Mini-tasks"), taskLines(report.tasks, p, columns)),
    ...section(p.bold("Proof"), proofLines(report, p, columns)),
    ...section(p.bold("Cost"), costLines(report, columns)),
    ...report.plan.notes.flatMap((note) => wrapText(`note: ${note}`, columns, "  ").map(p.dim)),
    ...(report.plan.notes.length > 0 ? [""] : []),
    ...nextLines(report, form),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines, ""];
}

function taskLines(tasks: readonly TaskReport[], p: Paint, columns: number): string[] {
  const table = fitTable(
    tasks.map((task) => taskRow(task, p)),
    {
      columns,
      indent: "  ",
      align: ["left", "right", "left", "left", "left", "left", "left", "right", "right"],
      giving: [
        { column: 2, least: 20 },
        { column: 4, least: 6 },
        { column: 2, least: 10 },
      ],
    },
  );
  return table.flatMap((line, index) => [line, ...whyOpen(tasks[index], p, columns)]);
}

function taskRow(task: TaskReport, p: Paint): string[] {
  const last = task.attempts.at(-1);
  const mark = task.kind === "accepted" ? p.green("✔") : task.kind === "skipped" ? p.dim("-") : p.yellow("!");
  const used = task.spent.inputTokens + task.spent.outputTokens;
  return [
    mark,
    String(task.number),
    task.title,
    last?.tier ?? "",
    last === undefined || last.tier === "exact" ? "" : last.model,
    task.attempts.length > 1 ? `try ${task.attempts.length}` : "",
    task.gates.length === 0 ? "" : `gates ${gateCount(task.gates)}`,
    `${formatCount(used)} tok`,
    formatUsd(task.spent.cost),
  ];
}

/** Under a mini-task that was not accepted: why, and what the gates found. */
function whyOpen(task: TaskReport | undefined, p: Paint, columns: number): string[] {
  if (task === undefined || task.kind === "accepted") return [];
  const failed = task.gates.filter(({ status }) => status === "failed");
  return [
    ...wrapText(task.reason, columns, "       "),
    ...failed
      .slice(0, MOST_FAILURES)
      .flatMap(({ code, message }) => wrapText(`${code}: ${message}`, columns, "       ✗ ", "         ")),
  ]
    .filter((line) => line.trim() !== "")
    .map(p.yellow);
}

function proofLines({ checks, verdicts }: RunReport, p: Paint, columns: number): string[] {
  const mark = (passed: boolean): string => (passed ? p.green("✔") : p.red("✗"));
  const table = fitTable(
    checks.map(({ passed, command, why }) => [mark(passed), shownCommand(command, 200), p.dim(why)]),
    {
      columns,
      indent: "  ",
      giving: [
        { column: 1, least: 24 },
        { column: 2, least: 20 },
      ],
    },
  );
  return [
    ...table,
    ...verdicts.flatMap(({ accepted, judge, summary, findings }) => [
      ...wrapText(`verdict by ${judge}: ${summary}`, columns - 4).map((line, index) =>
        index === 0 ? `  ${mark(accepted)} ${line}` : `    ${line}`,
      ),
      ...findings.flatMap(({ problem, fix }) =>
        wrapText(fix === "" ? problem : `${problem} → ${fix}`, columns, "    - ", "      "),
      ),
    ]),
  ];
}

function costLines({ spend, comparison, state, isolation }: RunReport, columns: number): string[] {
  const { byPhase, total, unknown, covered } = spend;
  const row = (name: string, { calls, inputTokens, outputTokens, cost }: typeof total): string[] => [
    name,
    String(calls),
    formatCount(inputTokens),
    formatCount(outputTokens),
    formatUsd(cost),
  ];
  const beside = (name: string, { cost, low, high, model }: Estimate): string[] => [
    name,
    `~${formatUsd(cost)}`,
    `${formatUsd(low)} to ${formatUsd(high)}, ${model}`,
  ];
  return [
    ...fitTable(
      [
        ["phase", "calls", "tokens in", "tokens out", "cost"],
        ...byPhase.map((phase) => row(phase.name, phase)),
        row("total", total),
      ],
      {
        columns,
        indent: "  ",
        align: ["left", "right", "right", "right", "right"],
      },
    ),
    ...(unknown.calls > 0
      ? [`  ${unknown.calls} lost calls are counted at their hold of ${formatUsd(unknown.held)}`]
      : []),
    ...(covered === undefined
      ? []
      : wrapText(`${formatCount(covered.tokens)} tokens were covered by a subscription of yours: $0`, columns, "  ")),
    ...(isolation === undefined
      ? []
      : wrapText(
          `isolation: workspaces of ${formatCount(isolation.tokens)} tokens in place of ${formatCount(isolation.repositoryTokens)}, ${isolation.savedPercent}% less (${isolation.parts.map(({ name, savedPercent }) => `${name} ${savedPercent}%`).join(", ")})`,
          columns,
          "  ",
        )),
    "",
    ...fitTable(
      [
        ["this run", ` ${formatUsd(comparison.actual)}`, ""],
        beside("all by the big model", comparison.allBig),
        beside("by the best single model", comparison.bestSingle),
      ],
      { columns, indent: "  " },
    ),
    ...wrapText(`${savingText(comparison, state)}; ~ is an estimate`, columns, "  "),
  ];
}

function savingText({ saved }: RunReport["comparison"], state: RunReport["state"]): string {
  if (state !== "accepted" || saved === undefined) return "nothing is called saved: the result is not accepted";
  const { amount, percent } = saved;
  if (amount < 0) return `${formatUsd(nanoUsd(0 - amount))} dearer than all-big: delegating did not pay here`;
  return `saved ~${formatUsd(amount)} (${percent}%) against all by the big model`;
}

function nextLines(report: RunReport, { paint: p, columns, program, cwd }: ReportForm): string[] {
  const shown = `full report   ${program} show ${report.run}`;
  if (report.head === report.base)
    return [...wrapText(`Nothing was changed in ${report.repo}.`, columns), p.dim(`  ${shown}`)];
  const git = report.repo === cwd ? "git" : `git -C ${report.repo}`;
  const accepted = report.state === "accepted";
  return [
    ...wrapText(`Result: branch ${report.branch} in ${report.repo}`, columns),
    p.dim(`  look at it    ${git} diff --stat ${report.base.slice(0, 10)} ${report.branch}`),
    p.dim(
      `  ${accepted ? "take it     " : "take it so  "}  ${program} land ${report.run} --merge${accepted ? "" : " --yes"}`,
    ),
    p.dim(`  put it away   ${program} undo ${report.run}`),
    p.dim(`  ${shown}`),
  ];
}
