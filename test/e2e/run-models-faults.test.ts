import { describe, expect, test } from "vitest";
import { DISCOUNT, discountTask, planOf, WRONG_DISCOUNT } from "../support/model-team-shop.ts";
import { accepts, explores, finishes, givesUp, submits, uses, writes, type Scenario } from "../support/model-team.ts";
import { attemptsOf, openStage, playRun, userState } from "../support/model-team-run.ts";
import { eventsOf } from "../support/run-allot.ts";
import type { ScriptedAnswer } from "../support/scripted-provider/script.ts";

const right = writes({ "src/discount.js": DISCOUNT });
const wrong = writes({ "src/discount.js": WRONG_DISCOUNT });
const plan = planOf(discountTask());
const write = uses("write_file", { path: "src/discount.js", content: DISCOUNT });

/** Calls of the worker in the ledger: purpose, fate, dollars in millionths. */
function worked({ ledger }: { ledger: Awaited<ReturnType<typeof playRun>>["ledger"] }): unknown[] {
  return ledger.filter(({ task }) => task === "1").map(({ purpose, state, cost }) => [purpose, state, cost / 1000]);
}

describe("a provider's fault in the middle of a task is asked again as a new attempt, and both stand in the ledger:", () => {
  const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 };

  test("a rate limit costs nothing and is waited out as long as the provider says", async () => {
    const played = await playRun({
      plan,
      usage,
      workers: { 1: [[write, { error: "rate-limited", retryAfterS: 3 }, finishes()]] },
    });
    expect(worked(played)).toEqual([
      ["work-1", "done", 150],
      ["work-2", "failed", 0],
      ["work-2", "done", 150],
    ]);
    const [, limited, again] = played.team.served("1");
    expect((again?.startedAt ?? 0) - (limited?.endedAt ?? 0)).toBeGreaterThanOrEqual(2900);
    expect(attemptsOf(played.report, 1)).toEqual(["small accepted"]);
    expect(eventsOf(played.ended, "note").map(({ text }) => text)).toEqual([
      "1/work-2: provider-rate-limited, asked again in 3 s (attempt 2)",
    ]);
  });

  test("a server's error costs nothing", async () => {
    const played = await playRun({ plan, usage, workers: { 1: [[write, { error: "server-error" }, finishes()]] } });
    expect(worked(played)).toEqual([
      ["work-1", "done", 150],
      ["work-2", "failed", 0],
      ["work-2", "done", 150],
    ]);
    const [, failed, again] = played.team.served("1");
    expect(again?.bodyHash).toBe(failed?.bodyHash);
  });

  test("a stream that is cut is counted as far as the provider had reported it", async () => {
    const played = await playRun({
      plan,
      usage,
      workers: { 1: [[write, { text: "I am done with", cutAfter: 3 }, finishes()]] },
    });
    const [, cut, again] = worked(played) as [unknown, [string, string, number], unknown];
    expect(again).toEqual(["work-2", "done", 150]);
    expect(cut.slice(0, 2)).toEqual(["work-2", "failed"]);
    expect(cut[2]).toBeGreaterThanOrEqual(100);
    expect(played.report.spend.byPhase.map(({ name, calls }) => [name, calls])).toEqual([
      ["planning", 2],
      ["execution", 3],
      ["verification", 1],
    ]);
  });
});

test("a small model whose provider fails three times is relieved by the big one", async () => {
  const broken = { error: "server-error" } as const;
  const { report, team } = await playRun({ plan, workers: { 1: [[broken, broken, broken], right] } });
  expect(attemptsOf(report, 1)).toEqual(["small broken", "big (handover) accepted"]);
  expect(team.asked).toEqual(["planner", "small 1", "big 1", "judge"]);
});

test("advice that cannot be had is no new evidence: the big model takes over at once", async () => {
  const { report, team } = await playRun({
    plan,
    workers: { 1: [wrong, wrong, right] },
    adviser: [{ error: "bad-request" }],
  });
  expect(team.asked).toEqual(["planner", "small 1", "adviser", "big 1", "judge"]);
  expect(attemptsOf(report, 1)).toEqual([
    "small refused validation-failed",
    "small (failure) refused validation-failed",
    "small (advice) broken",
    "big (handover) accepted",
  ]);
});

test("a key that the provider refuses goes to the user, without trying any other model", async () => {
  const { report, ended } = await playRun({ plan, workers: { 1: [[{ error: "auth" }]] }, judge: [] });
  expect([ended.code, report.state]).toEqual([3, "escalated"]);
  expect(report.reason).toContain("mini-task 1: ");
});

