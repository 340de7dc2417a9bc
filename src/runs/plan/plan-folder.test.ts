import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fromUsd } from "../../foundation/units.ts";
import type { MiniTask } from "./mini-task.ts";
import type { Plan } from "./plan.ts";
import { lintPlan } from "./lint.ts";
import { findingPlace, planHash, readPlan, writePlan } from "./plan-folder.ts";

function task(number: number, title: string, more: Partial<MiniTask> = {}): MiniTask {
  return {
    number,
    title,
    tier: "small",
    model: "Claude 3.5 Haiku",
    estimate: { inputTokens: 2500, outputTokens: 600, cost: fromUsd(0.001375) },
    dependsOn: [],
    reads: [],
    writes: [{ path: `src/part${number}.py`, action: "create" }],
    context: "A part of the split.",
    steps: [{ text: `Create \`src/part${number}.py\` with the function \`part${number}\`.` }],
    snippets: [],
    criteria: [{ text: "It is there", done: false, check: { kind: "file-exists", path: `src/part${number}.py` } }],
    validation: [{ command: `python -m py_compile src/part${number}.py`, comment: "", timeoutMs: 120_000 }],
    contract: [],
    onFailure: ["Report exact error message"],
    next: "",
    ...more,
  };
}

const plan: Plan = {
  goal: "Split `src/app.py` into focused modules | keep imports",
  summary:
    "### File structure\n\n```\nsrc/\n├── part1.py (30 lines)\n```\n\n## One heading too many\n\n- All parts import from part1",
  nonGoals: ["No change of behaviour", "No new names:\n  neither public nor private"],
  tasks: [task(1, "Extract part one"), task(2, "Extract [part] two | rest", { dependsOn: [1] })],
  planner: "offline planner",
  finalChecks: ["python -m pytest -q", "python - <<'EOF'\nimport src.app\nEOF"],
  notes: ["Part 2 is above the limit"],
};

async function folder(written: Plan = plan): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "allot-plan-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  await writePlan(dir, written);
  return dir;
}

