import type { CodeFile } from "../../../codebase/test-code/syntax/code-tree.ts";
import { languageOf, readCode } from "../../../codebase/test-code/syntax/read-code.ts";
import { isTestPath } from "../../../codebase/test-code/test-file.ts";
import type { Change, GateFacts } from "../gate.ts";

/** One changed file with both its texts, and its trees where it is code. */
export interface ChangedFile {
  readonly change: Change;
  readonly path: string;
  /** Where it stood on the base; differs from `path` for renames. */
  readonly basePath: string;
  readonly isTest: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly base: CodeFile | undefined;
  readonly head: CodeFile | undefined;
}

const known = new WeakMap<GateFacts, Promise<readonly ChangedFile[]>>();

/** The changed files of a result, read and parsed once for all gates. */
export function changedFiles(facts: GateFacts): Promise<readonly ChangedFile[]> {
  const met = known.get(facts);
  if (met !== undefined) return met;
  const files = Promise.all(facts.changes.map((change) => read(facts, change)));
  known.set(facts, files);
  return files;
}

/** The changed source files: code that is no test. */
export async function changedSources(facts: GateFacts): Promise<readonly ChangedFile[]> {
  return (await changedFiles(facts)).filter(({ path, isTest }) => !isTest && languageOf(path) !== undefined);
}

/**
 * The code that was there before: the changed files as they were, and the files that the task reads. What is found
 * again in it was moved or copied, not written by the worker.
 */
export async function codeBefore(facts: GateFacts): Promise<readonly CodeFile[]> {
  const changed = await changedFiles(facts);
  const seen = new Set(changed.map(({ basePath }) => basePath));
  const read = await Promise.all(
    facts.task.reads
      .filter(({ path }) => !seen.has(path) && languageOf(path) !== undefined)
      .map(async ({ path }) => {
        const text = await facts.base.read(path);
        return text === undefined ? undefined : readCode(path, text);
      }),
  );
  return [...changed.map(({ base }) => base), ...read].filter((file) => file !== undefined);
}

async function read(facts: GateFacts, change: Change): Promise<ChangedFile> {
  const { path } = change;
  const basePath = change.from ?? path;
  const [before, after] = await Promise.all([
    facts.base.read(basePath),
    change.kind === "deleted" ? undefined : facts.head.read(path),
  ]);
  return {
    change,
    path,
    basePath,
    isTest: isTestPath(path),
    before,
    after,
    base: before === undefined ? undefined : await readCode(basePath, before),
    head: after === undefined ? undefined : await readCode(path, after),
  };
}
