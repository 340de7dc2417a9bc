import { readTestFile } from "../../../src/codebase/test-code/test-file.ts";
import type { TestCase } from "../../../src/codebase/test-code/test-case.ts";
import type { BundleTask, Files, Project } from "../bundle.ts";
import type { Random } from "../random.ts";

/** What a fault is made from: a good result, where it started, and chance. */
export interface Ground {
  readonly project: Project;
  readonly task: BundleTask;
  /** Files of a good result. */
  readonly good: Files;
  readonly random: Random;
}

/** A worker's result: files, and what it was built on. */
export interface Spoiled {
  readonly files: Files;
  /** "base" (default), "before": built on an old commit, "merge": an old commit with base merged in and thrown away. */
  readonly on?: "base" | "before" | "merge";
  readonly modes?: ReadonlyMap<string, "100755" | "120000">;
  /** What the worker says besides the usual. */
  readonly report?: string;
}

/** A shape of a fault; undefined where it does not apply to the ground. */
export interface Fault {
  readonly kind: FaultKind;
  readonly name: string;
  make(ground: Ground): Promise<Spoiled | undefined> | Spoiled | undefined;
}

export type FaultKind =
  | "out-of-scope"
  | "test-deleted"
  | "test-skipped"
  | "test-weakened"
  | "hard-coded"
  | "stub"
  | "contract"
  | "empty"
  | "fake-success"
  | "edited-check"
  | "stale-base";

export function isPython(ground: Ground): boolean {
  return ground.task.subject.path.endsWith(".py");
}

/** The files with one of them changed. */
export function withFile(files: Files, path: string, change: (text: string) => string): Files {
  return new Map(files).set(path, change(files.get(path) ?? ""));
}

/** Tests that were there on the base, in the task's test file or, where that is new, in any other. */
export async function oldTests(ground: Ground): Promise<{ path: string; test: TestCase }[]> {
  const { base, testFile } = { base: ground.project.base, testFile: ground.task.testFile };
  const paths = base.has(testFile)
    ? [testFile]
    : [...base.keys()].filter((path) => /test/.test(path) && /\.(?:py|[jt]s)$/.test(path));
  const found: { path: string; test: TestCase }[] = [];
  for (const path of paths) {
    const file = await readTestFile(path, ground.good.get(path) ?? "");
    for (const test of file?.cases ?? [])
      if (
        !test.helper &&
        test.line !== test.endLine &&
        (ground.project.base.get(path) ?? "").includes(lineOf(ground.good.get(path) ?? "", test.line))
      )
        found.push({ path, test });
  }
  return found;
}

export function lineOf(text: string, line: number): string {
  return text.split("\n")[line - 1] ?? "";
}

/** The first line of a test with its decorators. */
export function startOf(lines: readonly string[], test: TestCase): number {
  let first = test.line;
  while (first > 1 && /^\s*(?:@|\[|\(|\]|"text|'text|"number|"limit|\)$)/.test(lines[first - 2] ?? "")) first--;
  return first;
}

/** Changes the lines of one old test. */
export async function changeTest(
  ground: Ground,
  change: (lines: string[], indent: string, test: TestCase) => readonly string[] | undefined,
): Promise<Files | undefined> {
  for (const { path, test } of ground.random.shuffled(await oldTests(ground))) {
    const lines = (ground.good.get(path) ?? "").split("\n");
    const first = startOf(lines, test);
    const own = lines.slice(first - 1, test.endLine);
    const indent = /^\s*/.exec(lines[test.line - 1] ?? "")?.[0] ?? "";
    const changed = change(own, indent, test);
    if (changed === undefined || changed.join("\n") === own.join("\n")) continue;
    lines.splice(first - 1, test.endLine - first + 1, ...changed);
    return new Map(ground.good).set(path, lines.join("\n"));
  }
  return undefined;
}
