/** `allot batch` as processes of its own: durable, one at a time, within its limit; and both batch interfaces. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type AllotHome, allotHome, type Ended, runAllot } from "../support/run-allot.ts";
import type { ScriptedBatchOptions } from "../support/scripted-provider/batches.ts";
import type { Script } from "../support/scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { workRepository } from "../support/work-repository.ts";
import { readCode } from "../support/work-stage.ts";

interface Stage {
  readonly dir: string;
  readonly home: AllotHome;
  readonly provider: ScriptedProvider;
  readonly allot: (...args: string[]) => Promise<Ended>;
}

async function openStage(script: Script = readCode, batches: ScriptedBatchOptions = {}): Promise<Stage> {
  const repository = workRepository();
  const provider = await openScriptedProvider({ script, batches });
  onTestFinished(async () => {
    await provider.close();
    repository[Symbol.dispose]();
  });
  const home = allotHome({
    COLUMNS: "100",
    OLLAMA_HOST: "http://127.0.0.1:9",
    ANTHROPIC_API_KEY: "sk-dummy-of-a-test",
    ANTHROPIC_BASE_URL: provider.urls.anthropic,
    OPENAI_API_KEY: "sk-dummy-of-a-test",
    OPENAI_BASE_URL: provider.urls.openai,
    XAI_API_KEY: "xai-dummy-of-a-test",
    XAI_BASE_URL: provider.urls.xai,
  });
  return { dir: repository.dir, home, provider, allot: (...args) => runAllot(home, args, repository.dir) };
}

interface Report {
  readonly id: string;
  readonly state: string;
  readonly way: string;
  readonly complete: boolean;
  readonly costNanoUsd: number;
  readonly openQuestions: number;
  readonly stop: { readonly kind: string } | null;
  readonly items: readonly {
    readonly target: string;
    readonly state: string;
    readonly lane: string;
    readonly attempts: number;
    readonly problem: string | null;
    readonly costNanoUsd: number;
  }[];
}

function reportOf(ended: Ended): Report {
  const [report] = ended.lines;
  if (report === undefined || !("items" in report))
    throw new Error(`no report (${ended.code}): ${ended.stdout}\n${ended.stderr}`);
  return report as unknown as Report;
}

const SHOP = ["shop/__init__.py", "shop/api.py", "shop/core.py", "shop/pay.py", "shop/ship.py", "shop/stock.py"];
const ANALYZE = ["batch", "--operation=analyze", "--directory=shop/", "--yes", "--model", "claude-haiku-4-5"];

/** How often each prompt was asked; every one should be 1. */
function timesAsked({ served }: ScriptedProvider): readonly number[] {
  const times = new Map<string, number>();
  for (const { lastUserText } of served) times.set(lastUserText, (times.get(lastUserText) ?? 0) + 1);
  return [...times.values()];
}

async function spent({ allot }: Stage): Promise<{ readonly calls: number; readonly cost_nano_usd: number }> {
  const usage = (await allot("usage", "--json")).lines[0] as unknown as {
    total: { calls: number; cost_nano_usd: number };
  };
  return usage.total;
}

/** Begins a command, and kills it hard once `when` holds. */
async function killOnce({ home, dir }: Stage, args: readonly string[], when: () => boolean): Promise<void> {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    cwd: dir,
    env: home.env,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  while (!when() && child.exitCode === null) await sleep(20);
  child.kill("SIGKILL");
  await ended;
}

