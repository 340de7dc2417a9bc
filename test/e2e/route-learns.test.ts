import { expect, test } from "vitest";
import { DISCOUNT, discountTask, planOf, WRONG_DISCOUNT } from "../support/model-team-shop.ts";
import { givesUp, writes } from "../support/model-team.ts";
import { openStage } from "../support/model-team-run.ts";

const right = writes({ "src/discount.js": DISCOUNT });
const wrong = writes({ "src/discount.js": WRONG_DISCOUNT });

test("a run leaves a lesson for each model that tried, for its repository, and none of the task's words", async () => {
  const stage = await openStage({ plan: planOf(discountTask()), workers: { 1: [givesUp("unclear"), right] } });
  await stage.run();
  const { lines } = await stage.allot("route", "--lessons", "--json", "--repo", stage.repository.dir);
  const lessons = lines[0]?.["lessons"] as { kind: string; model: string; words: number; type: string }[];
  expect(lessons.map(({ kind, model, words }) => `${kind} ${model} ${words}`).toSorted()).toEqual([
    "accepted claude-sonnet-5-5 0",
    "escalated claude-haiku-5-5 0",
  ]);
});

test("a result that was mended is remembered as redone", async () => {
  const stage = await openStage({ plan: planOf(discountTask()), workers: { 1: [wrong, right] } });
  await stage.run();
  const { lines } = await stage.allot("route", "--lessons", "--json");
  expect(lines[0]?.["lessons"]).toMatchObject([{ kind: "redone", model: "claude-haiku-5-5" }]);
});

test("where learning is off, a run teaches nothing", async () => {
  const stage = await openStage({ plan: planOf(discountTask()), workers: { 1: [right] } });
  Object.assign(stage.home.env, { ALLOT_LEARN: "off" });
  await stage.run();
  const { lines } = await stage.allot("route", "--lessons", "--json");
  expect(lines[0]).toEqual({ lessons: [] });
});
