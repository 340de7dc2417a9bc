/** `test --generate` and `refactor --apply` by the command line: what is written is proven by a run. */
import { expect, test } from "vitest";
import { testsPassedOn } from "../support/model-team-run.ts";
import { shopRepository } from "../support/model-team-shop.ts";
import { accepts, writes } from "../support/model-team.ts";
import { openWorkStage, type WorkStage } from "../support/work-stage.ts";
import type { Ended } from "../support/run-allot.ts";
import type { Script, ScriptedAnswer } from "../support/scripted-provider/script.ts";

const LABELS_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { label } from "../src/labels.js";

test("blanks around a name are taken off", () => {
  assert.equal(label("  pears "), "pears");
});
`;

const TOTALS = `/** Sum of all lines of an order, in cents. */
export function total(lines) {
  let sum = 0;
  for (const { price, count } of lines) sum += price * count;
  return sum;
}
`;

const SUGGESTION = {
  title: "The reduction hides a loop",
  detail: "Write the sum as a loop over the lines.",
  severity: "low",
  path: "src/totals.js",
  firstLine: 2,
  lastLine: 4,
};

/** A model that suggests, a worker that writes these files, a judge that accepts. */
function teamThatWrites(files: Readonly<Record<string, string>>): Script {
  const turns: ScriptedAnswer[] = writes(files);
  return (seen) => {
    const tools = seen.tools.map(({ name }) => name);
    if (tools.includes("finish")) return turns.shift() ?? { error: "bad-request" };
    if (tools.includes("submit_verdict") || seen.system.includes("submit_verdict")) return accepts();
    return { text: JSON.stringify({ summary: "One thing.", findings: [SUGGESTION] }) };
  };
}

function branchOf({ repository }: WorkStage): string {
  return repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads/allot");
}

function failure(ended: Ended): string {
  return ended.code === 0 ? "" : `${ended.stdout}\n${ended.stderr}`;
}

test("tests are generated, run, pass, catch a break, and stand on a branch; the user's tree is as it was", async () => {
  const stage = await openWorkStage(teamThatWrites({ "test/labels.test.js": LABELS_TEST }), shopRepository());
  const ended = await stage.say("llm test --generate --coverage=unit --file=src/labels.js");
  expect(failure(ended)).toBe("");
  const branch = branchOf(stage);
  expect(stage.repository.git("diff", "--name-only", "main", branch)).toBe("test/labels.test.js");
  expect(testsPassedOn(stage.repository, branch)).toBe(2);
  expect(stage.repository.git("status", "--porcelain")).toBe("");
  const usage = (await stage.say("usage --json")).lines[0] as unknown as { total: { calls: number } };
  expect(usage.total.calls).toBe(stage.provider.served.length);
});

test("a refactoring is suggested, applied and proven; without --apply no branch is made", async () => {
  const stage = await openWorkStage(teamThatWrites({ "src/totals.js": TOTALS }), shopRepository());
  const suggested = await stage.say("llm refactor --suggestions --file=src/totals.js");
  expect([suggested.code, branchOf(stage)]).toEqual([0, ""]);
  expect(suggested.stdout).toContain("`src/totals.js:2-4` **The reduction hides a loop**");
  const ended = await stage.say("refactor --apply --file=src/totals.js");
  expect(failure(ended)).toBe("");
  expect(stage.repository.git("show", `${branchOf(stage)}:src/totals.js`)).toBe(TOTALS.trimEnd());
});

test("what a run may cost above the threshold waits for a yes, and nothing is paid", async () => {
  const stage = await openWorkStage(() => ({ error: "bad-request" }), shopRepository());
  const ended = await stage.say("test --generate --file=src/labels.js --ask-above 0.0000001");
  expect([ended.code, stage.provider.served, branchOf(stage)]).toEqual([3, [], ""]);
  expect(ended.stderr).toContain("which is above --ask-above");
});
