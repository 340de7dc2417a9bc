import { AllotError } from "../../foundation/errors.ts";
import { sha256 } from "../../foundation/ids.ts";
import { formatCount, sumUsd } from "../../foundation/units.ts";
import { forecastChainSeconds, forecastSeconds, formatSeconds } from "./forecast-time.ts";
import type { MiniTask } from "./mini-task.ts";
import type { Plan } from "./plan.ts";
import { codeBlocks, fenced, fencesBalanced, fencesOf, neverClosed } from "./text/fences.ts";
import { printExactUsd } from "./text/money-text.ts";
import { escapeProse, printItems, readItems, unescapeProse } from "./text/prose.ts";
import { isBlank, readingOf, trimmed, type Passage, type Reading } from "./text/reading.ts";
import { readScript } from "./text/shell-script.ts";

/** What plan.md says by itself: everything of a plan but the tasks, and where those stand. */
export interface PlanText extends Omit<Plan, "tasks"> {
  readonly rows: readonly TaskRow[];
  /** True where the table is as allot wrote it: then the task files decide and its figures may be old. */
  readonly tableUntouched: boolean;
}

/** One row of the table of tasks. */
export interface TaskRow {
  readonly number: number;
  /** Relative to plan.md: "tasks/01-extract-base.md". */
  readonly file: string;
  /** The other cells as written: title, model, tokens, cost, time, depends on. */
  readonly cells: readonly string[];
  /** 1-based line of the row. */
  readonly line: number;
}

const COLUMNS = ["#", "Mini-task", "Model", "Tokens (in + out)", "Cost", "Time", "Depends on"];

/** The file of a task beside plan.md: `tasks/01-extract-base-class.md`. */
export function taskFileName(task: Pick<MiniTask, "number" | "title">): string {
  const slug = task.title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 48)
    .replace(/^-+|-+$/g, "");
  return `tasks/${String(task.number).padStart(2, "0")}-${slug === "" ? "task" : slug}.md`;
}

/** The cells of a task's row behind its number. */
export function rowCells(task: MiniTask): readonly string[] {
  const { inputTokens, outputTokens, cost } = task.estimate;
  return [
    `[${cell(task.title).replace(/[[\]]/g, "\\$&")}](${taskFileName(task)})`,
    cell(task.model),
    `${formatCount(inputTokens)} + ${formatCount(outputTokens)}`,
    cost === undefined ? "" : printExactUsd(cost),
    formatSeconds(forecastSeconds(task)),
    task.dependsOn.join(", "),
  ];
}

