import { expect, test } from "vitest";
import { nanoUsd } from "../../foundation/units.ts";
import {
  pathsInDraft,
  planFromDraft,
  plannerPrompt,
  problemsPrompt,
  SUBMIT_PLAN,
  type DraftScope,
  type PlannerFacts,
} from "./plan-draft.ts";
import { parseTaskFile, printTaskFile } from "./task-file.ts";

const MODULE = "import json\n\n\ndef load(text):\n    return json.loads(text)\n";

const scope: DraftScope = {
  goal: "Move load() into a module of its own",
  planner: "Claude Sonnet 4.5",
  models: { small: "Claude Haiku 4.5", big: "Claude Sonnet 4.5" },
  facts: {
    files: new Set(["src/app.py"]),
    texts: new Map([["src/app.py", MODULE]]),
    gates: new Set(["only-declared-files"]),
  },
  price: (_tier, input, output) => nanoUsd(input * 1_000 + output * 5_000),
};

const draft = {
  summary: "load() stands alone afterwards.",
  tasks: [
    {
      title: "Create loader.py",
      tier: "exact",
      writes: [{ path: "./src/loader.py", action: "create" }],
      context: "load() moves out of `src/app.py`.",
      steps: [
        { exact: { kind: "create", path: "src/loader.py", content: "import json\n\n\n" } },
        { exact: { kind: "copy", path: "src/app.py", first: 4, last: 5, to: "src/loader.py" } },
      ],
      criteria: [{ text: "load() is there", check: { kind: "defines", path: "src/loader.py", names: ["load()"] } }],
      validation: [{ command: "python -m py_compile src/loader.py" }],
    },
    {
      title: "Import it in app.py",
      tier: "small",
      dependsOn: [1],
      reads: [{ path: "src/app.py", first: 1, last: 5 }],
      writes: [{ path: "src/app.py", action: "edit", first: 1, last: 5 }],
      context: "load() now stands in `src/loader.py`.",
      steps: [{ text: "Replace `load()` in `src/app.py` (lines 4-5) by `from src.loader import load`." }],
      criteria: [{ text: "It imports", check: { kind: "command", index: 1 } }],
      validation: [{ command: "cd src\npython -c 'import app'", timeoutSeconds: 30 }],
      contract: [{ path: "src/app.py", name: "load(text)" }],
    },
  ],
  finalChecks: ["python -m pytest -q"],
};

