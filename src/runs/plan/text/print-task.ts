import { AllotError } from "../../../foundation/errors.ts";
import { formatCount } from "../../../foundation/units.ts";
import type {
  ContractedName,
  Criterion,
  FileToRead,
  FileToWrite,
  MiniTask,
  TaskStep,
  ValidationCommand,
} from "../mini-task.ts";
import { bindCriterion } from "./bind-criterion.ts";
import { printCheck, readCheck } from "./check-text.ts";
import { fenced, fencesBalanced, fencesOf } from "./fences.ts";
import { tierOfModel } from "./model-tier.ts";
import { printExactUsd } from "./money-text.ts";
import { escapeProse, printItems } from "./prose.ts";
import { readStepText, printExactStep } from "./step-text.ts";
import { DEFAULT_TIMEOUT_MS } from "./task-sections.ts";
import type { UnitKey } from "./task-units.ts";

/** The text of one part of a task in allot's own layout; "" where the task has nothing to say there. */
export function printUnit(task: MiniTask, key: UnitKey): string {
  switch (key) {
    case "title":
      return `# Mini-Task ${task.number}: ${task.title}`;
    case "model":
      return `**Model**: ${task.model}`;
    case "tier":
      return task.tier === tierOfModel(task.model) ? "" : `**Tier**: ${task.tier}`;
    case "agent":
      return task.agent === undefined ? "" : `**Agent**: ${task.agent}`;
    case "tokens":
      return `**Estimated Tokens**: ${formatCount(task.estimate.inputTokens)} input + ${formatCount(task.estimate.outputTokens)} output`;
    case "cost":
      return task.estimate.cost === undefined ? "" : `**Estimated Cost**: ${printExactUsd(task.estimate.cost)}`;
    case "dependsOn":
      return task.dependsOn.length === 0
        ? ""
        : `**Depends on**: ${task.dependsOn.map((number) => `Mini-Task ${number}`).join(", ")}`;
    case "reads":
      return list("**Files to Read**:", "\n", task.reads.map(readLine));
    case "writes":
      return list("**Files to Create/Edit**:", "\n", task.writes.map(writeLine));
    case "context":
      return section("Context (100 words max)", escapeProse(balanced(task.context, "the context")));
    case "task":
      return section(
        "Task",
        [escapeProse(balanced(task.intro ?? "", "the introduction")), steps(task.steps)]
          .filter((text) => text !== "")
          .join("\n\n"),
      );
    case "snippets":
      return section("Code Snippets", task.snippets.map(snippetText).join("\n\n"));
    case "contract":
      return list("## Contract", "\n\n", task.contract.map(contractLine));
    case "criteria":
      return list(
        "## Acceptance Criteria",
        "\n\n",
        task.criteria.map((criterion) => criterionLine(criterion, task)),
      );
    case "validation":
      return task.validation.length === 0 ? "" : section("Validation", fenced("bash", commandLines(task.validation)));
    case "onFailure":
      return task.onFailure.length === 0
        ? ""
        : section(
            "On Failure",
            `If validation fails:\n${printItems(
              task.onFailure.map((item) => balanced(item, "a point of On Failure")),
              "number",
            )}`,
          );
    case "next":
      return section("Next Task", escapeProse(balanced(task.next, "the next task")));
  }
}

/** True for the parts that stand above the first section. */
export function isHeadUnit(key: UnitKey): boolean {
  return ["title", "model", "tier", "agent", "tokens", "cost", "dependsOn", "reads", "writes"].includes(key);
}

function section(heading: string, body: string): string {
  return body === "" ? "" : `## ${heading}\n\n${body}`;
}

function list(heading: string, gap: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${heading}${gap}${lines.join("\n")}`;
}

/** An open code block would swallow what follows it in the file. */
function balanced(text: string, what: string): string {
  if (fencesBalanced(text)) return text;
  throw new AllotError(
    "plan-invalid",
    `${what} opens a code block that is never closed; every code block must be closed`,
  );
}

function steps(all: readonly TaskStep[]): string {
  return printItems(
    all.map((step, index) => balanced(stepText(step), `step ${index + 1}`)),
    "number",
  );
}

/** The text as it stands, unless it does not say what the exact step is. */
function stepText({ text, exact }: TaskStep): string {
  if (exact === undefined) return text;
  const found = readStepText(text);
  const same = found.kind === "exact" && JSON.stringify(found.step) === JSON.stringify(exact);
  return same ? text : printExactStep(exact);
}

function readLine({ path, lines, optional, note }: FileToRead): string {
  const span = lines === undefined ? "" : `lines ${lines.first}-${lines.last}`;
  const remarked = /^(?:optional\b|lines?\s+~?\d|note:)/i.test(note) && span === "" ? `note: ${note}` : guardNote(note);
  const range = span !== "" && note !== "" ? `${span} only - ${remarked}` : span || remarked;
  const remark = [optional ? "optional" : "", range].filter((part) => part !== "").join(", ");
  return `- \`${path}\`${remark === "" ? "" : ` (${remark})`}`;
}

/** A remark that begins with a separator or the word of another remark would lose it on the way back. */
function guardNote(note: string): string {
  return /^(?:note:|[-–—,;:]|only\b)/i.test(note) ? `note: ${note}` : note;
}

function writeLine({ path, action, lines }: FileToWrite): string {
  const where = lines === undefined ? "" : ` lines ${lines.first}-${lines.last}`;
  return `- \`${path}\` (${action}${where})`;
}

function snippetText({ language, code, note }: { language: string; code: string; note?: string }): string {
  const block = fenced(language, code === "" ? [] : code.split("\n"));
  if (note === undefined || note === "") return block;
  if (fencesOf(note.split("\n")).some((fence) => fence !== undefined)) {
    throw new AllotError(
      "plan-invalid",
      "a remark above a snippet holds a code block; a block of code is a snippet of its own",
    );
  }
  return `${escapeProse(note)}\n\n${block}`;
}

function contractLine({ path, name, signature }: ContractedName): string {
  const text = name + (signature ?? "");
  let marks = "`";
  while (text.includes(marks)) marks += "`";
  const padded = marks === "`" ? text : ` ${text} `;
  return `- \`${path}\`: ${marks}${padded}${marks}`;
}

function criterionLine({ text, done, check }: Criterion, task: MiniTask): string {
  const box = `- [${done ? "x" : " "}] ${text}`;
  if (check !== undefined) return `${box} → ${printCheck(check)}`;
  const wouldBind = readCheck(text).kind !== "none" || bindCriterion(text, task) !== undefined;
  return wouldBind ? `${box} → unbound` : box;
}

function commandLines(commands: readonly ValidationCommand[]): readonly string[] {
  return commands.flatMap(({ command, comment, timeoutMs }, index) => {
    const said =
      comment === ""
        ? []
        : comment.split("\n").map((line) => `# ${/^\\*timeout:/i.test(line) ? `\\${line}` : line}`.trimEnd());
    const limit =
      timeoutMs === DEFAULT_TIMEOUT_MS
        ? []
        : [`# timeout: ${timeoutMs % 1000 === 0 ? `${timeoutMs / 1000}s` : `${timeoutMs}ms`}`];
    const gap = index > 0 && said.length + limit.length > 0 ? [""] : [];
    return [...gap, ...said, ...limit, ...command.split("\n")];
  });
}