/** plan.md: what a person reads before approving. `parsePlanText` reads back all but the figures, which are the tasks'. */
export function printPlanText(plan: Plan): string {
  const { goal } = plan;
  const inTitle = /^\S(?:.*\S)?$/.test(goal);
  const table = printTable(plan);
  const parts = [
    inTitle ? `# Plan: ${goal}` : "# Plan",
    `**Planned by**: ${plan.planner}`,
    inTitle ? "" : `## Goal\n\n${prose(goal, "the goal")}`,
    plan.summary === "" ? "" : `## Summary\n\n${prose(plan.summary, "the summary")}`,
    `## Tasks\n\n${table}\n\n<!-- table ${tableMark(table.split("\n"))} -->\n\n${plan.tasks.some(({ tier }) => tier === "exact") ? `${TABLE_REMARK} ${EXACT_REMARK}` : TABLE_REMARK}`,
    bullets("Non-Goals", plan.nonGoals),
    plan.finalChecks.length === 0 ? "" : `## Final Checks\n\n${fenced("bash", checkLines(plan.finalChecks))}`,
    bullets("Notes", plan.notes),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const TABLE_REMARK = "The files in `tasks/` decide; this table sums them up.";
const EXACT_REMARK = "Exact steps use no tokens: the figures beside them are what a small model would have needed.";

function printTable(plan: Plan): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`.replace(/ {2,}\|/g, " |");
  const estimates = plan.tasks.map(({ estimate }) => estimate);
  const total = (pick: (estimate: MiniTask["estimate"]) => number): number =>
    estimates.reduce((sum, each) => sum + pick(each), 0);
  const known = estimates.flatMap(({ cost }) => (cost === undefined ? [] : [cost]));
  const cost =
    known.length === 0 ? "" : printExactUsd(sumUsd(known)) + (known.length < estimates.length ? " and unknown" : "");
  return [
    row(COLUMNS),
    row(COLUMNS.map(() => "---")),
    ...plan.tasks.map((task) => row([String(task.number), ...rowCells(task)])),
    row([
      "",
      "**Total**",
      "",
      `${formatCount(total((each) => each.inputTokens))} + ${formatCount(total((each) => each.outputTokens))}`,
      cost,
      formatSeconds(forecastChainSeconds(plan.tasks)),
      "",
    ]),
  ].join("\n");
}

function tableMark(lines: readonly string[]): string {
  return sha256(lines.map((line) => line.trim()).join("\n")).slice(0, 8);
}

function bullets(heading: string, items: readonly string[]): string {
  return items.length === 0
    ? ""
    : `## ${heading}\n\n${printItems(
        items.map((item) => closed(item, heading)),
        "bullet",
      )}`;
}

function prose(text: string, what: string): string {
  return escapeProse(closed(text, what));
}

function closed(text: string, what: string): string {
  if (fencesBalanced(text)) return text;
  throw new AllotError(
    "plan-invalid",
    `${what} opens a code block that is never closed; every code block must be closed`,
  );
}

function checkLines(checks: readonly string[]): readonly string[] {
  return checks.flatMap((check) => {
    const lines = check.split("\n");
    const script = readScript(lines);
    if (script.kind === "read" && script.commands.length === 1 && script.commands[0]?.command === check) return lines;
    throw new AllotError(
      "plan-invalid",
      `the final check ${JSON.stringify(check)} is not one shell command; give each command alone`,
    );
  });
}

/** A table cell holds one line, and no bar that would end it. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|");
}

const SECTIONS = ["goal", "summary", "tasks", "non-goals", "final checks", "notes"];

/** Reads plan.md. Throws `plan-invalid` with file, line, what was met and what would be right. */
export function parsePlanText(text: string, file: string): PlanText {
  const lines = text
    .replace(/^\ufeff/, "")
    .replaceAll("\r\n", "\n")
    .split("\n");
  const reading = readingOf(lines, file, "plan-invalid");
  const { title, planner, sections } = readFrame(reading);
  const passage = (name: string): Passage => trimmed(sections.get(name) ?? { first: 0, lines: [] });
  const tasks = sections.get("tasks");
  if (tasks === undefined) throw reading.fault(0, "the plan has no section Tasks", "keep the table of tasks");
  const rows = readTable(reading, tasks);
  const goal = unescapeProse(passage("goal").lines);
  if (title !== "" && goal !== "")
    throw reading.fault(0, "the goal stands in the title and in a section", "keep one of them");
  return {
    goal: title === "" ? goal : title,
    planner,
    summary: unescapeProse(passage("summary").lines),
    nonGoals: readBullets(reading, passage("non-goals")),
    finalChecks: readChecks(reading, passage("final checks")),
    notes: readBullets(reading, passage("notes")),
    rows,
    tableUntouched: isUntouched(tasks.lines),
  };
}

interface Frame {
  readonly title: string;
  readonly planner: string;
  readonly sections: ReadonlyMap<string, Passage>;
}

function readFrame(reading: Reading): Frame {
  const { lines } = reading;
  const open = neverClosed(lines);
  if (open !== undefined) throw reading.fault(open, "the code block is never closed", "close it with its own marks");
  const fences = fencesOf(lines);
  const sections = new Map<string, { first: number; lines: string[] }>();
  let title: string | undefined;
  let planner = "";
  let current: { first: number; lines: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const heading = fences[index] === undefined ? /^(##?)(?:\s+(.*?))?\s*$/.exec(line) : null;
    if (heading?.[1] === "#") {
      const match = /^Plan(?::\s*(.*))?$/i.exec(heading[2] ?? "");
      if (match === null || title !== undefined) {
        throw reading.fault(
          index,
          `met the title ${JSON.stringify(line)}`,
          `a plan starts with "# Plan: the goal", once`,
        );
      }
      title = match[1] ?? "";
    } else if (heading !== null) {
      const name = (heading[2] ?? "").toLowerCase();
      if (!SECTIONS.includes(name)) {
        const known = "Goal, Summary, Tasks, Non-Goals, Final Checks, Notes";
        throw reading.fault(index, `the section ${JSON.stringify(heading[2] ?? "")} is unknown`, `known are ${known}`);
      }
      if (sections.has(name))
        throw reading.fault(index, `the section ${JSON.stringify(heading[2])} stands twice`, "keep one of them");
      current = { first: index + 1, lines: [] };
      sections.set(name, current);
    } else if (current !== undefined) current.lines.push(line);
    else {
      const said = /^\*\*Planned by\*\*:\s*(.*?)\s*$/.exec(line)?.[1];
      if (said !== undefined) planner = said;
      else if (!isBlank(line))
        throw reading.fault(index, `met ${JSON.stringify(line)} above the first section`, "write it into a section");
    }
  }
  if (title === undefined) throw reading.fault(0, "the plan has no title", `start with "# Plan: the goal"`);
  return { title, planner, sections };
}

function readTable(reading: Reading, passage: Passage): readonly TaskRow[] {
  const rows: TaskRow[] = [];
  for (const [offset, line] of passage.lines.entries()) {
    const index = passage.first + offset;
    if (!line.trim().startsWith("|")) continue;
    const cells = line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((text) => text.trim());
    const [first = "", link = "", ...rest] = cells;
    if (first === "#" || cells.every((text) => /^:?-*:?$/.test(text)) || (first === "" && /total/i.test(link)))
      continue;
    const found = /^\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)$/.exec(link);
    if (!/^\d{1,4}$/.test(first) || found === null) {
      throw reading.fault(
        index,
        `met the row ${JSON.stringify(line)}`,
        'write "| 1 | [Title](tasks/01-title.md) | ... |"',
      );
    }
    const taskFile = found[2] ?? "";
    if (!/^tasks\/[A-Za-z0-9._-]+\.md$/.test(taskFile)) {
      throw reading.fault(
        index,
        `the task's file is ${JSON.stringify(taskFile)}`,
        "task files are tasks/NN-title.md, beside plan.md",
      );
    }
    rows.push({ number: Number(first), file: taskFile, cells: [link, ...rest], line: index + 1 });
  }
  return rows;
}

function isUntouched(lines: readonly string[]): boolean {
  const mark = lines
    .map((line) => /^<!-- table ([0-9a-f]{8}) -->$/.exec(line.trim())?.[1])
    .find((found) => found !== undefined);
  return mark !== undefined && mark === tableMark(lines.filter((line) => line.trim().startsWith("|")));
}

function readBullets(reading: Reading, passage: Passage): readonly string[] {
  const { intro, items } = readItems(passage, "bullet");
  const stray = intro.lines.findIndex((line) => !isBlank(line));
  if (stray !== -1)
    throw reading.fault(
      intro.first + stray,
      `met ${JSON.stringify(intro.lines[stray])} in a list`,
      `begin each point with "- "`,
    );
  return items.map(({ text }) => text);
}

function readChecks(reading: Reading, passage: Passage): readonly string[] {
  return codeBlocks(passage.lines).flatMap((block) => {
    const opening = passage.first + block.first;
    if (!block.closed) throw reading.fault(opening, "the code block is never closed", "close it with its own marks");
    const script = readScript(block.lines);
    if (script.kind === "open")
      throw reading.fault(opening + 1 + script.line, `the command ends in ${script.what}`, "close it within the block");
    return script.commands.map(({ command }) => command);
  });
}
