import { expect, test } from "vitest";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DISCOUNT, discountTask, planOf } from "../support/model-team-shop.ts";
import { accepts, rejects, writes, type Scenario } from "../support/model-team.ts";
import { playRun, testsPassedOn } from "../support/model-team-run.ts";

const better = DISCOUNT.replace("/** The amount", "/** Never below zero: the amount")
  .replace("Math.round(", "Math.max(0, Math.round(")
  .replace("/ 100);", "/ 100));");
const best = better.replace("Math.round(", "Math.floor(");

function judged(judge: Scenario["judge"], fixes: Scenario["workers"] = {}): Scenario {
  return {
    plan: planOf(discountTask()),
    workers: { 1: [writes({ "src/discount.js": DISCOUNT })], ...fixes },
    ...(judge === undefined ? {} : { judge }),
  };
}

test("a rejected result is mended in a fix round and accepted by the next verdict", async () => {
  const { report, team, repository } = await playRun(
    judged([rejects("an amount can fall below zero"), accepts()], { 2: [writes({ "src/discount.js": better })] }),
  );
  expect(team.asked).toEqual(["planner", "small 1", "judge", "small 2", "judge"]);
  expect(report.verdicts.map(({ accepted }) => accepted)).toEqual([false, true]);
  expect(team.requests("2")[0]?.lastUserText).toContain("an amount can fall below zero");
  expect(repository.git("show", `${report.branch}:src/discount.js`)).toBe(better.trimEnd());
  expect(testsPassedOn(repository, report.branch)).toBe(1);
  expect(report.spend.byPhase.map(({ name, calls }) => [name, calls])).toEqual([
    ["planning", 2],
    ["execution", 4],
    ["verification", 2],
  ]);
});

test("a verdict that rejects with the same findings again goes to the user, with report and branch", async () => {
  const { report, repository, ended } = await playRun(
    judged([rejects("an amount can fall below zero"), rejects("An amount can fall below zero!")], {
      2: [writes({ "src/discount.js": better })],
    }),
  );
  expect(ended.code).toBe(3);
  expect(report.reason).toBe("rejected with the same findings again: Not yet: An amount can fall below zero!");
  expect(repository.git("show", `${report.branch}:src/discount.js`)).toBe(better.trimEnd());
  const folder = join(repository.dir, ".allot/runs", report.run);
  expect(readFileSync(join(folder, "report.md"), "utf8")).toContain("# Run " + report.run + ": needs you");
  expect(existsSync(join(folder, "report.json"))).toBe(true);
  expect(report.comparison.saved).toBeUndefined();
});

test("a verdict that always finds something else goes to the user after two fix rounds", async () => {
  const { report, repository, team } = await playRun(
    judged(
      [
        rejects("it can fall below zero"),
        rejects("half a cent is rounded up"),
        rejects("strings are taken for numbers"),
      ],
      {
        2: [writes({ "src/discount.js": better })],
        3: [writes({ "src/discount.js": best })],
      },
    ),
  );
  expect(report.reason).toBe("rejected after 2 fix rounds: Not yet: strings are taken for numbers");
  expect(team.asked).toEqual(["planner", "small 1", "judge", "small 2", "judge", "small 3", "judge"]);
  expect(report.verdicts.map(({ accepted }) => accepted)).toEqual([false, false, false]);
  expect(repository.git("show", `${report.branch}:src/discount.js`)).toBe(best.trimEnd());
});

test("a finding about a file that the plan does not write widens no permission", async () => {
  const { report, team } = await playRun(
    judged([rejects("the index is wrong", ["src/totals.js", "package.json"]), accepts()], {
      2: [[...writes({ "package.json": "{}" }).slice(0, 1), ...writes({ "src/discount.js": better })]],
    }),
  );
  expect(report.state).toBe("accepted");
  expect(team.requests("2")[1]?.toolResults).toMatchObject([{ failed: true }]);
  expect(team.requests("2")[0]?.lastUserText).toContain("you may write: `src/discount.js`");
});

test("a rejection that names no fault is asked for one, instead of sending somebody to mend nothing", async () => {
  const empty = {
    toolCalls: [{ name: "submit_verdict", input: { verdict: "rejected", summary: "I do not like it.", findings: [] } }],
  };
  const { report, team } = await playRun(judged([empty, accepts()]));
  expect(report.state).toBe("accepted");
  expect(team.asked).toEqual(["planner", "small 1", "judge"]);
  expect(JSON.stringify(team.requests("judge")[1]?.messages)).toContain("a rejection needs at least one finding");
});
