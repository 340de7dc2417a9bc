import { applySteps } from "../../../codebase/apply-steps.ts";
import type { ExactStep } from "../../../codebase/exact-step.ts";
import type { ModuleSplit, SplitPart } from "../../../codebase/module-split.ts";
import { estimateTask, type PriceOf, type ReadText } from "../estimate.ts";
import { lineCount } from "../lint/file-rules.ts";
import { pathsChangedBy } from "../lint/named-paths.ts";
import type { Criterion, CriterionCheck, FileToRead, FileToWrite, MiniTask, ValidationCommand } from "../mini-task.ts";
import type { Plan } from "../plan.ts";
import { EXACT_MODEL } from "../text/model-tier.ts";
import { exactTaskStep } from "../text/step-text.ts";
import { DEFAULT_TIMEOUT_MS } from "../text/task-sections.ts";

/** Ranges closer than this are shown to the reader as one. */
const NEAR_LINES = 5;
const MOST_RANGES = 12;

/** What a plan for a split is made of. */
export interface SplitPlanInput {
  readonly goal: string;
  readonly split: ModuleSplit;
  readonly read: ReadText;
  readonly maxLines: number;
  readonly price: PriceOf;
  /** Sentences of ours for the reader besides the splitter's: how the file was found. */
  readonly remarks: readonly string[];
}

/**
 * The plan of a split: one exact mini-task a part, all of them in parallel since each writes its own file, and a last one
 * that turns the old module into the front. Every criterion is bound. Throws `step-stale` where the split's own steps
 * do not fit the text they were made from.
 */
export function splitPlan(input: SplitPlanInput): Plan {
  const { split, goal } = input;
  const drafts = [...split.parts.map((part, index) => partTask(part, index + 1, input)), frontTask(input)];
  const tasks = orderWriters(drafts).map((task) => ({
    ...task,
    estimate: estimateTask(task, input.read, input.price),
  }));
  return {
    goal,
    summary: summaryOf(input),
    nonGoals: [
      "No change of behaviour, of names, or of the paths they are imported from.",
      "No change of tests or of other files.",
    ],
    tasks,
    planner: "offline planner",
    finalChecks: [...split.frontChecks],
    notes: [...input.remarks, ...split.notes],
  };
}

function partTask(part: SplitPart, number: number, input: SplitPlanInput): MiniTask {
  const { split, read } = input;
  const lines = lineCount(applySteps(part.steps, read).get(part.path) ?? "");
  const checks: { text: string; check: CriterionCheck }[] = [
    { text: `\`${part.path}\` exists`, check: { kind: "file-exists", path: part.path } },
    ...(part.names.length === 0
      ? []
      : [
          {
            text: `${count(part.names.length, "definition")} of the old module stand in it`,
            check: { kind: "defines", path: part.path, names: part.names } as const,
          },
        ]),
    { text: "It has no syntax errors", check: { kind: "syntax", path: part.path } },
    { text: `It has ${lines} lines`, check: { kind: "line-count", path: part.path, lines, tolerance: 0 } },
  ];
  return {
    ...base(number),
    title: `Extract ${lowerFirst(part.title)} to ${part.path.slice(part.path.lastIndexOf("/") + 1)}`,
    reads: readsOf(part.steps, split.file),
    writes: writesOf(part.steps, read),
    context: words(
      `\`${split.file}\` is split into modules. ${sentence(part.purpose)} The code is copied as it is; the old file is changed only by the last mini-task.`,
    ),
    steps: part.steps.map(exactTaskStep),
    criteria: criteria(checks),
    validation: commands(part.checks, part.path),
    next: `Independent of the other parts; Mini-Task ${split.parts.length + 1} turns \`${split.file}\` into the front.`,
  };
}

function frontTask(input: SplitPlanInput): MiniTask {
  const { split, read } = input;
  const number = split.parts.length + 1;
  const written = applySteps(split.front, treeAfterParts(input));
  const text = written.get(split.file) ?? undefined;
  const validation = commands(split.frontChecks, split.file);
  const checks: { text: string; check: CriterionCheck }[] = [
    ...(text === undefined
      ? []
      : [
          { text: `\`${split.file}\` has no syntax errors`, check: { kind: "syntax", path: split.file } as const },
          {
            text: `It has ${lineCount(text)} lines`,
            check: { kind: "line-count", path: split.file, lines: lineCount(text), tolerance: 0 } as const,
          },
        ]),
    ...validation.map((_, index) => ({
      text: `Check ${index + 1} of the front passes`,
      check: { kind: "command", index: index + 1 } as const,
    })),
  ];
  return {
    ...base(number),
    title: `Turn ${split.file} into the front`,
    dependsOn: split.parts.map((_, index) => index + 1),
    reads: [{ path: split.file, optional: false, note: "" }],
    writes: writesOf(split.front, read),
    context: words(
      `The parts of \`${split.file}\` stand in files of their own. This mini-task removes from it what moved and imports it back, so that every name is still found where it was: ${count(split.publicNames.length, "public name")}.`,
    ),
    steps: split.front.map(exactTaskStep),
    criteria: criteria(checks),
    validation,
    next: "This is the last mini-task.",
  };
}