test("a judge whose answers fit no schema leaves the verdict to the user, and the branch too", async () => {
  const misfit = { toolCalls: [{ name: "submit_verdict", input: { verdict: "fine" } }] };
  const { report, repository, ended } = await playRun({ plan, workers: { 1: [right] }, judge: [misfit, misfit] });
  expect([ended.code, report.state]).toEqual([3, "escalated"]);
  expect(report.reason).toMatch(/^no verdict could be had: /);
  expect(repository.git("show", `${report.branch}:src/discount.js`)).toBe(DISCOUNT.trimEnd());
});

describe("the run's budget", () => {
  const dear = { outputTokens: 31_000, inputTokens: 2000 };
  /** Planning spends $0.628 of it: two calls of 2,000 tokens in and 31,000 out at $2 and $10 a million. */
  const planner = [
    { ...explores(), usage: dear },
    { ...submits(plan), usage: dear },
  ];
  const spending = (more: Partial<Scenario>): Scenario => ({ planner, judge: [], ...more });

  test("that does not hold the first call refuses it: nothing is asked and nothing spent", async () => {
    const stage = await openStage({ planner: [], judge: [] });
    const before = userState(stage.repository.dir);
    const ended = await stage.run("--limit-usd", "0.10");
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain("the run's budget of $0.10 has $0.10 left, and this call may cost up to $0.3");
    expect(stage.team.provider.served).toEqual([]);
    expect(userState(stage.repository.dir)).toEqual(before);
  });

  test("that does not hold the big model's attempt leaves the task to the user", async () => {
    const { report, ended, team } = await playRun(spending({ workers: { 1: [givesUp("too hard for me")] } }), {
      args: ["--limit-usd", "0.70"],
    });
    expect(ended.code).toBe(3);
    expect(report.reason).toContain("mini-task 1: the run's budget of $0.70 has");
    expect(team.asked).toEqual(["planner", "small 1"]);
    expect(report.spend.total.cost).toBeLessThanOrEqual(700_000_000);
  });

  test("that does not hold the verdict ends at the user with the work on the branch, and is never passed", async () => {
    const { report, repository, ended } = await playRun(spending({ workers: { 1: [right] } }), {
      args: ["--limit-usd", "0.66"],
    });
    expect(ended.code).toBe(3);
    expect(report.reason).toContain("no verdict could be had: the run's budget of $0.66 has");
    expect(repository.git("show", `${report.branch}:src/discount.js`)).toBe(DISCOUNT.trimEnd());
    expect(report.spend.total.cost).toBeGreaterThan(628_000_000);
    expect(report.spend.total.cost).toBeLessThanOrEqual(660_000_000);
  });

  test("that holds one call of two at a time makes the other wait for it, not fail", async () => {
    const both = planOf(discountTask({ tier: "big" }), {
      ...discountTask({
        tier: "big",
        title: "Add the thanks",
        contract: [],
        validation: [{ command: "node --check src/thanks.js" }],
      }),
      writes: [{ path: "src/thanks.js", action: "create" }],
      steps: [{ text: "Create `src/thanks.js` with `export const thanks = () => 'thank you';`." }],
      criteria: [{ text: "It says thank you", check: { kind: "contains", path: "src/thanks.js", text: "thank you" } }],
    });
    const slow = (turns: readonly ScriptedAnswer[]): ScriptedAnswer[] =>
      turns.map((turn) => ({ ...turn, delayMs: 300 }));
    const { report, ended } = await playRun(
      {
        planner: [
          { ...explores(), usage: dear },
          { ...submits(both), usage: dear },
        ],
        workers: {
          1: [slow(right)],
          2: [slow(writes({ "src/thanks.js": "export const thanks = () => 'thank you';\n" }))],
        },
      },
      { args: ["--limit-usd", "0.76"] },
    );
    expect(report.state).toBe("accepted");
    expect(eventsOf(ended, "note").map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^[12]\/work-\d waits: .* running calls hold/) as string,
    );
    expect(report.spend.total.cost).toBeLessThanOrEqual(760_000_000);
  });

  test("that is large enough is not felt", async () => {
    const { report } = await playRun(
      { planner, workers: { 1: [right] }, judge: [accepts()] },
      { args: ["--limit-usd", "0.75"] },
    );
    expect(report.state).toBe("accepted");
  });
});

test("a model that answers at most so long is never asked for more", async () => {
  const { team } = await playRun(
    { plan, workers: { 1: [right] } },
    { args: ["--small", "haiku-3", "--big", "sonnet-3-5"] },
  );
  const asked = (member: string): (number | undefined)[] =>
    team.requests(member).map(({ maxOutputTokens }) => maxOutputTokens);
  expect([asked("planner"), asked("1"), asked("judge")]).toEqual([[8192, 8192], [4096, 4096], [4096]]);
});