function planned(input: unknown = draft): Extract<ReturnType<typeof planFromDraft>, { kind: "plan" }>["plan"] {
  const outcome = planFromDraft(input, scope);
  if (outcome.kind !== "plan") throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

test("a draft becomes a plan whose exact steps carry the shas of the tree", () => {
  const [first] = planned().tasks;
  expect(first?.model).toBe("none (exact steps)");
  expect(first?.writes).toEqual([{ path: "src/loader.py", action: "create" }]);
  expect(first?.steps[1]).toEqual({
    text: "Copy lines 4-5 of `src/app.py` to the end of `src/loader.py` (sha 691bd123)",
    exact: { kind: "copy", from: { path: "src/app.py", first: 4, last: 5, sha: "691bd123" }, to: "src/loader.py" },
  });
});

test("models, estimates and the next task are filled in, whatever the planner thinks of them", () => {
  const [first, second] = planned().tasks;
  expect(first?.next).toBe("After validation passes, proceed to Mini-Task 2: Import it in app.py");
  expect(first?.estimate.cost).toBe(0);
  expect(second?.model).toBe("Claude Haiku 4.5");
  const { inputTokens = 0, outputTokens = 0, cost } = second?.estimate ?? {};
  expect(inputTokens).toBeGreaterThan(700);
  expect(cost).toBe(inputTokens * 1_000 + outputTokens * 5_000);
  expect(second?.contract).toEqual([{ path: "src/app.py", name: "load", signature: "(text)" }]);
});

test("a command of several lines is made one that fails with its first failing line", () => {
  expect(planned().tasks[1]?.validation).toEqual([
    { command: "(\nset -e\ncd src\npython -c 'import app'\n)", comment: "", timeoutMs: 30_000 },
  ]);
});

test("every task of a draft's plan is read back from its file", () => {
  for (const task of planned().tasks) expect(parseTaskFile(printTaskFile(task), "t.md")).toEqual(task);
});

test("what does not fit the schema is a problem with its place", () => {
  const outcome = planFromDraft({ tasks: [{ ...draft.tasks[0], tier: "tiny", criteria: [] }] }, scope);
  if (outcome.kind !== "problems") throw new Error(outcome.kind);
  expect(outcome.problems.map((problem) => problem.split(":")[0])).toEqual(["tasks[0].tier", "tasks[0].criteria"]);
});

test.each<[string, unknown, string]>([
  [
    "a range out of the file",
    { steps: [{ exact: { kind: "copy", path: "src/app.py", first: 4, last: 99, to: "src/loader.py" } }] },
    "Mini-Task 1, step 1: step 1 (copy) does not fit",
  ],
  [
    "a path out of the repository",
    { writes: [{ path: "../x.py", action: "create" }] },
    'Mini-Task 1: the path "../x.py" leaves the repository (path-escapes)',
  ],
  [
    "an exact step that lacks its content",
    { steps: [{ exact: { kind: "create", path: "src/loader.py" } }] },
    'Mini-Task 1: step 1 (create) needs "content"',
  ],
  [
    "a check that lacks its path",
    { criteria: [{ text: "x", check: { kind: "syntax" } }] },
    'Mini-Task 1: criterion 1 (syntax) needs "path"',
  ],
  [
    "a vague step",
    { tier: "small", steps: [{ text: "Clean up as needed" }] },
    'leaves "as needed" to the reader (vague-step)',
  ],
  ["a command that never ends", { validation: [{ command: "echo 'x" }] }, "ends in an open single quote"],
])("%s is a problem to send back", (_name, change, message) => {
  const outcome = planFromDraft({ ...draft, tasks: [{ ...draft.tasks[0], ...(change as object) }] }, scope);
  if (outcome.kind !== "problems") throw new Error(outcome.kind);
  expect(outcome.problems.join("\n")).toContain(message);
  expect(problemsPrompt(outcome.problems)).toContain("submit the whole plan again");
});

test("a planner can ask instead of planning", () => {
  expect(planFromDraft({ question: "Which of the two loaders?" }, scope)).toEqual({
    kind: "question",
    question: "Which of the two loaders?",
  });
});

test("the paths of a draft are known before it is judged", () => {
  expect(pathsInDraft(draft)).toEqual(["src/loader.py", "src/app.py"]);
  expect(pathsInDraft("no draft")).toEqual([]);
});

test("the planner's tool describes itself in JSON Schema", () => {
  expect(SUBMIT_PLAN.inputSchema).toMatchObject({
    type: "object",
    properties: { tasks: { type: "array" }, finalChecks: { type: "array" } },
  });
  expect(SUBMIT_PLAN.inputSchema).not.toHaveProperty("$schema");
});

const facts: PlannerFacts = {
  goal: "Split it",
  map: "src/\n  app.py (1 KB)",
  files: [{ path: "src/app.py", firstLine: 4, text: "def load(text):\n    return 1\n" }],
  languages: ["python"],
  testCommand: "python -m pytest -q",
  gates: ["only-declared-files"],
  models: { small: "Claude Haiku 4.5", big: "Claude Sonnet 4.5" },
  decision: "delegate",
};

test("the planner sees the goal, the map, numbered lines, the gates and the limits", () => {
  const { system, user } = plannerPrompt(facts);
  expect(user).toContain('<file path="src/app.py" lines="4-5">\n4\tdef load(text):\n5\t    return 1\n</file>');
  expect(user).toContain("<goal>\nSplit it\n</goal>");
  for (const said of [
    "at most 2 files",
    "2,000 and 5,000 tokens",
    "at most 100 words",
    "only-declared-files",
    "Claude Haiku 4.5",
  ])
    expect(system).toContain(said);
});

test("a tier without a model is not offered, and a direct goal is one task", () => {
  const { system } = plannerPrompt({ ...facts, models: { small: undefined, big: "GPT-5" }, decision: "direct" });
  expect(system).toContain("small: not available");
  expect(system).toContain("submit one mini-task of tier big");
});