const edit = (dir: string, file: string, from: string, to: string): void => {
  const text = readFileSync(join(dir, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(dir, file), text.replace(from, to));
};

test("a plan that was written and not touched reads back as it was, with the same hash", async () => {
  const read = await readPlan(await folder());
  expect(read.plan).toEqual(plan);
  expect(read.hash).toBe(planHash(plan));
});

test("a goal of several lines reads back as it was", async () => {
  const long = {
    ...plan,
    goal: "Split it.\n\n## Why\n\nIt is too large.",
    nonGoals: [],
    notes: [],
    finalChecks: [],
    summary: "",
  };
  expect((await readPlan(await folder(long))).plan).toEqual(long);
});

test("plan.md sums up the tasks and the forecast for the reader", async () => {
  const text = readFileSync(join(await folder(), "plan.md"), "utf8");
  expect(text).toContain(
    "| 1 | [Extract part one](tasks/01-extract-part-one.md) | Claude 3.5 Haiku | 2,500 + 600 | $0.001375 | ~16 s | |",
  );
  expect(text).toContain("| | **Total** | | 5,000 + 1,200 | $0.00275 | ~32 s | |");
});

test("an edit of a task file counts, and the table beside it may be old", async () => {
  const dir = await folder();
  edit(dir, "tasks/01-extract-part-one.md", "2,500 input", "3,100 input");
  const read = await readPlan(dir);
  expect(read.plan.tasks[0]?.estimate.inputTokens).toBe(3100);
  expect(read.hash).not.toBe(planHash(plan));
});

test("a task taken out of both places is out of the plan", async () => {
  const dir = await folder();
  const text = readFileSync(join(dir, "plan.md"), "utf8");
  writeFileSync(join(dir, "plan.md"), text.replace(/^\| 2 \|.*\n/m, ""));
  rmSync(join(dir, "tasks/02-extract-part-two-rest.md"));
  expect((await readPlan(dir)).plan.tasks.map(({ number }) => number)).toEqual([1]);
});

test.each<[string, (dir: string) => void, string]>([
  [
    "a task file that is gone",
    (dir) => rmSync(join(dir, "tasks/01-extract-part-one.md")),
    "plan.md:22: the table names tasks/01-extract-part-one.md, which does not exist",
  ],
  [
    "a task file in no row",
    (dir) => writeFileSync(join(dir, "tasks/03-more.md"), "# Mini-Task 3: More"),
    "plan.md:23: tasks/03-more.md is in no row",
  ],
  [
    "numbers that clash",
    (dir) => edit(dir, "tasks/01-extract-part-one.md", "# Mini-Task 1", "# Mini-Task 5"),
    "plan.md:22: the table says 1, tasks/01-extract-part-one.md says 5",
  ],
  [
    "a row named twice",
    (dir) => edit(dir, "plan.md", "| 2 | [Extract", "| 1 | [Extract"),
    "plan.md:23: number 1 stands in line 22 too",
  ],
  [
    "a figure changed in the table alone",
    (dir) => edit(dir, "plan.md", "| 2,500 + 600 | $0.001375 | ~16 s | |", "| 9,999 + 600 | $0.001375 | ~16 s | |"),
    'plan.md:22: the table gives tasks/01-extract-part-one.md the tokens "9,999 + 600"',
  ],
  [
    "a renamed task file",
    (dir) => renameSync(join(dir, "tasks/01-extract-part-one.md"), join(dir, "tasks/01-other.md")),
    "plan.md:23: tasks/01-other.md is in no row",
  ],
])("%s is refused as stale", async (_name, change, message) => {
  const dir = await folder();
  change(dir);
  await expect(readPlan(dir)).rejects.toMatchObject({
    code: "plan-stale",
    message: expect.stringContaining(message) as string,
  });
});

test.each<[string, string, string, string]>([
  ["an unknown section", "## Notes", "## Note", 'plan.md:45: the section "Note" is unknown'],
  [
    "a task file outside the folder",
    "(tasks/01-extract-part-one.md)",
    "(../../etc/passwd.md)",
    "plan.md:22: the task's file is",
  ],
  [
    "a row that is none",
    "| 1 | [Extract part one](tasks/01-extract-part-one.md)",
    "| 1 | Extract part one",
    "plan.md:22: met the row",
  ],
  [
    "an open here document",
    "import src.app\nEOF",
    "import src.app",
    "plan.md:40: the command ends in the here document EOF",
  ],
])("%s in plan.md is refused with its line", async (_name, from, to, message) => {
  const dir = await folder();
  edit(dir, "plan.md", from, to);
  await expect(readPlan(dir)).rejects.toMatchObject({
    code: "plan-invalid",
    message: expect.stringContaining(message) as string,
  });
});

test("a broken task file is refused with its own file and line", async () => {
  const dir = await folder();
  edit(dir, "tasks/01-extract-part-one.md", "## Validation", "## Validatoin");
  await expect(readPlan(dir)).rejects.toMatchObject({
    code: "task-file-invalid",
    message: expect.stringContaining("tasks/01-extract-part-one.md:") as string,
  });
});

test("files of an earlier plan go when a new one is written", async () => {
  const dir = await folder();
  await writePlan(dir, { ...plan, tasks: [task(1, "Only one")] });
  expect(readdirSync(join(dir, "tasks"))).toEqual(["01-only-one.md"]);
});

test("a finding of the linter is told with the file and the line that a person edits", async () => {
  const dir = await folder();
  const file = "tasks/01-extract-part-one.md";
  edit(
    dir,
    file,
    "1. Create `src/part1.py` with the function `part1`.",
    "1. Create `src/part1.py` with the function `part1`.\n2. Clean up as needed",
  );
  edit(dir, file, "→ file-exists `src/part1.py`", "→ unbound");
  edit(dir, file, "python -m py_compile src/part1.py", "python -m py_compile src/part1.py || true");
  const { plan: edited } = await readPlan(dir);
  const findings = lintPlan(edited, { files: new Set(), texts: new Map() });
  const lines = readFileSync(join(dir, file), "utf8").split("\n");
  const places = await Promise.all(findings.map((finding) => findingPlace(dir, finding)));
  const told = places.map((place, index) => `${findings[index]?.code}: ${lines[Number(place.split(":")[1]) - 1]}`);
  expect(told).toEqual([
    "vague-step: 2. Clean up as needed",
    "unbound-criterion: - [ ] It is there → unbound",
    "validation-cannot-fail: python -m py_compile src/part1.py || true",
  ]);
  expect(places.every((place) => place.startsWith(`${file}:`))).toBe(true);
});