function base(number: number): MiniTask {
  return {
    number,
    title: "",
    tier: "exact",
    model: EXACT_MODEL,
    estimate: { inputTokens: 0, outputTokens: 0 },
    dependsOn: [],
    reads: [],
    writes: [],
    context: "",
    steps: [],
    snippets: [],
    criteria: [],
    validation: [],
    contract: [],
    onFailure: [
      "Report the exact error message and the output of the validation.",
      "Do not attempt a fix: an exact step that does not fit means that the repository has changed.",
    ],
    next: "",
  };
}

function criteria(checks: readonly { text: string; check: CriterionCheck }[]): readonly Criterion[] {
  const gate: CriterionCheck = { kind: "gate", gate: "only-declared-files" };
  return [...checks, { text: "No other file is changed", check: gate }].map((each) => ({ ...each, done: false }));
}

function commands(checks: readonly string[], path: string): readonly ValidationCommand[] {
  const all = checks.length === 0 ? [`test -s '${path}'`] : checks;
  return all.map((command) => ({ command, comment: "", timeoutMs: DEFAULT_TIMEOUT_MS }));
}

/** Lines of the old module that the steps take, near ones together. */
function readsOf(steps: readonly ExactStep[], file: string): readonly FileToRead[] {
  const taken = steps
    .flatMap((step) =>
      "from" in step && step.from.path === file ? [{ first: step.from.first, last: step.from.last }] : [],
    )
    .toSorted((a, b) => a.first - b.first);
  for (let near = NEAR_LINES; ; near *= 2) {
    const joined: { first: number; last: number }[] = [];
    for (const { first, last } of taken) {
      const before = joined.at(-1);
      if (before !== undefined && first - before.last <= near) before.last = Math.max(before.last, last);
      else joined.push({ first, last });
    }
    if (joined.length <= MOST_RANGES) return joined.map((lines) => ({ path: file, lines, optional: false, note: "" }));
  }
}

/** What the steps do to each file, taken together. */
export function writesOf(steps: readonly ExactStep[], read: ReadText): readonly FileToWrite[] {
  const after = applySteps(steps, read);
  const touched = new Set([...after.keys(), ...steps.flatMap(pathsChangedBy)]);
  return [...touched].flatMap((path): readonly FileToWrite[] => {
    const existed = read(path) !== undefined;
    const exists = after.has(path) ? typeof after.get(path) === "string" : existed;
    if (existed) return [{ path, action: exists ? "edit" : "delete" }];
    return exists ? [{ path, action: "create" }] : [];
  });
}

/** Tasks that write the same file keep their order: a split whose parts share a file is carried out one by one there. */
function orderWriters(tasks: readonly MiniTask[]): readonly MiniTask[] {
  return tasks.map((task, index) => {
    const earlier = tasks
      .slice(0, index)
      .filter(({ writes }) => writes.some(({ path }) => task.writes.some((write) => write.path === path)))
      .map(({ number }) => number);
    const dependsOn = [...new Set([...task.dependsOn, ...earlier])].toSorted((a, b) => a - b);
    return { ...task, dependsOn };
  });
}

/** The repository's texts with the parts' files on top. */
function treeAfterParts({ split, read }: SplitPlanInput): ReadText {
  const made = new Map<string, string | undefined>();
  for (const part of split.parts) {
    for (const [path, text] of applySteps(part.steps, (wanted) => (made.has(wanted) ? made.get(wanted) : read(wanted))))
      made.set(path, text ?? undefined);
  }
  return (path) => (made.has(path) ? made.get(path) : read(path));
}

function summaryOf(input: SplitPlanInput): string {
  const { split, read, maxLines } = input;
  const old = lineCount(read(split.file) ?? "");
  const rows = split.parts.map((part) => `- \`${part.path}\` (${part.lines} lines): ${sentence(part.purpose)}`);
  return [
    `\`${split.file}\` (${old} lines) becomes ${count(split.parts.length, "module")} of at most about ${maxLines} lines and a front under its old path.`,
    "### File structure",
    [
      ...rows,
      `- \`${split.file}\`: the front; ${count(split.publicNames.length, "public name")} stay importable from here, as the same objects.`,
    ].join("\n"),
    "### Dependencies",
    "A part imports only parts before it in this list. Each mini-task writes its own file, so all parts can be made in parallel; the front comes last.",
  ].join("\n\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function sentence(text: string): string {
  const bare = text.trim();
  return bare === "" || /[.!?]$/.test(bare) ? bare : `${bare}.`;
}

/** At most 100 words. */
function words(text: string): string {
  const all = text.split(/\s+/).filter((word) => word !== "");
  return all.length <= 100 ? text : `${all.slice(0, 99).join(" ")} ...`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
