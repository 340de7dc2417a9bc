import { expect, test } from "vitest";
import { command, criterion, exact, facts, KEY, plan, task } from "../../../test/support/sample-plans.ts";
import { lintPlan, pathsNamedBy } from "./lint.ts";
import type { Plan } from "./plan.ts";

test.each<[string, Plan]>([
  ["one mini-task for a small model", plan([task(1)])],
  [
    "two in parallel and one behind them",
    plan([
      task(1),
      task(2),
      task(3, {
        dependsOn: [1, 2],
        writes: [{ path: "src/app.py", action: "edit", lines: { first: 1, last: 9 } }],
        criteria: [{ text: "ok", done: false, check: { kind: "command", index: 1 } }],
        contract: [],
      }),
    ]),
  ],
  [
    "a task that reads what the one before it made",
    plan([task(1), task(2, { dependsOn: [1], reads: [{ path: "src/part1.py", optional: false, note: "" }] })]),
  ],
  ["an exact mini-task", plan([exact])],
  [
    "an optional file that is not there",
    plan([task(1, { reads: [{ path: "src/none.py", optional: true, note: "" }] })]),
  ],
  [
    "a file deleted, and absent afterwards",
    plan([
      task(1, {
        writes: [{ path: "src/old.py", action: "delete" }],
        ...criterion({ kind: "file-absent", path: "src/old.py" }),
        contract: [],
        ...command("test ! -e src/old.py"),
      }),
    ]),
  ],
  [
    "the CI where the goal speaks of it",
    plan(
      [
        task(1, {
          writes: [{ path: ".github/workflows/ci.yml", action: "edit" }],
          contract: [],
          ...criterion({ kind: "command", index: 1 }),
        }),
      ],
      { goal: "Let the CI run on Node 24" },
    ),
  ],
  [
    "commands as the seeds have them",
    plan([
      task(1, {
        validation: [
          "ls -lh src/part1.py",
          "wc -l src/part1.py  # Should be ~600 lines",
          'grep -q "def load" src/part1.py && echo "load: OK"',
          "rm -rf build/out",
          "curl -fs http://127.0.0.1:8080/",
          "grep -q '|| true' src/part1.py",
        ].map((text) => ({ command: text, comment: "", timeoutMs: 1000 })),
      }),
    ]),
  ],
])("a good plan has no findings: %s", (_name, good) => {
  expect(lintPlan(good, facts)).toEqual([]);
});

test("a secret is not repeated in its own finding", () => {
  const found = lintPlan(plan([task(1, { context: KEY })]), facts);
  expect(JSON.stringify(found)).not.toContain("q".repeat(10));
});

test("all faults of a plan are found in one go", () => {
  const codes = lintPlan(plan([task(1, { steps: [], criteria: [], validation: [] })]), facts).map(({ code }) => code);
  expect(codes).toEqual(["no-steps", "no-criteria", "no-validation"]);
});

test("the paths a plan names are those whose texts the linter wants to see", () => {
  expect(pathsNamedBy(plan([exact, task(2, criterion({ kind: "syntax", path: "src/z.py" }))]))).toEqual([
    "src/app.py",
    "src/part1.py",
    "src/part2.py",
    "src/z.py",
  ]);
});