describe("a batch", () => {
  test("works on every module of the folder, writes a file each, and is told as a whole", async () => {
    const stage = await openStage();
    const ended = await stage.allot(...ANALYZE, "--output=out/", "--json");
    const report = reportOf(ended);
    expect([ended.code, report.state, report.way]).toEqual([0, "done", "direct"]);
    expect(report.items.map(({ target }) => target).toSorted()).toEqual(SHOP);
    expect(readdirSync(join(stage.dir, "out"))).toHaveLength(6);
    expect(readFileSync(join(stage.dir, "out/shop-core.py.md"), "utf8")).toContain("# Analysis");
    const { calls, cost_nano_usd } = await spent(stage);
    expect([calls, cost_nano_usd]).toEqual([stage.provider.served.length, report.costNanoUsd]);
    expect(report.items.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0)).toBe(report.costNanoUsd);
  });

  test("is planned without asking anybody, with 59 s a question while nothing is known", async () => {
    const stage = await openStage();
    const planned = await stage.allot(...ANALYZE, "--plan-only", "--json");
    expect(planned.code).toBe(0);
    expect(planned.lines[0]).toMatchObject({ way: "direct", learned: { questionMs: 59_000, from: 0 } });
    const items = planned.lines[0]?.["items"] as { lane: string; expectedMs: number; calls: number }[];
    expect(items.map(({ lane, expectedMs }) => [lane, expectedMs])).toContainEqual(["medium", 59_000]);
    expect(stage.provider.served).toEqual([]);
    expect((await stage.allot("batch", "list", "--json")).lines[0]).toEqual({ batches: [] });
  });

  test("killed hard twice goes on with the same command, and asks nothing twice", async () => {
    const stage = await openStage(async (seen) => {
      await sleep(250);
      return readCode(seen);
    });
    const { provider } = stage;
    const args = [...ANALYZE, "--concurrency", "1", "--json"];
    await killOnce(stage, args, () => provider.served.length >= 2);
    await killOnce(stage, args, () => provider.served.length >= 4);
    const ended = await stage.allot(...args);
    expect([ended.code, reportOf(ended).state]).toEqual([0, "done"]);
    // What was under way when the process was killed went on in its call host, and its answer was found.
    expect(timesAsked(provider)).toEqual([1, 1, 1, 1, 1, 1]);
    const list = (await stage.allot("batch", "list", "--json")).lines[0] as { batches: { done: number }[] };
    expect(list.batches.map(({ done }) => done)).toEqual([6]);
    const after = provider.served.length;
    await stage.allot("batch", "--resume", reportOf(ended).id, "--json");
    expect(provider.served.length).toBe(after);
  });

  test("stopped by Ctrl-C it can be gone on with; meanwhile nobody else may carry it", async () => {
    let holdsBack = true;
    const stage = await openStage(async (seen) => {
      while (holdsBack) await sleep(20);
      return readCode(seen);
    });
    const args = [...ANALYZE, "--concurrency", "1", "--json"];
    const main = join(import.meta.dirname, "../../src/cli/main.ts");
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
      cwd: stage.dir,
      env: stage.home.env,
      stdio: "ignore",
    });
    while (stage.provider.served.length < 1) await sleep(20);
    const other = await stage.allot(...args);
    expect([other.code, other.lines[0]]).toMatchObject([75, { error: { code: "batch-busy" } }]);
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    holdsBack = false;
    const again = await stage.allot(...args);
    expect([again.code, reportOf(again).state]).toEqual([0, "done"]);
    const list = (await stage.allot("batch", "list", "--json")).lines[0] as { batches: object[] };
    expect(list.batches).toMatchObject([{ state: "done", items: 6, done: 6, carried: false }]);
  });

  test("stops before its limit, and goes on under a higher one", async () => {
    // Eight thousandths of a dollar an answer.
    const stage = await openStage((seen) => ({
      ...readCode(seen),
      usage: { inputTokens: 2_000, outputTokens: 1_200 },
    }));
    const stopped = await stage.allot(...ANALYZE, "--concurrency", "1", "--limit-usd", "0.02", "--json");
    const report = reportOf(stopped);
    expect([stopped.code, report.state, report.stop?.kind]).toEqual([75, "open", "limit"]);
    expect(report.costNanoUsd).toBeLessThanOrEqual(20_000_000);
    const asked = stage.provider.served.length;
    expect(asked).toBeGreaterThan(0);
    const ended = await stage.allot("batch", "--resume", report.id, "--limit-usd", "5", "--json");
    expect([ended.code, reportOf(ended).state]).toEqual([0, "done"]);
    expect(timesAsked(stage.provider).every((times) => times === 1)).toBe(true);
  });

  test("tells what failed and tries it again", async () => {
    let broken = true;
    const stage = await openStage((seen) =>
      broken && seen.lastUserText.includes("shop/pay.py") ? { error: "bad-request" } : readCode(seen),
    );
    const ended = await stage.allot(...ANALYZE, "--json");
    const failed = reportOf(ended).items.filter(({ state }) => state !== "done");
    expect([ended.code, reportOf(ended).state]).toEqual([4, "incomplete"]);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.problem).toMatch(/rejected|message/);
    const asked = stage.provider.served.length;
    broken = false;
    const again = await stage.allot(...ANALYZE, "--json");
    expect([again.code, reportOf(again).id, reportOf(again).state]).toEqual([0, reportOf(ended).id, "done"]);
    expect(stage.provider.served.length - asked).toBe(failed.length);
  });
});

