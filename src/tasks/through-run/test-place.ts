import { basename, dirname, extname, posix } from "node:path";
import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import type { TestCommand } from "../../codebase/test-command.ts";
import { quoted } from "./through-run.ts";

/** Where new tests of a file stand, and how they are run by themselves. */
export interface TestPlace {
  readonly path: string;
  /** POSIX shell text, run at the root. */
  readonly command: string;
  /** What the tests are written with, in words for the worker. */
  readonly framework: string;
  /** A test file of the project that shows its manner; null where there is none. */
  readonly example: string | null;
}

const SCRIPT = new Set(["javascript", "typescript"]);

/**
 * The place of new tests for `file`, as the project has its own: beside the code or in a folder of tests, by the endings
 * that most of its tests have, run by the runner that `detected` found. A path that is taken gets a number. Undefined for
 * languages whose tests cannot be run here. Pure.
 */
export function testPlaceOf(
  file: FileFacts,
  codebase: Codebase,
  detected: TestCommand | undefined,
): TestPlace | undefined {
  const tests = codebase.files.filter(({ role, language }) => role === "test" && sameKind(language, file.language));
  const taken = new Set(codebase.files.map(({ path }) => path));
  if (file.language === "python") return pythonPlace(file.path, tests, taken, detected);
  if (SCRIPT.has(file.language)) return scriptPlace(file.path, tests, taken, detected);
  return undefined;
}

function sameKind(a: string, b: string): boolean {
  return a === b || (SCRIPT.has(a) && SCRIPT.has(b));
}

function pythonPlace(
  path: string,
  tests: readonly FileFacts[],
  taken: ReadonlySet<string>,
  detected: TestCommand | undefined,
): TestPlace {
  const own = tests.filter(({ path: test }) => /(?:^|\/)test_[^/]*\.py$/.test(test)).map((test) => test.path);
  const stem = basename(path) === "__init__.py" ? basename(dirname(path)) : basename(path, ".py");
  const folder = nearestFolder(path, own) ?? "tests";
  const test = free((number) => posix.join(folder, `test_${stem}${number}.py`), taken);
  const isPytest = detected?.runner === "pytest";
  const prefix = /^(?:PYTHONPATH=\S+ )?\S+ -m (?:pytest|unittest)/.exec(detected?.command ?? "")?.[0];
  const command = isPytest
    ? `${prefix ?? "python3 -m pytest"} -q -p no:cacheprovider ${quoted(test)}`
    : `${prefix ?? "PYTHONPATH=.:src python3 -m unittest"} ${quoted(test)}`;
  const framework = isPytest
    ? "pytest: plain functions `test_...` with `assert`"
    : "unittest from the standard library";
  return { path: test, command, framework, example: exampleFor(folder, own) };
}

function scriptPlace(
  path: string,
  tests: readonly FileFacts[],
  taken: ReadonlySet<string>,
  detected: TestCommand | undefined,
): TestPlace {
  const named = tests.map((test) => test.path).filter((test) => /\.(?:test|spec)\.[cm]?[jt]sx?$/.test(test));
  const word = named.filter((test) => test.includes(".spec.")).length * 2 > named.length ? "spec" : "test";
  const extension = extname(path);
  const stem = basename(path, extension);
  const beside =
    named.filter((test) => !/(?:^|\/)(?:tests?|__tests__|spec|specs)\//.test(test)).length * 2 >= named.length;
  const folder =
    named.length > 0 && beside
      ? dirname(path)
      : (nearestFolder(path, named) ?? (named.length === 0 ? "test" : dirname(path)));
  const test = free((number) => posix.join(folder, `${stem}${number}.${word}${extension}`), taken);
  const { command, framework } = scriptRunner(test, detected);
  return { path: test, command, framework, example: exampleFor(folder, named) };
}

function scriptRunner(
  test: string,
  detected: TestCommand | undefined,
): { readonly command: string; readonly framework: string } {
  switch (detected?.runner) {
    case "vitest":
      return {
        command: `./node_modules/.bin/vitest run ${quoted(test)}`,
        framework: 'vitest: `import { expect, test } from "vitest"`',
      };
    case "jest":
      return {
        command: `./node_modules/.bin/jest --runTestsByPath ${quoted(test)}`,
        framework: "jest: `test` and `expect`",
      };
    case "mocha":
      return {
        command: `./node_modules/.bin/mocha ${quoted(test)}`,
        framework: "mocha: `describe`, `it`, and `node:assert/strict`",
      };
    default:
      return {
        command: `node --test ${quoted(test)}`,
        framework:
          'node\'s own runner: `import test from "node:test"` and `import assert from "node:assert/strict"`, the file under test imported with its extension',
      };
  }
}

/** The folder of tests that shares the longest way with the file; undefined where there are no tests. */
function nearestFolder(path: string, tests: readonly string[]): string | undefined {
  const folders = [...new Set(tests.map((test) => dirname(test)))].toSorted();
  const shared = (folder: string): number => {
    const [a, b] = [folder.split("/"), dirname(path).split("/")];
    const at = a.findIndex((part, index) => part !== b[index]);
    return at === -1 ? a.length : at;
  };
  return folders.toSorted((a, b) => shared(b) - shared(a) || a.length - b.length)[0];
}

/** The shortest name in the folder comes first: as good an example as any, and stable. */
function exampleFor(folder: string, tests: readonly string[]): string | null {
  const near = tests.filter((test) => dirname(test) === folder);
  return (near.length > 0 ? near : tests).toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0] ?? null;
}

function free(name: (number: string) => string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const path = name(number === 1 ? "" : `_${number}`);
    if (!taken.has(path)) return path;
  }
}
