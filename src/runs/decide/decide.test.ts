import { expect, test } from "vitest";
import {
  DECISION_TREE,
  THRESHOLDS,
  decide,
  decideGoal,
  goalFacts,
  type Decision,
  type RepositoryFacts,
} from "./decide.ts";

function repositoryOf(lines: Readonly<Record<string, number>>): RepositoryFacts {
  return {
    files: Object.keys(lines),
    read: (path) => Promise.resolve(lines[path] === undefined ? undefined : "x\n".repeat(lines[path])),
  };
}

const repository = repositoryOf({
  "core/agents/todoist.py": 2897,
  "core/agents/base.py": 120,
  "core/cli.py": 340,
  "core/config.py": 80,
  "core/models.py": 200,
  "core/tools.py": 150,
  "README.md": 40,
  "docs/guide.md": 90,
  "docs/setup.md": 50,
  "docs/faq.md": 60,
  "config/dev.yaml": 20,
  "config/prod.yaml": 20,
  "config/test.yaml": 20,
  "package.json": 30,
});

const kindOf = async (goal: string): Promise<Decision["kind"]> => (await decideGoal(goal, repository)).kind;

test.each([
  ["splitting a large file", "Split todoist.py into focused modules"],
  ["splitting, in other words", "core/agents/todoist.py is too large, break it up into smaller files"],
  ["repetitive edits", "Compress the 50 docstrings in todoist.py to one line each"],
  ["documentation consolidation", "Consolidate README.md, docs/guide.md and docs/setup.md into one guide"],
  ["documentation consolidation without names", "Merge all docs into one guide and delete the old ones"],
  ["test creation", "Write unit tests for every module in core"],
  ["schema updates", "Rename the key `api_url` to `base_url` in all config files"],
  ["a rename in many places", "Rename `TodoistAgent` to `TaskAgent` in 30 files"],
  ["a rename everywhere", "Rename `TodoistAgent` to `TaskAgent` everywhere"],
  ["edits counted by any plural", "Convert the 12 callbacks in core/cli.py to async"],
  ["a migration of the whole project", "Convert the whole codebase to Python 3.14 syntax"],
  ["a list of five and more points", "Do this:\n- add a to core/cli.py\n- add b\n- add c\n- add d\n- add e"],
])("a good use case is delegated: %s", async (_name, goal) => {
  expect(await kindOf(goal)).toBe("delegate");
});

test.each([
  ["debugging", "Debug why the reminder tool sometimes creates two reminders"],
  ["debugging, as a bug to fix", "Fix the bug where login fails after midnight"],
  ["architectural decisions", "Should we use SQLite or Postgres for the task store?"],
  ["a design", "Design the architecture of the plugin system"],
  ["exploratory work", "Find all places where TodoistAgent is used"],
  ["exploring by a question", "How does the caching layer in todoist.py work?"],
  ["a one-off quick fix", "Fix the typo in README.md"],
  ["a small change of one file", "Set the default of `timeout` in core/config.py to 30"],
  ["a feature whose place is open", "Implement OAuth login"],
  ["a wish about one file", "Refactor core/cli.py"],
  ["two documents to merge", "Merge docs/guide.md and docs/setup.md"],
  ["user interaction", "Rename the agents, but ask me for each name first"],
])("a bad use case is done directly: %s", async (_name, goal) => {
  expect(await kindOf(goal)).toBe("direct");
});

test.each([
  ["an empty goal", "", "What shall be done? One sentence with the change and the file it is about is enough."],
  [
    "a goal of signs only",
    " ... ",
    "What shall be done? One sentence with the change and the file it is about is enough.",
  ],
  [
    "a goal that keeps and deletes the same file",
    "Keep core/cli.py and delete core/cli.py",
    'Which of the two is meant? The goal contradicts itself: it wants opposite things for "core/cli.py".',
  ],
  [
    "a change that may change nothing",
    "Split todoist.py into modules but do not change any files",
    'Which of the two is meant? The goal contradicts itself: it asks for a change and says "do not change any files".',
  ],
  [
    "a file that is not there",
    "Remove the unused imports from core/none.py",
    "Which file is meant? core/none.py is not in the repository.",
  ],
  ["a greeting", "hello", "What exactly shall be changed, in which files, and how will you see that it is done?"],
  [
    "a wish about everything",
    "Improve the quality of the whole code",
    "What exactly shall be changed, in which files, and how will you see that it is done?",
  ],
  ["a wish", "Make it better", "What exactly shall be changed, in which files, and how will you see that it is done?"],
])("%s is asked back", async (_name, goal, question) => {
  expect(await decideGoal(goal, repository)).toMatchObject({ kind: "ask", question });
});

test("the decision shows its reasons and its way through the tree", async () => {
  expect(await decideGoal("Compress the 50 docstrings in todoist.py", repositoryOf({ "todoist.py": 300 }))).toEqual({
    kind: "delegate",
    reasons: [
      "about 50 similar edits: one pattern is designed and applied many times (estimated saving 60 to 80%)",
      "todoist.py has 300 lines",
      "about 50 similar edits are asked for",
    ],
    path: [
      { question: "Does the goal say anything?", answer: "yes" },
      { question: "Does it contradict itself?", answer: "no" },
      {
        question: "Is it debugging, architecture, exploring, a quick fix, or work with the user's input on the way?",
        answer: "no",
      },
      { question: "Is it to split a module?", answer: "no" },
      { question: "Does it name a file to change that is not in the repository?", answer: "no" },
      { question: "Is it documentation, tests or configuration in several pieces?", answer: "no" },
      { question: "Is it a large project (several files, or one very large)?", answer: "no" },
      { question: "Is it well-defined (known what to change, and where)?", answer: "yes" },
      { question: "Is it repetitive (10 or more similar edits)?", answer: "yes" },
    ],
  });
});

test.each([
  [9, "direct"],
  [10, "delegate"],
])("%i similar edits in one file are done: %s", async (edits, kind) => {
  const facts = await goalFacts(`Shorten the ${edits} docstrings in core/cli.py`, repository);
  expect(facts.edits).toBe(edits);
  expect(decide(facts).kind).toBe(kind);
});

test.each([
  [4, "direct"],
  [5, "delegate"],
])("a large goal of %i atomic tasks is done: %s", async (pieces, kind) => {
  const facts = await goalFacts("Apply the new logging in several places", repository);
  expect(decide({ ...facts, touchesManyFiles: true, pieces }).kind).toBe(kind);
});

test("the thresholds are those of the seeds", () => {
  expect([THRESHOLDS.similarEdits, THRESHOLDS.atomicTasks]).toEqual([10, 5]);
});

test("every question of the tree is reachable from the first", () => {
  const seen = new Set<string>(["says-something"]);
  for (const id of seen) {
    const { yes, no } = DECISION_TREE[id as keyof typeof DECISION_TREE];
    for (const way of [yes, no]) if ("go" in way) seen.add(way.go);
  }
  expect([...seen].sort()).toEqual(Object.keys(DECISION_TREE).sort());
});

test("a library's name is not taken for a file", async () => {
  expect((await goalFacts("Let core/cli.py run on Node.js 24", repository)).files.map(({ name }) => name)).toEqual([
    "core/cli.py",
  ]);
});