describe.each([
  ["anthropic", "claude-haiku-4-5"],
  ["openai", "gpt-5-mini"],
])("through the batch interface of %s", (provider, model) => {
  const args = [
    "batch",
    "--operation=analyze",
    "--directory=shop/",
    "--yes",
    "--model",
    model,
    "--batch-api",
    "--json",
  ];

  test("questions are handed in together, collected later, and cost half", async () => {
    // What it reports as use is not reckoned from the body, which differs between the two ways.
    const script: Script = (seen) => ({ ...readCode(seen), usage: { inputTokens: 2_000, outputTokens: 400 } });
    const stage = await openStage(script, { looks: 1 });
    const sent = await stage.allot(...args);
    const first = reportOf(sent);
    expect([sent.code, first.state, first.way]).toEqual([0, "open", provider]);
    expect(first.items.filter(({ state }) => state === "sent").length).toBeGreaterThan(0);
    expect(stage.provider.batches).toHaveLength(1);
    const held = (await stage.allot("ledger", "--json")).stdout;
    expect(held).not.toContain('"service":"batch"');
    const early = await stage.allot("batch", "--collect", first.id, "--json");
    expect([early.code, reportOf(early).state]).toEqual([0, "open"]);
    const late = await stage.allot("batch", "--collect", first.id, "--json");
    expect([late.code, reportOf(late).state]).toEqual([0, "done"]);
    expect(timesAsked(stage.provider).every((times) => times === 1)).toBe(true);
    const direct = await openStage(script);
    const full = await direct.allot(...args.filter((arg) => arg !== "--batch-api"));
    expect(reportOf(late).costNanoUsd * 2).toBe(reportOf(full).costNanoUsd);
    expect((await stage.allot("ledger", "verify")).code).toBe(0);
  });

  test("a hand-in whose answer was lost is looked up, not made again", async () => {
    const stage = await openStage(readCode, { loseAnswers: 1 });
    const sent = await stage.allot(...args);
    expect([sent.code, reportOf(sent).state]).toEqual([0, "open"]);
    const collected = await stage.allot("batch", "--collect", reportOf(sent).id, "--json");
    expect([collected.code, reportOf(collected).state]).toEqual([0, "done"]);
    expect(stage.provider.batches).toHaveLength(1);
    expect(timesAsked(stage.provider).every((times) => times === 1)).toBe(true);
  });

  test("killed while it waits, it goes on with what was handed in", async () => {
    const stage = await openStage(readCode, { looks: 2 });
    await killOnce(stage, [...args, "--wait"], () => stage.provider.batches.length === 1);
    const ended = await stage.allot(...args, "--wait");
    expect([ended.code, reportOf(ended).state]).toEqual([0, "done"]);
    expect(timesAsked(stage.provider).every((times) => times === 1)).toBe(true);
  });
});

test("what is kept is told by kind, and goes by kind", async () => {
  const stage = await openStage();
  await stage.allot(...ANALYZE, "--json");
  const stats = (await stage.allot("cache", "stats", "--json")).lines[0] as {
    answers: number;
    kinds: { kind: string }[];
  };
  expect(stats.kinds).toMatchObject([{ kind: "analyze", model: "anthropic/claude-haiku-4-5", fresh: stats.answers }]);
  expect((await stage.allot("cache", "clear")).code).toBe(64);
  const gone = (...args: string[]) => stage.allot("cache", "clear", ...args, "--json");
  expect((await gone("--kind", "review")).lines).toEqual([{ deleted: 0 }]);
  expect((await gone("--older-than", "1h")).lines).toEqual([{ deleted: 0 }]);
  expect((await gone("--kind", "analyze")).lines).toEqual([{ deleted: stats.answers }]);
  expect((await stage.allot("cache", "stats")).stdout).toBe("no answers are kept\n");
  const work = ((await stage.allot("metrics", "--hourly-rate", "60", "--json")).lines[0] as { work: object }).work;
  expect(work).toMatchObject({ kinds: [{ kind: "analyze", success_rate: 1, best_model: { why: "only-one" } }] });
});

test("a provider without a batch interface is told, and the work goes directly", async () => {
  const stage = await openStage();
  const ended = await stage.allot(
    "batch",
    "--operation=analyze",
    "--directory=shop/",
    "--yes",
    "--model",
    "grok-4",
    "--batch-api",
  );
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("xai has no batch interface that allot speaks");
  expect(existsSync(join(stage.home.dir, ".allot/allot.db"))).toBe(true);
});
