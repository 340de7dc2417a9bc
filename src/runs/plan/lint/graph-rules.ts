import type { MiniTask } from "../mini-task.ts";
import type { Plan } from "../plan.ts";
import { finding, type Finding, type LintScope } from "./finding.ts";

/** Above this many mini-tasks a plan is more than a person reads in one go. */
const MOST_TASKS = 30;

/** Goal, count, numbers and titles. */
export function frameFindings({ plan }: LintScope): readonly Finding[] {
  const found: Finding[] = [];
  if (plan.goal.trim() === "") found.push(finding("no-goal", 0, "", "the goal is empty"));
  if (plan.tasks.length === 0) found.push(finding("no-tasks", 0, "", "there is nothing to carry out"));
  if (plan.tasks.length > MOST_TASKS) {
    found.push(
      finding("too-many-tasks", 0, "", `${plan.tasks.length} mini-tasks, up to ${MOST_TASKS} pass without a remark`),
    );
  }
  const numbers = new Set<number>();
  const titles = new Map<string, number>();
  for (const [index, { number, title }] of plan.tasks.entries()) {
    if (numbers.has(number)) found.push(finding("duplicate-number", number, "", `the number ${number} is given twice`));
    else if (number !== index + 1 && number !== 0) {
      found.push(finding("wrong-numbering", number, "", `mini-task ${index + 1} in order has the number ${number}`));
    }
    numbers.add(number);
    const key = title.trim().toLowerCase();
    const before = titles.get(key);
    if (before !== undefined)
      found.push(finding("duplicate-title", number, "", `${JSON.stringify(title)} is Mini-Task ${before}'s title too`));
    else titles.set(key, number);
  }
  return found;
}

/** Unknown, circular and later dependencies, each edge under one code only. */
export function dependencyFindings({ plan }: LintScope): readonly Finding[] {
  const found: Finding[] = [];
  const byNumber = new Map(plan.tasks.map((task) => [task.number, task]));
  const circular = circularTasks(plan);
  for (const { number, dependsOn } of plan.tasks) {
    for (const needed of dependsOn) {
      if (!byNumber.has(needed))
        found.push(finding("unknown-dependency", number, "Depends on", `there is no Mini-Task ${needed}`));
      else if (needed >= number && !(circular.has(number) && circular.has(needed))) {
        found.push(
          finding("later-dependency", number, "Depends on", `Mini-Task ${needed} comes later; order the tasks`),
        );
      }
    }
  }
  const members = [...circular].sort((a, b) => a - b);
  if (members.length > 0) {
    const names = members.map((number) => `Mini-Task ${number}`).join(", ");
    found.push(finding("dependency-cycle", members[0] ?? 0, "Depends on", `${names} wait for each other`));
  }
  return found;
}

/** Tasks from which a way of dependencies leads back to themselves. */
function circularTasks(plan: Plan): ReadonlySet<number> {
  const reach = reachable(plan);
  return new Set(plan.tasks.map(({ number }) => number).filter((number) => reach.get(number)?.has(number) === true));
}

/** For every task, all it depends on, directly or not (itself where it is part of a circle). */
export function reachable(plan: Plan): ReadonlyMap<number, ReadonlySet<number>> {
  const direct = new Map(plan.tasks.map(({ number, dependsOn }) => [number, dependsOn]));
  return new Map(
    plan.tasks.map(({ number }) => {
      const seen = new Set<number>();
      const waiting = [...(direct.get(number) ?? [])];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (seen.has(next) || !direct.has(next)) continue;
        seen.add(next);
        waiting.push(...(direct.get(next) ?? []));
      }
      return [number, seen];
    }),
  );
}

/** Write sets, and reads of files that are being written, of tasks that no dependency puts in an order. */
export function overlapFindings({ plan, before }: LintScope): readonly Finding[] {
  const found: Finding[] = [];
  for (const [index, second] of plan.tasks.entries()) {
    for (const first of plan.tasks.slice(0, index)) {
      if (areOrdered(first, second, before)) continue;
      const shared = second.writes.find(({ path }) => first.writes.some((other) => clash(path, other.path)));
      if (shared !== undefined) {
        const message = `${shared.path} is written by Mini-Task ${first.number} too, and neither depends on the other`;
        found.push(finding("overlapping-writes", second.number, "Files to Create/Edit", message));
        continue;
      }
      for (const [reader, writer] of [
        [first, second],
        [second, first],
      ] as const) {
        const read = reader.reads.find(({ path }) =>
          writer.writes.some((write) => write.action !== "create" && write.path === path),
        );
        if (read !== undefined) {
          const message = `${read.path} is changed by Mini-Task ${writer.number}, which may come before or after`;
          found.push(finding("parallel-read", reader.number, "Files to Read", message));
        }
      }
    }
  }
  return found;
}

function areOrdered(a: MiniTask, b: MiniTask, before: LintScope["before"]): boolean {
  return before.get(a.number)?.has(b.number) === true || before.get(b.number)?.has(a.number) === true;
}

/** The same path, or one a folder of the other; a pattern stands for the folder that it begins with. */
function clash(one: string, other: string): boolean {
  const [a, b] = [rootOf(one), rootOf(other)];
  return a === b || a === "" || b === "" || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function rootOf(path: string): string {
  const wild = path.search(/[*?]/);
  return wild < 0 ? path : path.slice(0, path.lastIndexOf("/", wild) + 1).replace(/\/$/, "");
}
