import { lineSha } from "../../../codebase/apply-steps.ts";
import type { ExactStep, LineRange } from "../../../codebase/exact-step.ts";
import type { ReadText } from "../estimate.ts";
import type { CriterionCheck, MiniTask, TaskStep, ValidationCommand } from "../mini-task.ts";
import { EXACT_MODEL } from "../text/model-tier.ts";
import { fencesBalanced } from "../text/fences.ts";
import { readScript } from "../text/shell-script.ts";
import { exactTaskStep, readStepText } from "../text/step-text.ts";
import type { CheckDraft, ExactDraft, TaskDraft } from "./draft-schema.ts";

/** What a task is built with. */
export interface TaskScope {
  readonly number: number;
  readonly models: { readonly small: string; readonly big: string };
  /** Text of a file as this task will find it; undefined where nobody knows yet. */
  readonly read: ReadText;
  /** Notes a problem for the planner to mend. */
  readonly problem: (text: string) => void;
}

const ON_FAILURE = [
  "Report the exact error message.",
  "Do not go beyond the steps to fix it.",
  "Include the validation output in the report.",
];

/** A mini-task out of a draft, numbered and labelled; what cannot be one is told as a problem. */
export function taskFromDraft(draft: TaskDraft, scope: TaskScope): MiniTask {
  const { number, models } = scope;
  return {
    number,
    title: oneLine(draft.title),
    tier: draft.tier,
    model: draft.tier === "exact" ? EXACT_MODEL : models[draft.tier],
    estimate: { inputTokens: 0, outputTokens: 0 },
    dependsOn: [...new Set(draft.dependsOn)].toSorted((a, b) => a - b),
    reads: draft.reads.map(({ path, first, last, optional, note }) => ({
      path: plainPath(path),
      ...linesOf(first, last),
      optional,
      note: oneLine(note),
    })),
    writes: draft.writes.map(({ path, action, first, last }) => ({
      path: plainPath(path),
      action,
      ...(action === "edit" ? linesOf(first, last) : {}),
    })),
    context: closed(draft.context.trim()),
    steps: draft.steps.map((step, index) => stepFromDraft(step, index + 1, scope)),
    snippets: draft.snippets.map(({ language, code, note }) => ({
      language: language.replace(/[^\w+#.-]/g, ""),
      code: code.replace(/\n$/, ""),
      ...(note.trim() === "" || /```|~~~/.test(note) ? {} : { note: note.trim() }),
    })),
    criteria: draft.criteria.map(({ text, check }, index) => {
      const bound = checkFromDraft(check, (why) => scope.problem(`criterion ${index + 1} ${why}`));
      return { text: oneLine(text), done: false, ...(bound === undefined ? {} : { check: bound }) };
    }),
    validation: draft.validation.map(({ command, comment, timeoutSeconds }): ValidationCommand => ({
      command: oneCommand(command, scope),
      comment: oneLine(comment),
      timeoutMs: timeoutSeconds * 1000,
    })),
    contract: draft.contract.map(({ path, name, signature }) => contracted(plainPath(path), name, signature)),
    onFailure: ON_FAILURE,
    next: "",
  };
}

function stepFromDraft(step: TaskDraft["steps"][number], number: number, scope: TaskScope): TaskStep {
  if (step.exact !== undefined) {
    const exact = exactFromDraft(step.exact, scope.read);
    if (typeof exact !== "string") return exactTaskStep(exact);
    scope.problem(`step ${number} (${step.exact.kind}) ${exact}`);
  }
  const text = closed(step.text.trim());
  if (text === "" && step.exact === undefined) scope.problem(`step ${number} is empty: give "text" or "exact"`);
  const found = readStepText(text);
  if (found.kind === "broken") scope.problem(`step ${number} ${found.problem}`);
  return found.kind === "exact" ? { text, exact: found.step } : { text };
}

/** An exact step with the shas of the lines it takes, or what is missing. */
function exactFromDraft(draft: ExactDraft, read: ReadText): ExactStep | string {
  const path = plainPath(draft.path);
  const { to, content, first, last } = draft;
  const range = first === undefined ? undefined : rangeOf(path, first, last ?? first, read);
  switch (draft.kind) {
    case "create":
    case "append":
      return content === undefined ? `needs "content"` : { kind: draft.kind, path, content };
    case "copy":
    case "move":
      if (range === undefined || to === undefined) return `needs "first", "last" and "to"`;
      return { kind: draft.kind, from: range, to: plainPath(to) };
    case "delete-lines":
      return range === undefined ? `needs "first" and "last"` : { kind: draft.kind, range };
    case "replace-lines":
      return range === undefined || content === undefined
        ? `needs "first", "last" and "content"`
        : { kind: draft.kind, range, content };
    case "insert":
      return content === undefined || draft.line === undefined
        ? `needs "line" and "content"`
        : { kind: draft.kind, path, line: draft.line, content };
    case "replace-text":
      if (range === undefined || draft.find === undefined || draft.find === "" || draft.by === undefined)
        return `needs "first", "last", "find" and "by"`;
      return { kind: draft.kind, range, find: draft.find, by: draft.by, count: draft.count ?? 1 };
    case "rename-file":
      return to === undefined ? `needs "to"` : { kind: draft.kind, path, to: plainPath(to) };
    case "delete-file":
      return { kind: draft.kind, path };
  }
}

function rangeOf(path: string, first: number, last: number, read: ReadText): LineRange {
  const lines = read(path)
    ?.replace(/\n$/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  if (lines === undefined || last > lines.length || last < first) return { path, first, last };
  return { path, first, last, sha: lineSha(lines.slice(first - 1, last)) };
}

function checkFromDraft(draft: CheckDraft, problem: (why: string) => void): CriterionCheck | undefined {
  const needs = (...names: string[]): undefined => {
    problem(`(${draft.kind}) needs ${names.map((name) => `"${name}"`).join(" and ")}`);
    return undefined;
  };
  const path = draft.path === undefined ? undefined : plainPath(draft.path);
  switch (draft.kind) {
    case "file-exists":
    case "file-absent":
    case "syntax":
      return path === undefined ? needs("path") : { kind: draft.kind, path };
    case "contains":
    case "lacks":
      return path === undefined || draft.text === undefined || draft.text === ""
        ? needs("path", "text")
        : { kind: draft.kind, path, text: draft.text };
    case "line-count":
      if (path === undefined || draft.lines === undefined) return needs("path", "lines");
      return { kind: draft.kind, path, lines: draft.lines, tolerance: draft.tolerance ?? 50 };
    case "defines": {
      const names = (draft.names ?? []).map((name) => name.replace(/\(.*\)$/, "").trim()).filter((name) => name !== "");
      return path === undefined || names.length === 0 ? needs("path", "names") : { kind: draft.kind, path, names };
    }
    case "command":
    case "fails-before":
      return draft.index === undefined ? needs("index") : { kind: draft.kind, index: draft.index };
    case "gate":
      return draft.gate === undefined ? needs("gate") : { kind: draft.kind, gate: draft.gate };
  }
}

/** Several lines are made one command that fails with its first failing line. */
function oneCommand(command: string, scope: TaskScope): string {
  const text = command.trim();
  const script = readScript(text.split("\n"));
  if (script.kind === "open") {
    scope.problem(`the command ${JSON.stringify(text.slice(0, 60))} ends in ${script.what}`);
    return text;
  }
  const [only] = script.commands;
  return script.commands.length === 1 && only !== undefined ? only.command : `(\nset -e\n${text}\n)`;
}

function contracted(path: string, name: string, signature: string | undefined): MiniTask["contract"][number] {
  const bare = oneLine(name).replace(/\(.*$/, "").trim();
  const inline = /\(.*$/.exec(oneLine(name))?.[0];
  const said = signature === undefined ? inline : oneLine(signature);
  if (said === undefined || said === "") return { path, name: bare };
  const tail = said.startsWith(bare) ? said.slice(bare.length) : said;
  return { path, name: bare, signature: /^[\s(:=<]/.test(tail) ? tail : ` ${tail}` };
}

function linesOf(first: number | undefined, last: number | undefined): { lines?: { first: number; last: number } } {
  return first === undefined ? {} : { lines: { first, last: last ?? first } };
}

/** "./a//b" is "a/b"; what leaves the repository stays as it is, for the linter to refuse. */
function plainPath(path: string): string {
  return path
    .trim()
    .replace(/^(?:\.\/)+/, "")
    .replace(/\/{2,}/g, "/");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function closed(text: string): string {
  return fencesBalanced(text) ? text : `${text}\n\`\`\``;
}
