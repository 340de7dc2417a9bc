import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempRepository } from "../../../test/support/temp-repository.ts";
import { readCodebase } from "../../codebase/facts/read-codebase.ts";
import type { Codebase } from "../../codebase/facts/facts.ts";
import { detectTestCommand } from "../../codebase/test-command.ts";
import { GATES } from "../../runs/gates/gates.ts";
import { lintPlan, pathsNamedBy } from "../../runs/plan/lint.ts";
import { parseTaskFile, printTaskFile } from "../../runs/plan/task-file.ts";
import type { WorkFinding } from "../work.ts";
import { refactorRun } from "./refactor-run.ts";
import { testsRun } from "./tests-run.ts";
import type { ReadText, RunOrder } from "./through-run.ts";

interface Ground {
  readonly codebase: Codebase;
  readonly read: ReadText;
  readonly detected: Awaited<ReturnType<typeof detectTestCommand>>;
}

async function ground(files: Readonly<Record<string, string>>): Promise<Ground> {
  const repository = tempRepository(files);
  onTestFinished(() => repository[Symbol.dispose]());
  return {
    codebase: await readCodebase(repository.dir),
    read: (path) => (Object.hasOwn(files, path) ? readFileSync(join(repository.dir, path), "utf8") : undefined),
    detected: await detectTestCommand(repository.dir),
  };
}

async function testsOf(files: Readonly<Record<string, string>>, paths: readonly string[]): Promise<RunOrder> {
  const on = await ground(files);
  const order = testsRun({
    ...on,
    files: on.codebase.files.filter(({ path }) => paths.includes(path)),
    coverage: "unit",
  });
  expect(errorsOf(order, on)).toEqual([]);
  return order;
}

