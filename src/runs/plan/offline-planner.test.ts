import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { applySteps } from "../../codebase/apply-steps.ts";
import { lintPlan, pathsNamedBy } from "./lint.ts";
import { planOffline } from "./offline-planner.ts";
import { readPlan, writePlan } from "./plan-folder.ts";
import type { Plan } from "./plan.ts";

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "allot-offline-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A module of two families of functions that call each other within the family only. */
function largeModule(functions: number): string {
  const family = (name: string): string =>
    Array.from({ length: functions }, (_, index) => {
      const call = index === 0 ? "text" : `${name}_${index - 1}(text)`;
      return `def ${name}_${index}(text):\n    """Step ${index} of ${name}."""\n    value = ${call}\n    value = value + "${name}${index}"\n    return value\n\n\n`;
    }).join("");
  return `"""A module that grew."""\nimport json\n\n\n${family("parse")}${family("render")}LIMIT = json.loads("3")\n`;
}

const files = {
  "src/grown.py": largeModule(12),
  "README.md": "# Sample\n",
  "tests/test_grown.py": "from src.grown import parse_0\n",
};

async function planned(root: string, goal: string): Promise<Plan> {
  const outcome = await planOffline({ root, goal, maxLines: 60 });
  if (outcome.kind !== "planned") throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

test("a split becomes exact mini-tasks in parallel and a front behind them, without a fault of the linter", async () => {
  const plan = await planned(tree(files), "Split grown.py into focused modules");
  const front = plan.tasks.at(-1);
  const parts = plan.tasks.slice(0, -1);
  expect(parts.length).toBeGreaterThanOrEqual(2);
  expect(parts.map(({ dependsOn }) => dependsOn)).toEqual(parts.map(() => []));
  expect(front?.dependsOn).toEqual(parts.map(({ number }) => number));
  expect(front?.writes).toEqual([{ path: "src/grown.py", action: "edit" }]);
  expect(
    plan.tasks.flatMap(({ tier, steps }) => [tier, ...steps.map(({ exact }) => exact !== undefined)]),
  ).not.toContain(false);
  expect(plan.tasks.flatMap(({ criteria }) => criteria.map(({ check }) => check))).not.toContain(undefined);
  const texts = new Map(Object.entries(files).filter(([path]) => pathsNamedBy(plan).includes(path)));
  expect(lintPlan(plan, { files: new Set(Object.keys(files)), texts })).toEqual([]);
});

test("the plan of a split costs nothing and says what a small model would have needed", async () => {
  const plan = await planned(tree(files), "Split src/grown.py into focused modules");
  for (const { estimate } of plan.tasks) {
    expect(estimate.cost).toBe(0);
    expect(estimate.inputTokens).toBeGreaterThan(500);
  }
  expect(plan.planner).toBe("offline planner");
  expect(plan.finalChecks.length).toBeGreaterThan(0);
});

test("the plan of a split, written and read back, carries the same steps, and they fit the tree", async () => {
  const root = tree(files);
  const plan = await planned(root, "Split src/grown.py into focused modules");
  const dir = join(root, ".allot/runs/x");
  await writePlan(dir, plan);
  const read = (await readPlan(dir)).plan;
  expect(read).toEqual(plan);
  const texts = new Map<string, string | null>(Object.entries(files));
  for (const { steps } of read.tasks) {
    const exact = steps.flatMap(({ exact: step }) => (step === undefined ? [] : [step]));
    for (const [path, text] of applySteps(exact, (wanted) => texts.get(wanted) ?? undefined)) texts.set(path, text);
  }
  expect([...texts.values()].join("\n").match(/def parse_11\(/g)).toHaveLength(1);
});

test("a goal that names no file means the largest source file above the limit", async () => {
  const plan = await planned(tree({ ...files, "src/small.py": "x = 1\n" }), "Split the oversized module into parts");
  expect(plan.notes[0]).toBe("`src/grown.py` was chosen: the largest source file, 173 lines.");
});

test("a class or module name stands for its file", async () => {
  const plan = await planned(tree(files), "Break the `grown` module up into smaller files");
  expect(plan.notes[0]).toBe("`src/grown.py` was chosen: grown stands there.");
});

test("a goal that fits several files is asked back", async () => {
  const root = tree({ ...files, "lib/grown.py": largeModule(12) });
  expect(await planOffline({ root, goal: "Split grown.py into modules", maxLines: 60 })).toEqual({
    kind: "ask",
    question: "Which file shall be split (the repository has 2 files of the name grown.py)? lib/grown.py, src/grown.py",
    candidates: ["lib/grown.py", "src/grown.py"],
  });
});

test.each([
  ["Add a login page", "the goal is not to split a module, which is what allot can plan without a model"],
  ["Split missing.py into modules", "missing.py is not in the repository"],
  [
    "Split the largest file into modules of at most 5000 lines",
    "no source file is above 5000 lines, and the goal names none",
  ],
])("%s is declined with its reason", async (goal, reason) => {
  expect(await planOffline({ root: tree(files), goal, maxLines: 60 })).toEqual({ kind: "declined", reasons: [reason] });
});
