import { AllotError } from "../foundation/errors.ts";
import { sha256 } from "../foundation/ids.ts";
import type { ExactStep, LineRange } from "./exact-step.ts";
import {
  appendText,
  editedFile,
  insertLines,
  linesOf,
  removeLines,
  renderFile,
  replaceText,
  type EditedFile,
} from "./edited-file.ts";

/** First 8 hex digits of the SHA-256 of `lines` joined by "\n": what an exact step's `sha` holds. Lines carry no line ends. */
export function lineSha(lines: readonly string[]): string {
  return sha256(lines.join("\n")).slice(0, 8);
}

/**
 * Carries out exact steps in memory: the new text of every path touched, null where the file goes away.
 *
 * Pure; `read` gives a file's text as the task starts, undefined where there is none. Line numbers of a file that was
 * there at the start mean that text, whatever earlier steps did, and edits of one line by two steps are refused (only
 * several `replace-text` may share a line). A file made by an earlier step of the same list (created, or created anew
 * after its deletion) has no "as it was": there line numbers mean the file as the preceding steps left it, so text
 * can be replaced in lines that a copy took along. Line ends: literal content takes on those of the file it goes
 * into; a missing final newline stays missing unless text is appended.
 *
 * Throws `step-stale` naming the step (1-based) and the line where a sha, a count, a range or a path does not fit;
 * `path-escapes` for a path that is absolute, leaves the tree or enters `.git`.
 */
export function applySteps(
  steps: readonly ExactStep[],
  read: (path: string) => string | undefined,
): Map<string, string | null> {
  const tree = new Map<string, EditedFile | null>();
  for (const [index, step] of steps.entries()) {
    for (const path of pathsOf(step)) refuseEscape(path, index + 1);
    applyStep(step, { tree, read, stale: (why) => stale(index + 1, step, why) });
  }
  return new Map([...tree].map(([path, file]) => [path, file === null ? null : renderFile(file)]));
}

interface StepScope {
  readonly tree: Map<string, EditedFile | null>;
  readonly read: (path: string) => string | undefined;
  readonly stale: (why: string) => AllotError;
}

function applyStep(step: ExactStep, scope: StepScope): void {
  switch (step.kind) {
    case "create":
      if (existing(step.path, scope) !== undefined) throw scope.stale(`${step.path} exists already`);
      scope.tree.set(step.path, editedFile(step.content, true));
      return;
    case "copy":
      appendLines(step.to, rangeLines(step.from, scope), scope);
      return;
    case "move": {
      const lines = rangeLines(step.from, scope);
      edit(step.from.path, scope, (file) => removeLines(file, step.from.first, step.from.last, []));
      appendLines(step.to, lines, scope);
      return;
    }
    case "append":
      edit(step.path, scope, (file) => appendText(file, step.content));
      return;
    case "delete-lines":
      rangeLines(step.range, scope);
      edit(step.range.path, scope, (file) => removeLines(file, step.range.first, step.range.last, []));
      return;
    case "replace-lines":
      rangeLines(step.range, scope);
      edit(step.range.path, scope, (file) =>
        removeLines(file, step.range.first, step.range.last, linesOf(step.content)),
      );
      return;
    case "insert":
      edit(step.path, scope, (file) => insertLines(file, step.line, linesOf(step.content)));
      return;
    case "replace-text":
      rangeLines(step.range, scope);
      edit(step.range.path, scope, (file) => replaceText(file, step));
      return;
    case "rename-file": {
      const file = needed(step.path, scope);
      if (existing(step.to, scope) !== undefined) throw scope.stale(`${step.to} exists already`);
      scope.tree.set(step.path, null);
      scope.tree.set(step.to, file);
      return;
    }
    case "delete-file":
      needed(step.path, scope);
      scope.tree.set(step.path, null);
      return;
  }
}

/** The file as this list of steps has it now; undefined where there is none. */
function existing(path: string, scope: StepScope): EditedFile | undefined {
  const known = scope.tree.get(path);
  if (known !== undefined) return known ?? undefined;
  const text = scope.read(path);
  return text === undefined ? undefined : editedFile(text, false);
}

function needed(path: string, scope: StepScope): EditedFile {
  const file = existing(path, scope);
  if (file === undefined) throw scope.stale(`${path} does not exist`);
  return file;
}

/** Edits a file through `change`, which answers why it cannot be done, or undefined when it was. */
function edit(path: string, scope: StepScope, change: (file: EditedFile) => string | undefined): void {
  const file = needed(path, scope);
  const problem = change(file);
  if (problem !== undefined) throw scope.stale(`${path} ${problem}`);
  scope.tree.set(path, file.made ? editedFile(renderFile(file), true) : file);
}

function appendLines(to: string, lines: readonly string[], scope: StepScope): void {
  edit(to, scope, (file) => appendText(file, lines.map((line) => `${line}\n`).join("")));
}

/** The lines of a range as the step may see them, after its bounds and its sha are checked. */
function rangeLines(range: LineRange, scope: StepScope): readonly string[] {
  // A file that was renamed, deleted or edited earlier on is still read as it was when the task started.
  const now = scope.tree.get(range.path);
  const atStart = now?.made === true ? undefined : scope.read(range.path);
  const lines = atStart === undefined ? needed(range.path, scope).original : editedFile(atStart, false).original;
  const { first, last } = range;
  if (!Number.isInteger(first) || !Number.isInteger(last) || first < 1 || last < first || last > lines.length) {
    throw scope.stale(`${range.path} has ${lines.length} lines; lines ${first} to ${last} do not exist`);
  }
  const taken = lines.slice(first - 1, last);
  const found = lineSha(taken);
  if (range.sha !== undefined && range.sha !== found) {
    throw scope.stale(`${range.path} lines ${first} to ${last} have changed: sha ${found}, the step says ${range.sha}`);
  }
  return taken;
}

function pathsOf(step: ExactStep): readonly string[] {
  switch (step.kind) {
    case "copy":
    case "move":
      return [step.from.path, step.to];
    case "delete-lines":
    case "replace-lines":
    case "replace-text":
      return [step.range.path];
    case "rename-file":
      return [step.path, step.to];
    default:
      return [step.path];
  }
}

function refuseEscape(path: string, number: number): void {
  const parts = path.split("/");
  const bad =
    path === "" ||
    /[\\\0\n\r]/.test(path) ||
    /^[A-Za-z]:/.test(path) ||
    parts.some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git");
  if (!bad) return;
  throw new AllotError(
    "path-escapes",
    `step ${number} names ${JSON.stringify(path)}; a path inside the tree with forward slashes is accepted, outside .git`,
    { details: { step: number, path } },
  );
}

function stale(number: number, step: ExactStep, why: string): AllotError {
  return new AllotError("step-stale", `step ${number} (${step.kind}) does not fit: ${why}`, {
    details: { step: number, kind: step.kind },
  });
}
