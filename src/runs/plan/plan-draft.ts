/**
 * Planning by a model: what it is told, what it submits, and how that becomes a plan.
 *
 * Owns the schema of the planner's tool, its prompts, and the way from a draft to a linted plan. Invariant: a draft is
 * either a plan without errors of the linter or a list of sentences that can be sent back to the model; nothing of it is
 * believed (line shas are taken from the tree, estimates are ours, paths and commands are checked).
 *
 * Rejected: parsing a plan out of prose, and asking the model for its own token estimates (they are guesses about itself).
 */
import { z } from "zod";
import type { ToolSpec } from "../../providers/provider.ts";
import { planDraftSchema, type PlanDraft } from "./draft/draft-schema.ts";
import { taskFromDraft } from "./draft/task-from-draft.ts";
import { estimateTask, type PriceOf } from "./estimate.ts";
import { lintPlan, type LintFacts } from "./lint.ts";
import type { MiniTask } from "./mini-task.ts";
import type { Plan } from "./plan.ts";
import { readScript } from "./text/shell-script.ts";
import { fencesBalanced } from "./text/fences.ts";

export { plannerPrompt, problemsPrompt, type PlannerFacts, type Prompt } from "./draft/planner-prompt.ts";

/** The tool by which a planner model hands in its plan. */
export const SUBMIT_PLAN: ToolSpec = {
  name: "submit_plan",
  description:
    "Hands in the plan: its mini-tasks in order, each with files, steps, criteria bound to checks, and validation commands.",
  inputSchema: inputSchema(),
};

/** Without the schema's own address, which some providers refuse. */
function inputSchema(): ToolSpec["inputSchema"] {
  const { $schema: _address, ...schema } = z.toJSONSchema(planDraftSchema, { io: "input" });
  return schema;
}

/** What a draft is turned into a plan with. */
export interface DraftScope {
  readonly goal: string;
  /** Who planned: the model's label. */
  readonly planner: string;
  /** Labels for the Model line of each tier. */
  readonly models: { readonly small: string; readonly big: string };
  /** The repository: texts are wanted for the files the draft names. */
  readonly facts: LintFacts;
  readonly price: PriceOf;
}

export type DraftOutcome =
  | { readonly kind: "plan"; readonly plan: Plan }
  /** Sentences to send back to the model, once. */
  | { readonly kind: "problems"; readonly problems: readonly string[] }
  /** The model says that the user has to answer first. */
  | { readonly kind: "question"; readonly question: string };

/**
 * The paths a draft names, as far as it can be read: whose texts `planFromDraft` wants in its facts.
 * Never throws; for what is no draft it is empty.
 */
export function pathsInDraft(input: unknown): readonly string[] {
  const parsed = planDraftSchema.safeParse(input);
  if (!parsed.success) return [];
  const paths = parsed.data.tasks.flatMap(({ reads, writes, steps }) => [
    ...reads.map(({ path }) => path),
    ...writes.map(({ path }) => path),
    ...steps.flatMap(({ exact }) => (exact === undefined ? [] : [exact.path])),
  ]);
  return [...new Set(paths.map((path) => path.replace(/^(?:\.\/)+/, "")))];
}

/**
 * A plan out of what the planner model submitted. Line ranges of exact steps get the sha of the lines as the tree has
 * them; every task gets our own estimate. Pure; what does not fit the schema, and every error of the linter, is a problem.
 */
export function planFromDraft(input: unknown, scope: DraftScope): DraftOutcome {
  const parsed = planDraftSchema.safeParse(input);
  if (!parsed.success) {
    return {
      kind: "problems",
      problems: parsed.error.issues.map(({ path, message }) => `${placeOf(path)}: ${message}`),
    };
  }
  const draft = parsed.data;
  if (draft.tasks.length === 0 && draft.question.trim() !== "")
    return { kind: "question", question: draft.question.trim() };
  const problems: string[] = [];
  const tasks = tasksOf(draft, scope, problems);
  const plan: Plan = {
    goal: scope.goal.trim(),
    summary: closed(draft.summary.trim()),
    nonGoals: texts(draft.nonGoals),
    tasks,
    planner: scope.planner,
    finalChecks: checksOf(draft, problems),
    notes: texts(draft.notes),
  };
  if (problems.length > 0) return { kind: "problems", problems };
  const errors = lintPlan(plan, scope.facts).filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    return { kind: "problems", problems: errors.map(({ code, place, message }) => `${place}: ${message} (${code})`) };
  return { kind: "plan", plan };
}

function tasksOf(draft: PlanDraft, scope: DraftScope, problems: string[]): readonly MiniTask[] {
  const written = new Set<string>();
  const built = draft.tasks.map((task, index) => {
    const number = index + 1;
    const made = taskFromDraft(task, {
      number,
      models: scope.models,
      // A file that an earlier task writes has lines nobody knows yet.
      read: (path) => (written.has(path) ? undefined : scope.facts.texts.get(path)),
      problem: (text) => problems.push(`Mini-Task ${number}: ${text}`),
    });
    for (const { path } of made.writes) written.add(path);
    return made;
  });
  if (problems.length > 0) return built;
  return built.map((task, index) => {
    const following = built[index + 1];
    const next =
      following === undefined
        ? "This is the last mini-task."
        : `After validation passes, proceed to Mini-Task ${following.number}: ${following.title}`;
    const whole = { ...task, next };
    return { ...whole, estimate: estimateTask(whole, (path) => scope.facts.texts.get(path), scope.price) };
  });
}

function checksOf(draft: PlanDraft, problems: string[]): readonly string[] {
  return draft.finalChecks.flatMap((check) => {
    const script = readScript(check.trim().split("\n"));
    if (script.kind === "read") return script.commands.map(({ command }) => command);
    problems.push(`the final check ${JSON.stringify(check.slice(0, 60))} ends in ${script.what}`);
    return [];
  });
}

function texts(items: readonly string[]): readonly string[] {
  return items.map((item) => closed(item.trim())).filter((item) => item !== "");
}

function closed(text: string): string {
  return fencesBalanced(text) ? text : `${text}\n\`\`\``;
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0
    ? "the plan"
    : path
        .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
        .join("")
        .replace(/^\./, "");
}
