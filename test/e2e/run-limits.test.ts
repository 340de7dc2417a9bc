import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import { BOOKS } from "../../src/storage/exclusive.ts";
import { openStore } from "../../src/storage/storage.ts";
import { DEFAULT_LIMITS } from "../../src/throttle/limits.ts";
import { closeBudget, openBudget } from "../../src/throttle/store/budgets.ts";
import { openStage, type Stage } from "../support/model-team-run.ts";
import { DISCOUNT, discountTask, planOf } from "../support/model-team-shop.ts";
import { accepts, explores, submits, writes } from "../support/model-team.ts";
import { reportOf, runIdOf } from "../support/run-allot.ts";

const dear = { inputTokens: 30_000, outputTokens: 1000 };
const scenario = {
  planner: [
    { ...explores(), usage: dear },
    { ...submits(planOf(discountTask())), usage: dear },
  ],
  workers: { 1: [writes({ "src/discount.js": DISCOUNT })] },
  judge: [accepts()],
};

const setLimit = (stage: Stage, tokens: number): void =>
  writeFileSync(
    join(stage.home.dir, ".allot/config.json"),
    JSON.stringify({ limits: { session: { tokens_per_hour: tokens } } }),
  );

test("a run that meets a limit of its session stops with 75 and what it had, and goes on when there is room", async () => {
  const stage = await openStage(scenario);
  setLimit(stage, 72_000);
  const stopped = await stage.run();
  expect(stopped.code).toBe(75);
  expect(stopped.stdout).toMatch(
    /Request throttled: SOFT\. Token limit exceeded\. Limit session tokens\/hour for session default: 62,000 tokens of 72,000 tokens used/,
  );
  const run = runIdOf(stopped);
  expect(stopped.stdout).toContain(`resume ${run}`);
  expect(stage.team.asked).toEqual(["planner"]);
  setLimit(stage, 1_000_000);
  const ended = await stage.allot(
    "resume",
    run,
    "--json",
    "--upstream",
    `anthropic=${stage.team.provider.urls.anthropic}`,
  );
  expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
  expect(stage.team.asked.filter((who) => who === "planner").length).toBe(1);
  await using store = await openStore({ path: join(stage.home.dir, ".allot/allot.db"), clock: systemClock });
  expect((await verifyLedger(store.db)).faults).toEqual([]);
  const events = await store.db.selectFrom("throttle_events").select(["action", "level", "limit_name"]).execute();
  expect(events).toContainEqual({ action: "blocked", level: "SOFT", limit_name: "session tokens/hour" });
});

test("a run of critical priority goes on where a normal one is blocked", async () => {
  const stage = await openStage(scenario);
  setLimit(stage, 72_000);
  const ended = await stage.run("--priority", "critical");
  expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
});

test("a run draws on the budget of the command around it, and goes on without it when that command is over", async () => {
  const stage = await openStage(scenario);
  await using store = await openStore({ path: join(stage.home.dir, ".allot/allot.db"), clock: systemClock });
  const caps = { tokens: null, nanoUsd: 1_000_000, requests: null };
  const budget = { id: "b", name: "allot exec", parent: null, session: "default", caps };
  await store.transaction((trx) => openBudget(trx, DEFAULT_LIMITS, budget, Date.now()), BOOKS);
  Object.assign(stage.home.env, { ALLOT_BUDGET: "b" });
  const stopped = await stage.run();
  expect(stopped.code).toBe(75);
  expect(stopped.stdout).toContain("Cost limit exceeded. Limit budget:b usd/ever");
  await store.transaction((trx) => closeBudget(trx, "b", Date.now()), BOOKS);
  delete (stage.home.env as Record<string, string>)["ALLOT_BUDGET"];
  const upstream = `anthropic=${stage.team.provider.urls.anthropic}`;
  const ended = await stage.allot("resume", runIdOf(stopped), "--json", "--upstream", upstream);
  expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
});

test("a resume that is given $0.001 stops before it passes that, and one without a limit carries on", async () => {
  const stage = await openStage(scenario);
  setLimit(stage, 72_000);
  const run = runIdOf(await stage.run());
  setLimit(stage, 1_000_000);
  const upstream = `anthropic=${stage.team.provider.urls.anthropic}`;
  const stopped = await stage.allot("resume", run, "--json", "--limit-usd", "0.001", "--upstream", upstream);
  expect(stopped.code).toBe(75);
  expect(stopped.stdout).toMatch(/Limit budget:resume-\w+ usd\/ever/);
  await using store = await openStore({ path: join(stage.home.dir, ".allot/allot.db"), clock: systemClock });
  const budgets = await store.db
    .selectFrom("budgets")
    .select(["nano_usd", "closed_at"])
    .where("id", "like", "resume-%")
    .execute();
  expect(budgets).toEqual([{ nano_usd: 1_000_000, closed_at: expect.any(Number) as number }]);
  const ended = await stage.allot("resume", run, "--json", "--upstream", upstream);
  expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
});
