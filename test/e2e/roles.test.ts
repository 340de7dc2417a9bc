/** docs/dispatch.md and the seeds' decision examples against the command that answers them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allotHome, runInside } from "../support/run-allot.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/dispatch.md"), "utf8");

async function linesOf(...args: string[]): Promise<readonly string[]> {
  const ended = await runInside(allotHome(), ["route", "--roles", ...args]);
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  return ended.stdout.split("\n").filter((line) => line.startsWith("- "));
}

test("the example of docs/dispatch.md, which is the seeds' first, prints what stands there", async () => {
  const [, shown = ""] =
    /allot route --roles "Build a blog system with CRUD"\n```\n\n```\n([\s\S]*?)```/.exec(PAGE) ?? [];
  expect(shown.trim().split("\n")).toHaveLength(5);
  expect(await linesOf("Build a blog system with CRUD")).toEqual(shown.trim().split("\n"));
});

test("the seeds' second and third example print as they stand there", async () => {
  expect(await linesOf("Optimize this sorting algorithm")).toEqual([
    "- **100% Claude** — requires deep algorithmic thinking, no delegation",
  ]);
  expect(await linesOf("Add 8 endpoints matching this OpenAPI spec")).toEqual([
    "- **100% Codex** — spec already defined, pure generation task",
    "- Claude only validates afterward",
  ]);
});

test("other holders of the roles are named, and programs get every part with its figures", async () => {
  const args = ["--roles", "--json", "--executor", "claude", "--verifier", "checks", "--big", "opus"];
  const ended = await runInside(allotHome(), ["route", ...args, "Add 8 endpoints matching this OpenAPI spec"]);
  expect(ended.lines[0]).toMatchObject({
    roles: {
      planner: { label: "opus", kind: "model" },
      executor: { label: "Claude Code", kind: "agent", name: "claude" },
      verifier: { name: "checks" },
    },
    parts: [{ role: "executor", rule: "clear-spec", detail: "8 endpoints", lines: 200, outputTokens: 2000 }],
    shares: { planner: 0, executor: 1 },
    lines: ["- **100% Claude Code** — spec already defined, pure generation task", "- allot only validates afterward"],
  });
});
