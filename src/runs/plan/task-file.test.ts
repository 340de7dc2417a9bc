import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromUsd } from "../../foundation/units.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { parseTaskDocument, parseTaskFile, printTaskFile } from "./task-file.ts";

const golden = (name: string): string =>
  readFileSync(new URL(`../../../test/golden/plans/${name}`, import.meta.url), "utf8");
const example = golden("seed-example-mini-task.md");
const template = golden("seed-template.md");

test.each([
  ["the seeds' example", example],
  ["the seeds' template", template],
  ["the example without a newline at its end", example.trimEnd()],
  ["the example with Windows line ends", example.replaceAll("\n", "\r\n")],
])("%s parses and prints back byte for byte", (_name, text) => {
  expect(printTaskFile(parseTaskFile(text, "t.md"))).toBe(text);
});

test("the seeds' example is read as its words say", () => {
  const task = parseTaskFile(example, "t.md");
  expect(task).toMatchObject({
    number: 2,
    title: "Extract Base TodoistAgent Class",
    tier: "small",
    model: "Claude 3.5 Haiku",
    estimate: { inputTokens: 3000, outputTokens: 800 },
    dependsOn: [],
    reads: [
      { path: "core/agents/todoist.py", lines: { first: 1, last: 100 }, optional: false, note: "__init__ and helpers" },
    ],
    writes: [{ path: "core/agents/todoist/base.py", action: "create" }],
    intro: "Create `core/agents/todoist/base.py` with the following content:",
    next: "After completing this, move to Mini-Task 3: Extract Task Tools",
  });
  expect(task.steps).toHaveLength(5);
  expect(task.steps[3]?.text).toContain("- `_error()` (lines 142-147)");
  expect(task.steps[4]?.text).toContain(
    'Import from __init__.py to get complete TodoistAgent with all tools.\n"""\n```',
  );
  expect(task.criteria.map(({ check }) => check)).toEqual([
    { kind: "file-exists", path: "core/agents/todoist/base.py" },
    {
      kind: "defines",
      path: "core/agents/todoist/base.py",
      names: ["_get_projects", "_find_project_by_name", "_get_sections", "_get_labels", "_success", "_error"],
    },
    undefined,
    undefined,
    undefined,
  ]);
  expect(task.validation).toEqual([
    { command: "ls -lh core/agents/todoist/base.py", comment: "File should exist", timeoutMs: 120_000 },
    { command: "wc -l core/agents/todoist/base.py", comment: "Should be ~400 lines", timeoutMs: 120_000 },
    {
      command: 'grep -q "class TodoistAgent" core/agents/todoist/base.py && echo "OK"',
      comment: "Should contain TodoistAgent class",
      timeoutMs: 120_000,
    },
  ]);
});

test("the seeds' template is read with its placeholders as blanks", () => {
  const task = parseTaskFile(template, "t.md");
  expect(task.number).toBe(0);
  expect(task.estimate).toEqual({ inputTokens: 0, outputTokens: 0 });
  expect(task.reads.map(({ optional, note }) => [optional, note])).toEqual([
    [false, "lines X-Y"],
    [true, "lines A-B"],
  ]);
  expect(task.writes).toEqual([
    { path: "path/to/new_file.py", action: "create" },
    { path: "path/to/existing.py", action: "edit", lines: { first: 50, last: 60 } },
  ]);
  expect(task.validation).toHaveLength(8);
  expect(task.validation[1]?.command).toBe("wc -l path/to/new_file.py  # Should be ~600 lines");
  expect(task.onFailure).toEqual([
    "Report exact error message",
    "Do NOT attempt to fix (ask big model)",
    "Include validation output in report",
  ]);
});

test.each([example, template])("what was parsed prints in allot's own layout to an equal task", (text) => {
  const task = parseTaskFile(text, "t.md");
  const copy = structuredClone(task);
  expect(parseTaskFile(printTaskFile(copy), "t.md")).toEqual(task);
});

test("a changed part is written anew and the others keep their layout", () => {
  const document = parseTaskDocument(example, "t.md");
  const changed = {
    ...document.task,
    estimate: { inputTokens: 2500, outputTokens: 600, cost: fromUsd(0.0014) },
    dependsOn: [1],
  };
  expect(printTaskFile(changed, document)).toBe(
    example.replace(
      "**Estimated Tokens**: 3,000 input + 800 output\n",
      "**Estimated Tokens**: 2,500 input + 600 output\n**Estimated Cost**: $0.0014\n**Depends on**: Mini-Task 1\n",
    ),
  );
});

test.each([
  ["an unknown section", "## Validation", "## Validaton", 50, "Validaton"],
  ["an unknown field", "**Estimated Tokens**", "**Estimated Token**", 4, "Estimated Token"],
  ["a number that is none", "3,000 input", "many input", 4, "many input"],
  ["a range that runs backwards", "lines 1-100 only", "lines 50-40 only", 6, "50-40"],
  ["a path that leaves the repository", "- `core/agents/todoist/base.py`", "- `../base.py`", 9, "../base.py"],
  ["an absolute path", "- `core/agents/todoist/base.py`", "- `/etc/passwd`", 9, "/etc/passwd"],
  ["a path into .git", "- `core/agents/todoist/base.py`", "- `.git/hooks/pre-commit`", 9, ".git"],
  ["a doubled section", "## Next Task", "## Validation", 63, "stands twice"],
  [
    "a binding that is none",
    "- [ ] Module docstring explains purpose",
    "- [ ] Docstring → looks-good `x.py`",
    46,
    "looks-good",
  ],
  [
    "a command that does not exist",
    "- [ ] Module docstring explains purpose",
    "- [ ] Docstring → command 4",
    46,
    "command 4 of 3",
  ],
  [
    "an exact step with a bad sha",
    "1. Copy imports from todoist.py (lines 1-15)",
    "1. Copy lines 1-15 of `a.py` to the end of `b.py` (sha xyz)",
    15,
    "xyz",
  ],
  ["a missing model", "**Model**: Claude 3.5 Haiku\n", "", 1, "no model"],
  ["an open code block", "```\n\n## Next Task", "\n## Next Task", 52, "never closed"],
  ["a time limit that is none", "# File should exist", "# timeout: soon", 53, "soon"],
  ["an open quote in a command", 'base.py && echo "OK"', 'base.py && echo "OK', 60, "double quote"],
  ["prose in an exact task", "Claude 3.5 Haiku", "none (exact steps)", 15, "Copy imports"],
])("%s is refused with its line", (_name, from, to, line, met) => {
  const broken = example.replace(from, to);
  expect(broken).not.toBe(example);
  try {
    parseTaskFile(broken, "tasks/02-base.md");
    expect.unreachable("the file was accepted");
  } catch (error) {
    if (!isAllotError(error, "task-file-invalid")) throw error;
    expect(error.message).toContain(met);
    expect(error.message.split(": ")[0]).toBe(`tasks/02-base.md:${line}`);
  }
});
