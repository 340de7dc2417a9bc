import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  DISCOUNT,
  DISCOUNT_TEST,
  discountTask,
  discountTestTask,
  planOf,
  WRONG_DISCOUNT,
} from "../support/model-team-shop.ts";
import { accepts, explores, finishes, submits, uses, writes, type Scenario } from "../support/model-team.ts";
import { openStage, playRun, testsPassedOn, userState, type Stage } from "../support/model-team-run.ts";
import { eventsOf, reportOf, runIdOf, type Ended } from "../support/run-allot.ts";
import type { ScriptedAnswer } from "../support/scripted-provider/script.ts";

const right = writes({ "src/discount.js": DISCOUNT });
const good = planOf(discountTask());

test("a draft that the linter refuses goes back with every finding, and the mended one is carried out", async () => {
  const vague = discountTask({
    steps: [{ text: "Handle errors appropriately." }],
    reads: [{ path: "src/nowhere.js" }],
    contract: [],
  });
  const { report, team } = await playRun({
    planner: [explores(), submits(planOf(vague)), submits(good)],
    workers: { 1: [right] },
  });
  expect(report.state).toBe("accepted");
  const [answer] = team.requests("planner")[2]?.toolResults ?? [];
  expect(answer?.failed).toBe(true);
  expect(answer?.output).toContain("src/nowhere.js");
  expect(answer?.output).toMatch(/vague/);
  expect(report.spend.byPhase[0]).toMatchObject({ name: "planning", calls: 3 });
});

test("a planner whose drafts are always refused ends at the user, before any work", async () => {
  const bad = submits(planOf(discountTask({ reads: [{ path: "src/nowhere.js" }] })));
  const stage = await openStage({ planner: [bad, bad, bad], judge: [] });
  const before = userState(stage.repository.dir);
  const ended = await stage.run();
  expect(ended.code).toBe(3);
  expect(ended.stdout).toContain("the plan was refused 3 times");
  expect([stage.team.unexpected, stage.team.leftOver()]).toEqual([[], []]);
  expect(userState(stage.repository.dir)).toEqual(before);
});

test("a planner that needs an answer ends the run at the user with its question", async () => {
  const question = "Are prices gross or net?";
  const stage = await openStage({ planner: [explores(), submits({ question, tasks: [] })], judge: [] });
  const ended = await stage.run();
  expect(ended.code).toBe(3);
  expect(ended.lines.find(({ kind }) => kind === "asking")).toMatchObject({ question, run: runIdOf(ended) });
  const again = await stage.allot("resume", runIdOf(ended), "--json");
  expect([again.code, again.stdout.includes(question)]).toEqual([3, true]);
  expect(stage.team.unexpected).toEqual([]);
});

describe("between plan and resume", () => {
  /** Plans a goal of one mini-task, and hands its file to an edit. */
  async function planned(
    scenario: Scenario,
    edit: (text: string) => string,
  ): Promise<{ stage: Stage; run: string; file: string; ended: Ended }> {
    const stage = await openStage({ plan: good, ...scenario });
    const ended = await stage.plan();
    expect([ended.code, stage.team.asked]).toEqual([0, ["planner"]]);
    const run = runIdOf(ended);
    const folder = join(stage.repository.dir, ".allot/runs", run, "tasks");
    const file = join(folder, readdirSync(folder)[0] ?? "");
    const text = readFileSync(file, "utf8");
    expect(edit(text)).not.toBe(text);
    writeFileSync(file, edit(text));
    return { stage, run, file, ended };
  }

  const resume = ({ stage, run }: { stage: Stage; run: string }): Promise<Ended> =>
    stage.allot("resume", run, "--json", "--upstream", `anthropic=${stage.team.provider.urls.anthropic}`);

  test("an edit of a task's steps is what the worker is told", async () => {
    const at = await planned({ workers: { 1: [right] } }, (text) =>
      text.replace("it returns", "with a doc comment in one sentence; it returns"),
    );
    const ended = await resume(at);
    expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
    expect(at.stage.team.requests("1")[0]?.lastUserText).toContain("with a doc comment in one sentence; it returns");
    expect(at.stage.team.asked).toEqual(["planner", "small 1", "judge"]);
    expect([at.stage.team.unexpected, at.stage.team.leftOver()]).toEqual([[], []]);
  });

  test("an edit of what a task is checked by is what its result is held to", async () => {
    const at = await planned({ workers: { 1: [writes({ "src/discount.js": WRONG_DISCOUNT })] } }, (text) =>
      text.replaceAll("!== 225", "!== 250").replace("Ten percent off 250 are 225", "Nothing is taken off"),
    );
    expect(reportOf(await resume(at)).state).toBe("accepted");
  });

  test("an edit that makes a task the big model's has the big model do it", async () => {
    const at = await planned({ workers: { 1: [right] } }, (text) =>
      text.replace("Claude Haiku 5.5", "Claude Sonnet 5.5"),
    );
    expect(reportOf(await resume(at)).state).toBe("accepted");
    expect(at.stage.team.asked).toEqual(["planner", "big 1", "judge"]);
  });

  test("a broken edit is refused with file and line, and the mended one is carried out", async () => {
    const at = await planned({ workers: { 1: [right] } }, (text) => text.replace("## Task\n", "## Tasks to do\n"));
    const broken = await resume(at);
    expect(broken.code).toBe(65);
    expect(broken.lines.find((line) => "error" in line)).toMatchObject({
      error: { code: "task-file-invalid", message: expect.stringMatching(/^tasks\/01-[\w-]+\.md:\d+: /) as string },
    });
    expect(at.stage.team.asked).toEqual(["planner"]);
    writeFileSync(at.file, readFileSync(at.file, "utf8").replace("## Tasks to do\n", "## Task\n"));
    expect(reportOf(await resume(at)).state).toBe("accepted");
  });

  test("an edit that the linter refuses is refused with file and line", async () => {
    const at = await planned({ workers: {}, judge: [] }, (text) => text.replace("src/totals.js", "src/nowhere.js"));
    const broken = await resume(at);
    expect(broken.code).toBe(65);
    expect(broken.lines.find((line) => "error" in line)).toMatchObject({
      error: {
        code: "plan-invalid",
        message: expect.stringMatching(/tasks\/01-[\w-]+\.md:\d+: .*src\/nowhere\.js/) as string,
      },
    });
  });
});

test("files of a plan that change after its execution began change nothing of it, and do not spoil the report", async () => {
  let dir = "";
  const spoil = (): void => {
    const runs = join(dir, ".allot/runs");
    for (const run of readdirSync(runs).filter((name) => !name.startsWith("."))) {
      for (const name of readdirSync(join(runs, run, "tasks")))
        writeFileSync(join(runs, run, "tasks", name), "# no task at all\n");
    }
  };
  const write = (): ScriptedAnswer => {
    spoil();
    return uses("write_file", { path: "src/discount.js", content: DISCOUNT });
  };
  const stage = await openStage({
    plan: planOf(discountTask(), discountTestTask()),
    workers: { 1: [[write, finishes()]], 2: [writes({ "test/discount.test.js": DISCOUNT_TEST })] },
    judge: [accepts()],
  });
  dir = stage.repository.dir;
  const ended = await stage.run();
  expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
  expect(testsPassedOn(stage.repository, reportOf(ended).branch)).toBe(2);
  expect(eventsOf(ended, "run-ended")).toMatchObject([{ exitCode: 0 }]);
});
