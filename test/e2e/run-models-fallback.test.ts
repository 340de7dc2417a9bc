import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import { DISCOUNT, discountTask, planOf } from "../support/model-team-shop.ts";
import { explores, finishes, submits, uses, writes, type Scenario } from "../support/model-team.ts";
import { attemptsOf, openStage, playRun, type Stage } from "../support/model-team-run.ts";
import { eventsOf, ledgerOf, reportOf } from "../support/run-allot.ts";

const plan = planOf(discountTask());
const right = writes({ "src/discount.js": DISCOUNT });
const broken = { error: "overloaded" } as const;

async function withGpt(
  scenario: Scenario,
  fallback = "gpt",
): Promise<{ stage: Stage; ended: Awaited<ReturnType<Stage["run"]>> }> {
  const stage = await openStage(scenario);
  const ended = await stage.run("--fallback", fallback, "--upstream", `openai=${stage.team.provider.urls.openai}`);
  expect(stage.team.unexpected).toEqual([]);
  return { stage, ended };
}

test("an outage while planning is waited out: the fourth attempt is answered and the run goes on", async () => {
  const { ended, report } = await playRun({
    planner: [broken, broken, broken, explores(), submits(plan)],
    workers: { 1: [right] },
  });
  expect(report.state).toBe("accepted");
  expect(eventsOf(ended, "note").map(({ text }) => text)).toEqual([
    "plan/plan-1: provider-overloaded, asked again in 1 s (attempt 2)",
    "plan/plan-1: provider-overloaded, asked again in 2 s (attempt 3)",
    "plan/plan-1: provider-overloaded, asked again in 4 s (attempt 4)",
  ]);
});

test("who may stand in takes over after three attempts, stays with the conversation, and is told everywhere", async () => {
  const { stage, ended } = await withGpt({
    planner: [broken, broken, broken, explores(), submits(plan)],
    workers: { 1: [right] },
  });
  const report = reportOf(ended);
  expect(report.state).toBe("accepted");
  expect(stage.team.requests("planner").map(({ model }) => model)).toEqual([
    "claude-sonnet-5-5",
    "claude-sonnet-5-5",
    "claude-sonnet-5-5",
    "gpt-6.1-sol",
    "gpt-6.1-sol",
  ]);
  expect(eventsOf(ended, "note").map(({ text }) => text)).toContain(
    "plan/plan-1: provider-overloaded, GPT-6.1 Sol is asked instead, as --fallback allows (attempt 4)",
  );
  expect(report.models.why).toContain("may stand in");
  expect(report.spend.byModel.map(({ name, calls }) => [name, calls])).toContainEqual(["gpt-6.1-sol", 2]);
  expect(attemptsOf(report, 1)).toEqual(["small accepted"]);
});

test("a worker's fallback is of its own tier, and goes on with the conversation that had begun", async () => {
  const write = uses("write_file", { path: "src/discount.js", content: DISCOUNT });
  const { stage, ended } = await withGpt({ plan, workers: { 1: [[write, broken, broken, broken, finishes()]] } });
  const report = reportOf(ended);
  expect(report.state).toBe("accepted");
  const asked = stage.team.requests("1");
  expect(asked.map(({ model }) => model)).toEqual([
    ...Array.from({ length: 4 }, () => "claude-haiku-5-5"),
    "gpt-6-luna",
  ]);
  expect(asked.at(-1)?.toolResults).toHaveLength(1);
  const calls = await ledgerOf(stage.home, report.run);
  expect(calls.filter(({ task }) => task === "1").map(({ model, state }) => `${model} ${state}`)).toEqual([
    "claude-haiku-5-5 done",
    "claude-haiku-5-5 failed",
    "claude-haiku-5-5 failed",
    "claude-haiku-5-5 failed",
    "gpt-6-luna done",
  ]);
  await using store = await openStore({ path: join(stage.home.dir, ".allot/allot.db"), clock: systemClock });
  const entries = store.db.selectFrom("ledger").select(["requested_model", "note"]).where("model", "=", "gpt-6-luna");
  expect(await entries.execute()).toEqual([
    { requested_model: "anthropic/claude-haiku-5-5", note: "instead of anthropic/claude-haiku-5-5" },
  ]);
});

test("a key that the provider refuses goes to who may stand in at once", async () => {
  const { stage, ended } = await withGpt({
    planner: [{ error: "auth" }, explores(), submits(plan)],
    workers: { 1: [right] },
  });
  expect(reportOf(ended).state).toBe("accepted");
  expect(stage.team.requests("planner").map(({ model }) => model)).toEqual([
    "claude-sonnet-5-5",
    "gpt-6.1-sol",
    "gpt-6.1-sol",
  ]);
});

test("a fallback that nobody knows ends the command before a run begins", async () => {
  const stage = await openStage({ planner: [], judge: [] });
  const ended = await stage.run("--fallback", "gtp");
  expect(ended.code).toBe(64);
  expect(stage.team.provider.served).toEqual([]);
});
