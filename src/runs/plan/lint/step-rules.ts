import { applySteps } from "../../../codebase/apply-steps.ts";
import { isAllotError } from "../../../foundation/errors.ts";
import type { MiniTask } from "../mini-task.ts";
import { isChangedBefore } from "./file-rules.ts";
import { finding, type Finding, type LintScope, type TaskRule } from "./finding.ts";
import { pathsChangedBy, pathsOfTask } from "./named-paths.ts";
import { isPlaceholder } from "./text-rules.ts";

/** Words that leave the work to whoever reads them, wherever they stand. */
const OPEN_WORDS =
  /\b(?:appropriate(?:ly)?|properly|as (?:needed|necessary|required|appropriate)|(?:if|where|when) (?:needed|necessary|appropriate|applicable|possible)|(?<![/.\w])etc\b\.?|and so on|and so forth|and the like|accordingly|somehow|something like|or similar|best practices?|to be (?:decided|determined|defined)|tbd|your (?:judgment|judgement|choice|discretion)|any other)/i;

/** Verbs that say nothing without the thing they are done to. */
const OPEN_VERBS =
  /\b(?:refactor|improve|optimi[sz]e|clean ?up|tidy(?: up)?|enhance|polish|moderni[sz]e|simplify|fix (?:any|all|the)?\s*(?:issues?|problems?|bugs?|errors?)|handle (?:all |any )?(?:errors?|exceptions?|edge cases?)|make (?:it|sure it|everything) works?|update (?:the )?(?:code|files?|imports?|docs?|documentation|tests?)|add (?:the )?(?:necessary|required|relevant|needed|missing) \w+|finish|do the rest|(?:all|any|other) (?:relevant|related|remaining) \w+)\b/i;

/** Fewer words than this, without a name in code, tell nobody what to do. */
const FEWEST_WORDS = 4;

/** Steps there are, that they leave nothing open, and that exact tasks hold exact steps only. */
export const stepRule: TaskRule = (task) => {
  if (task.steps.length === 0)
    return [finding("no-steps", task.number, "Task", "a mini-task says what to do, in numbered steps")];
  return task.steps.flatMap(({ text, exact }, index): readonly Finding[] => {
    if (exact !== undefined) return undeclared(task, index);
    const place = `step ${index + 1}`;
    if (task.tier === "exact")
      return [
        finding("inexact-step", task.number, place, `${quote(text)} is no exact step, and no model will read it`),
      ];
    const why = vagueness(text);
    return why === undefined ? [] : [finding("vague-step", task.number, place, `${quote(text)} ${why}`)];
  });
};

/** What a step leaves open, or undefined. Code and names in code are what makes a step precise, so they are looked at apart. */
function vagueness(text: string): string | undefined {
  // A blank of the template has a finding of its own.
  if (isPlaceholder(text)) return undefined;
  const bare = text.replace(/(`{3,}|~{3,})[\s\S]*?\1/g, " \u0001 ");
  const prose = bare.replace(/`[^`]*`/g, "\u0001").replace(/"[^"]*"/g, "\u0001");
  const open = OPEN_WORDS.exec(prose)?.[0];
  if (open !== undefined) return `leaves "${open}" to the reader`;
  if (prose.includes("\u0001") || /\blines? \d/.test(prose)) return undefined;
  const verb = OPEN_VERBS.exec(prose)?.[0];
  if (verb !== undefined) return `says "${verb}" and names nothing`;
  const words = prose.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  return words < FEWEST_WORDS ? "is too short to be followed" : undefined;
}

function undeclared(task: MiniTask, index: number): readonly Finding[] {
  const step = task.steps[index]?.exact;
  if (step === undefined) return [];
  const declared = new Set(task.writes.map(({ path }) => path));
  return pathsChangedBy(step)
    .filter((path) => !declared.has(path))
    .map((path) =>
      finding("undeclared-write", task.number, `step ${index + 1}`, `${path} is not among the files to create or edit`),
    );
}

/**
 * Carries the exact steps out in memory on what the repository holds. Files that an earlier task leaves behind, and
 * files whose text is not at hand, cannot be foreseen: tasks that touch one are judged when they start.
 */
export const staleStepRule: TaskRule = (task, scope) => {
  const steps = task.steps.flatMap(({ exact }) => (exact === undefined ? [] : [exact]));
  if (steps.length === 0 || steps.length < task.steps.length || !isForeseeable(task, scope)) return [];
  try {
    applySteps(steps, (path) => scope.facts.texts.get(path));
    return [];
  } catch (error) {
    if (!isAllotError(error, "step-stale")) return [];
    const number = Number(error.details["step"] ?? 0);
    return [finding("stale-step", task.number, `step ${number}`, error.message)];
  }
};

function isForeseeable(task: MiniTask, scope: LintScope): boolean {
  return pathsOfTask(task).every(
    (path) => !isChangedBefore(path, task, scope) && (!scope.facts.files.has(path) || scope.facts.texts.has(path)),
  );
}

function quote(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 77)}...` : line);
}
