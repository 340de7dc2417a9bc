import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { detectTestCommand, isTestCommand, parseTestSummary, sameResult } from "./test-command.ts";

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "test-command-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

test("a package's test script is run without its manager, its own programs first", async () => {
  const root = await folder({ "package.json": '{"scripts":{"test":"vitest run"}}' });
  expect(await detectTestCommand(root)).toEqual({
    command: 'PATH="$PWD/node_modules/.bin:$PATH"; export PATH; vitest run',
    runner: "vitest",
    source: "package.json scripts.test",
  });
});

test("a script that calls scripts or has hooks is run by the manager of its lock file", async () => {
  const files = { "package.json": '{"scripts":{"pretest":"x","test":"node --test"}}', "pnpm-lock.yaml": "" };
  expect((await detectTestCommand(await folder(files)))?.command).toBe("pnpm test");
});

test("npm's own placeholder is no test command", async () => {
  const root = await folder({ "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' });
  expect(await detectTestCommand(root)).toBeUndefined();
});

test("functions named test_ are run by pytest, from src where there is one", async () => {
  const root = await folder({ "src/a.py": "", "tests/test_a.py": "def test_a():\n    assert True\n" });
  expect((await detectTestCommand(root))?.command).toBe("PYTHONPATH=src:. python3 -m pytest -q -p no:cacheprovider");
});

test("TestCase classes alone are run by unittest", async () => {
  const root = await folder({
    "tests/test_a.py": "import unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n",
  });
  expect(await detectTestCommand(root)).toMatchObject({
    command: "PYTHONPATH=. python3 -m unittest discover -s tests",
    runner: "unittest",
  });
});

test("tests that import node:test are run by node", async () => {
  const root = await folder({ "package.json": "{}", "test/a.test.js": 'const { test } = require("node:test");\n' });
  expect((await detectTestCommand(root))?.command).toBe("node --test");
});

test("nothing to be seen, nothing claimed", async () => {
  expect(await detectTestCommand(await folder({ "a.txt": "" }))).toBeUndefined();
});

test.each([
  [
    "pytest",
    "..F.s\n===== 1 failed, 3 passed, 1 skipped in 0.12s =====\n",
    { passed: 3, failed: 1, skipped: 1, runner: "pytest" },
  ],
  ["pytest -q", "....\n4 passed in 0.02s\n", { passed: 4, failed: 0, skipped: 0, runner: "pytest" }],
  ["pytest without tests", "no tests ran in 0.01s\n", { passed: 0, failed: 0, skipped: 0, runner: "pytest" }],
  [
    "unittest",
    "Ran 5 tests in 0.001s\n\nFAILED (failures=1, skipped=2)\n",
    { passed: 2, failed: 1, skipped: 2, runner: "unittest" },
  ],
  [
    "node:test spec",
    "ℹ tests 3\nℹ pass 2\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n",
    { passed: 2, failed: 0, skipped: 1, runner: "node:test" },
  ],
  [
    "node:test tap",
    "# pass 2\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 0\n",
    { passed: 2, failed: 1, skipped: 0, runner: "node:test" },
  ],
  [
    "vitest",
    " Test Files  1 passed (1)\n      Tests  1 failed | 4 passed | 2 skipped (7)\n",
    { passed: 4, failed: 1, skipped: 2, runner: "vitest" },
  ],
  [
    "jest",
    "Tests:       1 failed, 1 skipped, 7 passed, 9 total\n",
    { passed: 7, failed: 1, skipped: 1, runner: "jest" },
  ],
  [
    "mocha",
    "\n  12 passing (34ms)\n  1 pending\n  2 failing\n",
    { passed: 12, failed: 2, skipped: 1, runner: "mocha" },
  ],
  [
    "tap",
    "TAP version 13\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP\n1..3\n",
    { passed: 1, failed: 1, skipped: 1, runner: "tap" },
  ],
])("the last lines of %s are understood", (_name, output, summary) => {
  expect(parseTestSummary(output)).toEqual(summary);
});

test("output of something else is no summary", () => {
  expect(parseTestSummary("compiled 12 files\n3 passed the review\n")).toBeUndefined();
});

test("commands that run tests are told from those that do not", () => {
  expect(["python3 -m pytest -q", "npm test", "node --test test/a.test.js", "make test"].map(isTestCommand)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(
    ["python3 -m py_compile a.py", "npm run lint", "grep -q test a.py", "pytest --collect-only"].map(isTestCommand),
  ).toEqual([false, false, false, false]);
});

test("one test fewer or one failure more is no longer the same", () => {
  const before = { passed: 3, failed: 0, skipped: 0, runner: "pytest" };
  expect(sameResult(before, { ...before, passed: 4 })).toBe(true);
  expect(sameResult(before, { ...before, passed: 2, skipped: 1 })).toBe(false);
  expect(sameResult(before, { ...before, failed: 1 })).toBe(false);
});
