import { diffLines } from "../../../src/runs/gates/facts/line-diff.ts";
import type { Change, GateFacts, TreeView } from "../../../src/runs/gates/gate.ts";
import { parseTaskFile } from "../../../src/runs/plan/task-file.ts";

export type Files = Readonly<Record<string, string>>;

/** Facts of two sets of files and a task's Markdown, without git and without commands. */
export function memoryFacts(task: string, base: Files, head: Files, report?: string): GateFacts {
  return {
    task: parseTaskFile(task, "task.md"),
    base: tree("base", base),
    head: tree("head", head),
    changes: changesOf(base, head),
    run: () => Promise.reject(new Error("no commands here")),
    ...(report === undefined ? {} : { report }),
  };
}

function tree(revision: string, files: Files): TreeView {
  return { revision, read: async (path) => files[path], list: async () => Object.keys(files).toSorted() };
}

function changesOf(base: Files, head: Files): Change[] {
  const paths = [...new Set([...Object.keys(base), ...Object.keys(head)])].toSorted();
  return paths.flatMap((path): Change[] => {
    const [before, after] = [base[path], head[path]];
    if (before === after) return [];
    const hunks = diffLines(before ?? "", after ?? "");
    const addedLines = hunks.reduce((sum, hunk) => sum + hunk.after.length, 0);
    const removedLines = hunks.reduce((sum, hunk) => sum + hunk.before.length, 0);
    return [
      {
        path,
        kind: before === undefined ? "added" : after === undefined ? "deleted" : "modified",
        addedLines,
        removedLines,
      },
    ];
  });
}

/** A mini-task in the seeds' template. */
export function taskText(parts: {
  readonly write: readonly string[];
  readonly steps: readonly string[];
  readonly context?: string;
  readonly title?: string;
}): string {
  return [
    `# Mini-Task 1: ${parts.title ?? "Do the work"}`,
    "",
    "**Model**: Claude 3.5 Haiku",
    "**Estimated Tokens**: 1,000 input + 300 output",
    "",
    "**Files to Create/Edit**:",
    ...parts.write.map((path) => `- ${path}`),
    "",
    ...(parts.context === undefined ? [] : ["## Context", "", parts.context, ""]),
    "## Task",
    "",
    ...parts.steps.map((step, index) => `${index + 1}. ${step}`),
    "",
    "## Acceptance Criteria",
    "",
    "- [ ] All tests pass",
    "",
    "## Validation",
    "",
    "```bash",
    "true",
    "```",
    "",
  ].join("\n");
}
