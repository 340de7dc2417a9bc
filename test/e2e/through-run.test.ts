import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openApp } from "../../src/app/app.ts";
import type { Codebase, FileFacts } from "../../src/codebase/facts/facts.ts";
import type { FileSymbol, Language } from "../../src/codebase/languages/languages.ts";
import { detectTestCommand } from "../../src/codebase/test-command.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { RunReport } from "../../src/runs/report/run-report.ts";
import { refactorRun } from "../../src/tasks/through-run/refactor-run.ts";
import { testsRun } from "../../src/tasks/through-run/tests-run.ts";
import type { RunOrder } from "../../src/tasks/through-run/through-run.ts";
import type { WorkFinding } from "../../src/tasks/work.ts";
import { attemptsOf, BIG, SMALL, testsPassedOn } from "../support/model-team-run.ts";
import { shopRepository } from "../support/model-team-shop.ts";
import { openTeam, writes, type Scenario, type Team } from "../support/model-team.ts";
import { allotHome } from "../support/run-allot.ts";
import { tempRepository, type TempRepository } from "../support/temp-repository.ts";

const LABELS_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { label } from "../src/labels.js";

test("blanks around a name are taken off", () => {
  assert.equal(label("  pears "), "pears");
});
`;

/** Calls the function and looks at nothing. */
const BLIND_TEST = LABELS_TEST.replace(
  'assert.equal(label("  pears "), "pears");',
  'label("  pears ");\n  assert.ok(true);',
);

/** Looks, but not at what comes out. */
const VAGUE_TEST = LABELS_TEST.replace(
  'assert.equal(label("  pears "), "pears");',
  'const name = label("  pears ");\n  assert.notEqual(name, "  pears ");',
);

interface Stage {
  readonly team: Team;
  readonly report: RunReport;
}

async function carryOut(repository: TempRepository, order: RunOrder, scenario: Scenario): Promise<Stage> {
  const team = await openTeam({ planner: [], ...scenario }, { big: BIG, small: SMALL });
  const home = allotHome({ ANTHROPIC_API_KEY: "sk-dummy-of-a-test" });
  const config = loadConfig({
    flags: { upstream: [`anthropic=${team.provider.urls.anthropic}`], repo: repository.dir },
    env: home.env,
    cwd: home.dir,
    home: home.dir,
    readFile: () => undefined,
  });
  await using app = await openApp(config, home.env);
  const spec = await app.newRun(order.goal, repository.dir, order.overrides);
  await using life = await app.openLife(spec, () => {}, new AbortController().signal);
  const planned = await life.plan();
  expect(planned.kind).toBe("planned");
  const report = await life.execute();
  expect({ unexpected: team.unexpected, leftOver: team.leftOver() }).toEqual({ unexpected: [], leftOver: [] });
  return { team, report };
}

function facts(repository: TempRepository, exported: Readonly<Record<string, readonly string[]>>): Codebase {
  const paths = repository.git("ls-files").split("\n");
  return {
    root: repository.dir,
    commit: repository.git("rev-parse", "HEAD"),
    files: paths.map((path) => fileFacts(repository, path, exported[path] ?? [])),
    modules: [],
    leftOut: [],
  };
}

function fileFacts(repository: TempRepository, path: string, names: readonly string[]): FileFacts {
  const text = readFileSync(join(repository.dir, path), "utf8");
  const language: Language = path.endsWith(".py") ? "python" : path.endsWith(".js") ? "javascript" : "text";
  const symbols = names.map((name): FileSymbol => {
    const start = Math.max(0, text.indexOf(name));
    const line = text.slice(0, start).split("\n").length;
    return { name, kind: "function", signature: name, start, end: text.length, line, parent: -1, exported: true };
  });
  return {
    path,
    language,
    role: /(?:^|\/)tests?\//.test(path) ? "test" : language === "text" ? "config" : "code",
    bytes: text.length,
    lines: text.split("\n").length,
    hash: "0".repeat(64),
    tokens: Math.ceil(text.length / 4),
    isUtf8: true,
    symbols,
    imports: [],
    entry: null,
    changes: 0,
    secrets: [],
  };
}

async function orderOfTests(repository: TempRepository, path: string, names: readonly string[]): Promise<RunOrder> {
  const codebase = facts(repository, { [path]: names });
  return testsRun({
    files: codebase.files.filter((file) => file.path === path),
    codebase,
    read: (each) => readFileSync(join(repository.dir, each), "utf8"),
    detected: await detectTestCommand(repository.dir),
    coverage: "unit",
  });
}

test("tests of a file are written in a new file, run, pass, and land on the run's branch", async () => {
  const repository = shopRepository();
  const order = await orderOfTests(repository, "src/labels.js", ["label"]);
  const { report, team } = await carryOut(repository, order, {
    workers: { 1: [writes({ "test/labels.test.js": LABELS_TEST })] },
  });
  expect({ state: report.state, reason: report.reason }).toMatchObject({ state: "accepted" });
  expect(team.asked).toEqual(["small 1", "judge"]);
  expect(testsPassedOn(repository, report.branch)).toBe(2);
  expect(repository.git("diff", "--name-only", "main", report.branch)).toBe("test/labels.test.js");
});

test.each([
  ["look at nothing", BLIND_TEST, "blanks around a name"],
  ["would pass with nothing given back", VAGUE_TEST, "label can give nothing back"],
])("tests that %s go back to the worker, which is told why", async (_, blind, told) => {
  const repository = shopRepository();
  const order = await orderOfTests(repository, "src/labels.js", ["label"]);
  const { report, team } = await carryOut(repository, order, {
    workers: { 1: [writes({ "test/labels.test.js": blind }), writes({ "test/labels.test.js": LABELS_TEST })] },
  });
  expect(attemptsOf(report, 1)).toEqual(["small refused test-vacuous", "small (failure) accepted"]);
  expect(team.requests("1")[2]?.lastUserText).toContain(told);
  expect(report.state).toBe("accepted");
});

test("a worker cannot change the code under test: only the new file comes onto the branch", async () => {
  const repository = shopRepository();
  const order = await orderOfTests(repository, "src/labels.js", ["label"]);
  const meddling = writes({ "test/labels.test.js": LABELS_TEST });
  const { report } = await carryOut(repository, order, {
    workers: { 1: [[...writes({ "src/labels.js": "export const label = () => 'x';\n" }).slice(0, 1), ...meddling]] },
  });
  expect(repository.git("diff", "--name-only", "main", report.branch)).toBe("test/labels.test.js");
});

test("a Python function without tests gets some that pytest runs", async () => {
  const repository = tempRepository({
    "shop/__init__.py": "",
    "shop/price.py": "def gross(net, rate):\n    return round(net * (100 + rate) / 100)\n",
    "tests/test_other.py": "def test_other():\n    assert 1 + 1 == 2\n",
    "conftest.py": "",
  });
  onTestFinished(() => repository[Symbol.dispose]());
  const order = await orderOfTests(repository, "shop/price.py", ["gross"]);
  const [task] = order.overrides.plan.tasks;
  expect(task?.writes).toEqual([{ path: "tests/test_price.py", action: "create" }]);
  expect(task?.validation.map(({ command }) => command)).toEqual([
    "python3 -m pytest -q -p no:cacheprovider 'tests/test_price.py'",
  ]);
  const good = "from shop.price import gross\n\n\ndef test_gross_adds_the_rate():\n    assert gross(200, 10) == 220\n";
  const blind =
    "from shop.price import gross\n\n\ndef test_gross():\n    result = gross(200, 10)\n    assert result != 200\n";
  const { report } = await carryOut(repository, order, {
    workers: { 1: [writes({ "tests/test_price.py": blind }), writes({ "tests/test_price.py": good })] },
  });
  expect(attemptsOf(report, 1)).toEqual(["small refused test-vacuous", "small (failure) accepted"]);
  expect(report.state).toBe("accepted");
});

const SUGGESTION: WorkFinding = {
  title: "The reduction hides a loop",
  detail: "Write the sum as a loop over the lines.",
  severity: "low",
  aspect: "style",
  place: { path: "src/totals.js", firstLine: 2, lastLine: 4 },
  by: "model",
  rule: null,
};

const BETTER = `/** Sum of all lines of an order, in cents. */
export function total(lines) {
  let sum = 0;
  for (const { price, count } of lines) sum += price * count;
  return sum;
}
`;

async function orderOfRefactoring(repository: TempRepository, suggestion = SUGGESTION): Promise<RunOrder> {
  return refactorRun({
    codebase: facts(repository, { "src/totals.js": ["total"] }),
    read: (each) => readFileSync(join(repository.dir, each), "utf8"),
    suggestions: [suggestion],
    detected: await detectTestCommand(repository.dir),
  });
}

test("a suggestion is applied where the tests stay green and the names stay", async () => {
  const repository = shopRepository();
  const { report } = await carryOut(repository, await orderOfRefactoring(repository), {
    workers: { 1: [writes({ "src/totals.js": BETTER })] },
  });
  expect(report.state).toBe("accepted");
  expect(testsPassedOn(repository, report.branch)).toBe(1);
  expect(
    execFileSync("git", ["show", `${report.branch}:src/totals.js`], { cwd: repository.dir, encoding: "utf8" }),
  ).toBe(BETTER);
});

test.each([
  ["breaks the tests", BETTER.replace("sum += price", "sum -= price"), "validation-failed"],
  ["renames what others use", BETTER.replace("function total", "function totalOf"), "export-removed"],
])("a refactoring that %s is refused and mended", async (_, broken, code) => {
  const repository = shopRepository();
  const { report } = await carryOut(repository, await orderOfRefactoring(repository), {
    workers: { 1: [writes({ "src/totals.js": broken }), writes({ "src/totals.js": BETTER })] },
  });
  expect(attemptsOf(report, 1)[0]).toContain(code);
  expect(report.state).toBe("accepted");
});

test("a suggestion to rename what others use allows no rename", async () => {
  const repository = shopRepository({
    "test/totals.test.js": "import test from 'node:test';\ntest('nothing', () => {});\n",
  });
  const wish = {
    ...SUGGESTION,
    title: "Rename total to totalOf",
    detail: "Remove total, and rename `total` to `totalOf`.",
  };
  const renamed = BETTER.replace("function total", "function totalOf");
  const { report } = await carryOut(repository, await orderOfRefactoring(repository, wish), {
    workers: { 1: [writes({ "src/totals.js": renamed }), writes({ "src/totals.js": BETTER })] },
  });
  expect(attemptsOf(report, 1)[0]).toMatch(/^small refused .*(?:contract-missing|export-removed)/);
  expect(report.state).toBe("accepted");
});
