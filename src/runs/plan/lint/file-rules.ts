import type { MiniTask } from "../mini-task.ts";
import { pathProblem } from "../text/safe-path.ts";
import { finding, type Finding, type LintScope, type TaskRule } from "./finding.ts";
import { pathsOfTask } from "./named-paths.ts";

/** A small model works well with one or two files before it. */
const MOST_READS = 2;

/** Paths that may stand nowhere, or not among the files written. */
export const pathRule: TaskRule = (task, { plan }) => {
  const found: Finding[] = [];
  for (const path of pathsOfTask(task)) {
    const problem = pathProblem(path);
    if (problem !== undefined)
      found.push(finding("path-escapes", task.number, "", `the path ${JSON.stringify(path)} ${problem}`));
  }
  for (const { path } of task.writes) {
    const owner = pathProblem(path) === undefined ? ownerOf(path, plan.goal) : undefined;
    if (owner !== undefined)
      found.push(finding("reserved-path", task.number, "Files to Create/Edit", `${path} belongs to ${owner}`));
  }
  return found;
};

const CI_FILES =
  /^(?:\.github\/(?:workflows|actions)\/|\.gitlab-ci\.ya?ml$|\.circleci\/|\.travis\.yml$|Jenkinsfile$|azure-pipelines\.ya?ml$|\.buildkite\/|\.ci\/|bitbucket-pipelines\.yml$|\.drone\.yml$)/i;

/** Who a path belongs to, where it is not the plan's to write. CI files are, where the goal speaks of them. */
function ownerOf(path: string, goal: string): string | undefined {
  if (/^\.allot(?:\/|$)/i.test(path)) return "allot";
  const wanted = /\bci\b|\bworkflows?\b|\bpipelines?\b|github actions|\bjenkins/i.test(goal) || goal.includes(path);
  return CI_FILES.test(path) && !wanted ? "the CI, and the goal does not speak of it" : undefined;
}

/** Files that must be there, or must not be there, when the task starts; and ranges inside them. */
export const presenceRule: TaskRule = (task, scope) => {
  const found: Finding[] = [];
  const tree = treeFor(task, scope);
  for (const read of task.reads) {
    if (read.optional) continue;
    if (!tree.has(read.path))
      found.push(finding("missing-read", task.number, "Files to Read", missing(read.path, task, scope)));
    else found.push(...rangeFindings(task, read.path, read.lines, "Files to Read", scope));
  }
  for (const { path, action, lines } of task.writes) {
    const place = "Files to Create/Edit";
    if (action === "create") {
      if (tree.has(path)) found.push(finding("create-exists", task.number, place, `${path} exists already; edit it`));
    } else if (!tree.has(path)) {
      found.push(
        finding(action === "edit" ? "missing-edit" : "missing-delete", task.number, place, missing(path, task, scope)),
      );
    } else found.push(...rangeFindings(task, path, lines, place, scope));
  }
  return found;
};

/** Paths in the tree that a task starts from: the repository's, with what the tasks before it do. */
export function treeFor(task: MiniTask, { plan, facts, before }: LintScope): ReadonlySet<string> {
  const tree = new Set(facts.files);
  const earlier = before.get(task.number) ?? new Set();
  for (const other of plan.tasks) {
    if (!earlier.has(other.number) || other.number === task.number) continue;
    for (const { path, action } of other.writes) {
      if (action === "delete") tree.delete(path);
      else tree.add(path);
    }
  }
  return tree;
}

function missing(path: string, task: MiniTask, { plan }: LintScope): string {
  const maker = plan.tasks.find(
    (other) => other !== task && other.writes.some((write) => write.path === path && write.action === "create"),
  );
  if (maker !== undefined) return `${path} is made by Mini-Task ${maker.number}, on which this one does not depend`;
  return `${path} does not exist`;
}

/** Only for files as the repository has them: what an earlier task leaves has lines nobody knows yet. */
function rangeFindings(
  task: MiniTask,
  path: string,
  lines: { readonly first: number; readonly last: number } | undefined,
  place: string,
  scope: LintScope,
): readonly Finding[] {
  const text = scope.facts.texts.get(path);
  if (lines === undefined || text === undefined || isChangedBefore(path, task, scope)) return [];
  const count = lineCount(text);
  if (lines.first >= 1 && lines.last >= lines.first && lines.last <= count) return [];
  return [
    finding(
      "range-outside",
      task.number,
      place,
      `${path} has ${count} lines, lines ${lines.first}-${lines.last} are named`,
    ),
  ];
}

/** True where a task before this one writes the file. */
export function isChangedBefore(path: string, task: MiniTask, { plan, before }: LintScope): boolean {
  const earlier = before.get(task.number) ?? new Set();
  return plan.tasks.some((other) => earlier.has(other.number) && other.writes.some((write) => write.path === path));
}

/** Lines of a text; a final newline adds none. */
export function lineCount(text: string): number {
  const newlines = text.split("\n").length - 1;
  return text === "" ? 0 : text.endsWith("\n") ? newlines : newlines + 1;
}

/** Each file once, with one action. */
export const writeSetRule: TaskRule = (task) => {
  if (task.writes.length === 0)
    return [finding("no-writes", task.number, "Files to Create/Edit", "a mini-task changes at least one file")];
  const seen = new Map<string, string>();
  const found: Finding[] = [];
  for (const { path, action, lines } of task.writes) {
    const before = seen.get(path);
    if (before !== undefined && (before !== action || lines === undefined)) {
      found.push(
        finding(
          "contradictory-writes",
          task.number,
          "Files to Create/Edit",
          `${path} is declared twice: ${before} and ${action}`,
        ),
      );
    }
    seen.set(path, action);
  }
  return found;
};

/** How much a small model is given to read. */
export const readCountRule: TaskRule = (task) => {
  const files = new Set(task.reads.filter(({ optional }) => !optional).map(({ path }) => path));
  if (task.tier !== "small" || task.agent !== undefined || files.size <= MOST_READS) return [];
  return [
    finding(
      "reads-too-much",
      task.number,
      "Files to Read",
      `${files.size} files; one or two are what a small model handles well`,
    ),
  ];
};

/** Code and its tests by the same hand prove nothing about each other. */
export const testsWithCodeRule: TaskRule = (task) => {
  if (task.tier === "exact") return [];
  const tests = task.writes.filter(({ path }) => isTestPath(path));
  const code = task.writes.filter(({ path }) => !isTestPath(path) && /\.(?:py|[cm]?[jt]sx?)$/.test(path));
  const [test, source] = [tests[0], code[0]];
  if (test === undefined || source === undefined) return [];
  return [
    finding(
      "tests-with-code",
      task.number,
      "Files to Create/Edit",
      `${test.path} and ${source.path} are written by the same mini-task`,
    ),
  ];
};

function isTestPath(path: string): boolean {
  return (
    /(?:^|\/)(?:tests?|__tests__|spec)\//.test(path) ||
    /(?:^|\/)(?:test_[^/]*|[^/]*_test|[^/]*\.(?:test|spec))\.[^/.]+$/.test(path)
  );
}