/** What the linter of plans says, and whether every mini-task survives being written down. */
function errorsOf({ overrides: { plan } }: RunOrder, { codebase, read }: Ground): readonly string[] {
  const texts = new Map(
    pathsNamedBy(plan).flatMap((path) => (read(path) === undefined ? [] : [[path, read(path) ?? ""] as const])),
  );
  const facts = {
    files: new Set(codebase.files.map(({ path }) => path)),
    texts,
    gates: new Set(GATES.map(({ id }) => id)),
  };
  for (const task of plan.tasks) expect(parseTaskFile(printTaskFile(task), "t.md")).toEqual(task);
  return lintPlan(plan, facts)
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code}: ${message}`);
}

const shown = ({ overrides: { plan } }: RunOrder): readonly string[] =>
  plan.tasks.map(({ reads, writes, validation }) =>
    [
      reads.map(({ path, lines }) => (lines === undefined ? path : `${path}:${lines.first}-${lines.last}`)).join(" "),
      writes.map(({ path, action }) => `${action} ${path}`).join(" "),
      validation.map(({ command }) => command).join(" "),
    ].join(" | "),
  );

const PRICE = "export function gross(net, rate) {\n  return net * rate;\n}\n";

test.each<[project: string, files: Readonly<Record<string, string>>, expected: string]>([
  [
    "pytest in tests/",
    {
      "shop/price.py": "def gross(net):\n    return net * 2\n",
      "tests/test_a.py": "def test_a():\n    assert True\n",
      "tests/conftest.py": "",
    },
    "shop/price.py tests/test_a.py | create tests/test_price.py | python3 -m pytest -q -p no:cacheprovider 'tests/test_price.py'",
  ],
  [
    "Python without tests",
    { "shop/price.py": "def gross(net):\n    return net * 2\n" },
    "shop/price.py | create tests/test_price.py | PYTHONPATH=.:src python3 -m unittest 'tests/test_price.py'",
  ],
  [
    "vitest beside the code",
    {
      "package.json": '{ "scripts": { "test": "vitest run" } }',
      "src/price.ts": PRICE,
      "src/a.ts": PRICE,
      "src/a.spec.ts": "test('a', () => {});\n",
    },
    "src/price.ts src/a.spec.ts | create src/price.spec.ts | ./node_modules/.bin/vitest run 'src/price.spec.ts'",
  ],
  [
    "jest in __tests__",
    {
      "package.json": '{ "scripts": { "test": "jest" } }',
      "src/price.js": PRICE,
      "src/__tests__/a.test.js": "test('a', () => {});\n",
    },
    "src/price.js src/__tests__/a.test.js | create src/__tests__/price.test.js | ./node_modules/.bin/jest --runTestsByPath 'src/__tests__/price.test.js'",
  ],
  [
    "node's own runner, the name taken",
    {
      "package.json": '{ "type": "module", "scripts": { "test": "node --test" } }',
      "src/price.js": PRICE,
      "test/price.test.js": "import test from 'node:test';\n",
    },
    "src/price.js test/price.test.js | create test/price_2.test.js | node --test 'test/price_2.test.js'",
  ],
])("%s: new tests stand and run as the project's own do", async (_, files, expected) => {
  const path = Object.keys(files).find((each) => each.includes("price") && !each.includes("test")) ?? "";
  expect(shown(await testsOf(files, [path]))).toEqual([expected]);
});

test("a file of many functions is tested piece by piece, in files of their own", async () => {
  const text = Array.from({ length: 20 }, (_, index) => `def step_${index}(x):\n    return x + ${index}\n`).join(
    "\n\n",
  );
  const order = await testsOf({ "steps.py": text, "tests/test_a.py": "def test_a():\n    assert True\n" }, [
    "steps.py",
  ]);
  expect(shown(order).map((line) => line.split(" | ").slice(0, 2).join(" -> "))).toEqual([
    "steps.py:1-30 tests/test_a.py -> create tests/test_steps.py",
    "steps.py:33-62 tests/test_a.py -> create tests/test_steps_2.py",
    "steps.py:65-78 tests/test_a.py -> create tests/test_steps_3.py",
  ]);
});

test("what cannot be tested is left out with its reason, and nothing left is an error", async () => {
  const files = {
    "src/price.js": PRICE,
    "src/data.js": "export const LIMIT = 3;\n",
    "lib/main.go": "package main\n\nfunc Main() {}\n",
  };
  const order = await testsOf(files, Object.keys(files));
  expect(order.leftOut).toEqual([
    {
      path: "lib/main.go",
      reason: "tests in go cannot be run by themselves here; Python, JavaScript and TypeScript can",
    },
    { path: "src/data.js", reason: "it exports no function" },
  ]);
  expect(order.goal).toBe("Write unit tests for src/price.js");
  await expect(testsOf(files, ["src/data.js"])).rejects.toMatchObject({
    code: "usage",
    message: "there is nothing to write tests for (src/data.js: it exports no function)",
  });
});

const suggestion = (path: string, line: number, title = "The loop hides a sum"): WorkFinding => ({
  title,
  detail: "Use reduce as needed, etc. ... Say `x` once.",
  severity: "low",
  aspect: "style",
  place: { path, firstLine: line, lastLine: line },
  by: "model",
  rule: null,
});

test("suggestions become one mini-task a file that may edit it alone, checked by its tests", async () => {
  const on = await ground({
    "package.json": '{ "type": "module", "scripts": { "test": "node --test" } }',
    "src/price.js": PRICE,
    "test/price.test.js": "import test from 'node:test';\n",
  });
  const order = refactorRun({ ...on, suggestions: [suggestion("src/price.js", 2), suggestion("src/gone.js", 1)] });
  expect(errorsOf(order, on)).toEqual([]);
  expect(shown(order)).toEqual([
    "src/price.js | edit src/price.js | node --check 'src/price.js' PATH=\"$PWD/node_modules/.bin:$PATH\"; export PATH; node --test",
  ]);
  expect(order.overrides.plan.tasks[0]?.contract).toEqual([{ path: "src/price.js", name: "gross" }]);
  expect(order.leftOut).toEqual([{ path: "src/gone.js", reason: "it is in no commit yet; commit it first" }]);
  expect(() => refactorRun({ ...on, suggestions: [{ ...suggestion("src/price.js", 2), place: null }] })).toThrow(
    "there is nothing to apply",
  );
});

test("of a long file a refactoring reads what the suggestions are about", async () => {
  const long = Array.from(
    { length: 300 },
    (_, index) =>
      `export function step${index}(value) {\n  const doubled = value * ${index} + value / ${index + 1};\n  return doubled - value;\n}\n`,
  ).join("\n");
  const on = await ground({ "src/long.js": long });
  const order = refactorRun({ ...on, suggestions: [suggestion("src/long.js", 7)] });
  expect(errorsOf(order, on)).toEqual([]);
  expect(order.overrides.plan.tasks[0]?.reads.map(({ lines }) => lines)).toEqual([{ first: 6, last: 9 }]);
  const far = refactorRun.bind(null, {
    ...on,
    suggestions: [suggestion("src/long.js", 7), suggestion("src/long.js", 1400)],
  });
  expect(far).toThrow("there is nothing to apply");
});
