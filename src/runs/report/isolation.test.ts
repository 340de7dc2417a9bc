import { expect, test } from "vitest";
import type { TaskOutcome, WorkspaceShare } from "../run.ts";
import { isolationOf } from "./isolation.ts";

function outcome(number: number, title: string, workspace: WorkspaceShare | undefined): TaskOutcome {
  return {
    number,
    title,
    kind: "accepted",
    reason: "",
    rev: undefined,
    baseRev: "",
    attempts: [],
    gates: [],
    workerReport: "",
    created: [],
    workspace,
  };
}

const share = (tokens: number, repositoryTokens: number): WorkspaceShare => ({
  bytes: tokens * 4,
  repositoryBytes: repositoryTokens * 4,
  tokens,
  repositoryTokens,
});

test("the seeds' figure: a workspace of 16k tokens in a repository of 600k saves 97%", () => {
  expect(isolationOf([outcome(1, "backend", share(16_000, 600_000))])).toEqual({
    parts: [{ task: 1, name: "backend", tokens: 16_000, repositoryTokens: 600_000, savedPercent: 97 }],
    tokens: 16_000,
    repositoryTokens: 600_000,
    savedPercent: 97,
  });
});

test("each part would have had the repository to itself; what has no workspace is left out", () => {
  const tasks = [
    outcome(1, "backend", share(100, 1_000)),
    outcome(2, "exact", undefined),
    outcome(3, "old", { bytes: 4, repositoryBytes: 4_000 }),
    outcome(4, "frontend", share(300, 1_000)),
  ];
  const isolation = isolationOf(tasks, ({ number }) => `part ${number}`);
  expect(isolation?.parts.map(({ name, savedPercent }) => [name, savedPercent])).toEqual([
    ["part 1", 90],
    ["part 4", 70],
  ]);
  expect([isolation?.tokens, isolation?.repositoryTokens, isolation?.savedPercent]).toEqual([400, 2_000, 80]);
  expect(isolationOf([outcome(2, "exact", undefined)])).toBeUndefined();
});

test("a repository smaller than what a worker is given saves nothing, and never less", () => {
  expect(isolationOf([outcome(1, "backend", share(500, 100))])?.savedPercent).toBe(0);
});
