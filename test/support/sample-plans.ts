import type { LintFacts } from "../../src/runs/plan/lint.ts";
import type { MiniTask } from "../../src/runs/plan/mini-task.ts";
import type { Plan } from "../../src/runs/plan/plan.ts";
import { exactTaskStep } from "../../src/runs/plan/text/step-text.ts";

/** A small repository and plans for it that the linter finds nothing in, to be spoilt by tests. */
const MODULE =
  "import json\n\n\ndef load(text):\n    return json.loads(text)\n\n\ndef dump(value):\n    return json.dumps(value)\n";

export const facts: LintFacts = {
  files: new Set([
    "src/app.py",
    "src/old.py",
    "src/a.py",
    "src/b.py",
    "src/c.py",
    "README.md",
    ".github/workflows/ci.yml",
    "tests/test_app.py",
  ]),
  texts: new Map([
    ["src/app.py", MODULE],
    ["src/old.py", "x = 1\n"],
  ]),
  gates: new Set(["only-declared-files", "tests-untouched"]),
};

/** A good mini-task for a small model, changed by `more`. */
export function task(number: number, more: Partial<MiniTask> = {}): MiniTask {
  const path = `src/part${number}.py`;
  return {
    number,
    title: `Extract part ${number}`,
    tier: "small",
    model: "Claude 3.5 Haiku",
    estimate: { inputTokens: 2_500, outputTokens: 600 },
    dependsOn: [],
    reads: [{ path: "src/app.py", lines: { first: 1, last: 9 }, optional: false, note: "" }],
    writes: [{ path, action: "create" }],
    context: "`src/app.py` is split into modules; this one holds the loading.",
    steps: [{ text: `Create \`${path}\` with the function \`load()\` of \`src/app.py\` (lines 4-5) as it is.` }],
    snippets: [],
    criteria: [{ text: "The file is there", done: false, check: { kind: "file-exists", path } }],
    validation: [{ command: `python -m py_compile ${path}`, comment: "", timeoutMs: 120_000 }],
    contract: [{ path, name: "load", signature: "(text)" }],
    onFailure: [],
    next: "",
    ...more,
  };
}

/** A good exact mini-task. */
export const exact = task(1, {
  tier: "exact",
  model: "none (exact steps)",
  estimate: { inputTokens: 0, outputTokens: 0 },
  steps: [
    exactTaskStep({ kind: "create", path: "src/part1.py", content: "import json\n" }),
    exactTaskStep({
      kind: "copy",
      from: { path: "src/app.py", first: 4, last: 5, sha: "691bd123" },
      to: "src/part1.py",
    }),
  ],
});

/** A good plan of these tasks. */
export function plan(tasks: readonly MiniTask[], more: Partial<Plan> = {}): Plan {
  return {
    goal: "Split src/app.py into modules",
    summary: "",
    nonGoals: [],
    tasks,
    planner: "test",
    finalChecks: ["python -m pytest -q"],
    notes: [],
    ...more,
  };
}

/** Has the shape of a key and is none. */
export const KEY = `sk-ant-${"q".repeat(32)}`;

/** With this as its only validation command. */
export const command = (text: string): Partial<MiniTask> => ({
  validation: [{ command: text, comment: "", timeoutMs: 120_000 }],
});
/** With these steps in prose. */
export const steps = (...texts: string[]): Partial<MiniTask> => ({ steps: texts.map((text) => ({ text })) });
/** With one criterion bound to this check, or unbound. */
export const criterion = (check: MiniTask["criteria"][number]["check"]): Partial<MiniTask> => ({
  criteria: [{ text: "It holds", done: false, ...(check === undefined ? {} : { check }) }],
});
