import { expect, test } from "vitest";
import { readSplitGoal } from "./split-goal.ts";

test.each<[string, { files?: string[]; names?: string[]; maxLines?: number }]>([
  ["Split todoist.py into focused modules", { files: ["todoist.py"] }],
  ["Split `core/agents/todoist.py` into 6 modules", { files: ["core/agents/todoist.py"] }],
  ["Break up lib/command.js", { files: ["lib/command.js"] }],
  ["please break the file src/server.ts down into smaller pieces", { files: ["src/server.ts"] }],
  ["Modularise ./bottle.py, keep the public API", { files: ["bottle.py"] }],
  ["modularize tabulate/__init__.py", { files: ["tabulate/__init__.py"] }],
  ["Divide utils.mjs into several files and keep all imports working", { files: ["utils.mjs"] }],
  ["src/big.tsx is too large: cut it into components", { files: ["src/big.tsx"] }],
  ["Decompose the `parser` module", { files: [], names: ["parser"] }],
  ["Split the TodoistAgent class into modules", { files: [], names: ["TodoistAgent"] }],
  ["Turn app.py into a package", { files: ["app.py"] }],
  ["Split the largest file into modules", { files: [], names: [] }],
  ["Split todoist.py into base.py, task_tools.py and gtd_tools.py", { files: ["todoist.py"] }],
  [
    "Split tabulate/__init__.py into cohesive modules of at most about 600 lines; every import path, public name and behaviour that other code uses stays as it is.",
    { files: ["tabulate/__init__.py"], maxLines: 600 },
  ],
  ["Split a.py into modules under 1,200 lines each", { files: ["a.py"], maxLines: 1200 }],
  ["Split a.py so that no file has more than 400 lines; use at most 400 lines", { files: ["a.py"], maxLines: 400 }],
  ["Split main.py into modules without changing its behaviour and update the imports", { files: ["main.py"] }],
])("%s", (goal, expected) => {
  const reading = readSplitGoal(goal);
  if (reading.kind !== "split") throw new Error(reading.reasons.join());
  expect(reading.goal).toMatchObject(expected);
  expect(reading.goal.maxLines).toBe(expected.maxLines);
});

test.each([
  ["Add a REST API", "not to split"],
  ["Do not split todoist.py", "not to split"],
  ["Fix the bug in parse() of lexer.py", "not to split"],
  ["Split the string at commas", "no module or file"],
  ["Split todoist.py into modules and add type hints everywhere", '"add"'],
  ["Split lib/command.js into files, then convert it to TypeScript", '"convert"'],
  ["Break up server.ts and write tests for each part", '"write tests"'],
])("%s is not of the family", (goal, reason) => {
  const reading = readSplitGoal(goal);
  expect(reading.kind === "other" ? reading.reasons.join() : "split").toContain(reason);
});
