/**
 * Tests as checks see them: cases with their assertions, whatever the framework (pytest, unittest, node:test, vitest,
 * jest, mocha). Only what a runner would collect counts as a case, so a test that is renamed away is gone here too.
 */
import { walk, type CodeFile, type CodeNode } from "./syntax/code-tree.ts";
import { isPythonTestFile, readPythonCases } from "./python-cases.ts";
import { readCode } from "./syntax/read-code.ts";
import { isScriptTestFile, readScriptCases } from "./script-cases.ts";
import type { TestCase } from "./test-case.ts";

export interface TestFile {
  readonly path: string;
  readonly code: CodeFile;
  readonly cases: readonly TestCase[];
}

/** True for paths that runners collect or that stand in a test folder. */
export function isTestPath(path: string): boolean {
  return isPythonTestFile(path) || isScriptTestFile(path) || isTestSupport(path);
}

/** Files in test folders that hold no tests of their own: fixtures, helpers, conftest. */
export function isTestSupport(path: string): boolean {
  return (
    /(?:^|\/)(?:tests?|__tests__|spec|specs|testing|fixtures|__snapshots__|__mocks__|e2e)\//.test(path) ||
    /(?:^|\/)conftest\.py$/.test(path) ||
    path.endsWith(".snap")
  );
}

/** Reads a file of tests; undefined for other languages. */
export async function readTestFile(path: string, text: string): Promise<TestFile | undefined> {
  const code = await readCode(path, text);
  if (code === undefined) return undefined;
  const cases = code.language === "python" ? readPythonCases(code) : readScriptCases(code);
  return { path, code, cases };
}

/** Literal values in a body, docstrings and messages of raises left out, each in canonical text with its type. */
export function literalsOf(body: readonly CodeNode[]): string[] {
  const found: string[] = [];
  for (const node of walk(body, (inner) => inner.kind !== "import")) {
    if (node.kind === "literal" && node.type !== "ellipsis") found.push(`${node.type}:${node.value}`);
  }
  return found;
}
