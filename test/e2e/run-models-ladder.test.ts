import { expect, test } from "vitest";
import { DISCOUNT, discountTask, MISNAMED_DISCOUNT, planOf, WRONG_DISCOUNT } from "../support/model-team-shop.ts";
import { advises, givesUp, writes, type Scenario } from "../support/model-team.ts";
import { attemptsOf, playRun, testsPassedOn } from "../support/model-team-run.ts";
import { eventsOf } from "../support/run-allot.ts";

const right = writes({ "src/discount.js": DISCOUNT });
const wrong = writes({ "src/discount.js": WRONG_DISCOUNT });
const misnamed = writes({ "src/discount.js": MISNAMED_DISCOUNT });

/** One mini-task and what its workers do, one after another. */
function one(workers: Scenario["workers"], more: Partial<Scenario> = {}): Scenario {
  return { plan: planOf(discountTask()), ...(workers === undefined ? {} : { workers }), ...more };
}

test("a result that the gates refuse goes back to the same session with the output, and is mended", async () => {
  const { report, team, repository } = await playRun(one({ 1: [wrong, right] }));
  expect(attemptsOf(report, 1)).toEqual(["small refused validation-failed", "small (failure) accepted"]);
  expect(team.asked).toEqual(["planner", "small 1", "judge"]);
  const mending = team.requests("1")[2];
  expect(mending?.messages.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name))).toEqual([
    "write_file",
    "finish",
  ]);
  expect(mending?.lastUserText).toContain("discount(250, 10) is 250");
  expect(testsPassedOn(repository, report.branch)).toBe(1);
});

test("a second failure of another kind goes back once more", async () => {
  const { report } = await playRun(one({ 1: [misnamed, wrong, right] }));
  expect(attemptsOf(report, 1).map((attempt) => attempt.split(" ")[0])).toEqual(["small", "small", "small"]);
  expect(report.state).toBe("accepted");
});

test("a failure that repeats itself buys the big model's advice, with which the small one mends it", async () => {
  const { report, team } = await playRun(
    one({ 1: [wrong, wrong, right] }, { adviser: [advises("Subtract percent from 100, not 0.")] }),
  );
  expect(attemptsOf(report, 1)).toEqual([
    "small refused validation-failed",
    "small (failure) refused validation-failed",
    "small (advice) accepted",
  ]);
  expect(team.asked).toEqual(["planner", "small 1", "adviser", "small 1", "judge"]);
  expect(team.requests("adviser")[0]?.lastUserText).toContain("+  return Math.round((amount * (100 - 0)) / 100);");
  expect(team.requests("1").at(-2)?.lastUserText).toContain("Subtract percent from 100, not 0.");
  expect(report.spend.byTier).toMatchObject([
    { name: "big", calls: 4 },
    { name: "small", calls: 6 },
  ]);
});

test("an advised attempt that fails too hands over to the big model, which starts from the original files", async () => {
  const { report, team } = await playRun(
    one({ 1: [wrong, wrong, wrong, right] }, { adviser: [advises("Look at the percentage.")] }),
  );
  expect(attemptsOf(report, 1).at(-1)).toBe("big (handover) accepted");
  expect(team.asked).toEqual(["planner", "small 1", "adviser", "small 1", "big 1", "judge"]);
  const opening = team.requests("1").at(-2);
  expect(opening?.messages.flatMap(({ toolCalls }) => toolCalls)).toEqual([]);
  expect(opening?.lastUserText).toContain("- try 3 (small) was refused by the checks");
});

test("a small model that gives up is relieved by the big one, which is told why", async () => {
  const { report, team } = await playRun(one({ 1: [givesUp("step 1 contradicts the file"), right] }));
  expect(attemptsOf(report, 1)).toEqual(["small gave-up", "big (handover) accepted"]);
  expect(team.asked).toEqual(["planner", "small 1", "big 1", "judge"]);
  expect(team.requests("1")[1]?.lastUserText).toContain("gave up: step 1 contradicts the file");
  expect(report.learnings.join("\n")).toContain("the small model gave up (step 1 contradicts the file)");
});

test("a task that the big model cannot do either is left to the user, with the report and what is done", async () => {
  const plan = planOf(discountTask(), {
    ...discountTask({ title: "Add the label function", contract: [] }),
    writes: [{ path: "src/shout.js", action: "create" }],
    criteria: [{ text: "It shouts", check: { kind: "contains", path: "src/shout.js", text: "toUpperCase" } }],
    validation: [{ command: "node --check src/shout.js" }],
    steps: [{ text: "Create `src/shout.js` with `export const shout = (name) => name.toUpperCase();`." }],
  });
  const { report, team, repository, ended } = await playRun({
    plan,
    workers: {
      1: [givesUp("no"), wrong, wrong],
      2: [writes({ "src/shout.js": "export const shout = (name) => name.toUpperCase();\n" })],
    },
    judge: [],
  });
  expect(ended.code).toBe(3);
  expect(attemptsOf(report, 1)).toEqual([
    "small gave-up",
    "big (handover) refused validation-failed",
    "big (failure) refused validation-failed",
  ]);
  expect(report.reason).toBe("mini-task 1: the big tier failed the same way again, and no dearer tier is left");
  expect(report.comparison.saved).toBeUndefined();
  expect(team.requests("judge")).toEqual([]);
  expect(repository.git("diff", "--name-only", report.base, report.branch)).toBe("src/shout.js");
  expect(eventsOf(ended, "run-ended")).toMatchObject([{ state: "escalated", exitCode: 3, branch: report.branch }]);
});
