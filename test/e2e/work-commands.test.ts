/** Every command line of the strategy document, as it is written there, on a real repository against scripted models. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { WorkFinding } from "../../src/tasks/work.ts";
import { allotHome, runInside } from "../support/run-allot.ts";
import { workRepository } from "../support/work-repository.ts";
import { openWorkStage, pathsIn, readCode, type WorkStage } from "../support/work-stage.ts";

interface Answered {
  readonly kind: string;
  readonly complete: boolean;
  readonly costNanoUsd: number;
  readonly findings: readonly WorkFinding[];
  readonly read: readonly { readonly path: string }[];
  readonly servedBy: Readonly<Record<string, number>>;
}

async function spent(stage: WorkStage): Promise<{ readonly calls: number; readonly cost_nano_usd: number }> {
  const usage = (await stage.say("usage --json")).lines[0] as unknown as {
    total: { calls: number; cost_nano_usd: number };
  };
  return usage.total;
}

/** A change that is not committed, which review and git_diff look at. */
function change({ repository }: WorkStage): void {
  const path = join(repository.dir, "shop/api.py");
  writeFileSync(path, readFileSync(path, "utf8").replace("total = 0", "total = 1"));
}

describe("as written in the document", () => {
  test.each([
    ["llm analyze --scope=module --target=core", "analyze"],
    ["llm document --type=api --output=markdown", "document"],
    ["llm refactor --suggestions --file=shop/core.py", "refactor"],
    ["llm optimize --performance --target=bottlenecks", "optimize"],
    ["llm security --scan --report=detailed", "security"],
    ["llm architecture --full-analysis", "architecture"],
    ["llm migration --plan --framework=new_tech", "migration"],
    ['llm grok-delegate analyze --module="core" --context="minimal"', "analyze"],
    ['llm grok-delegate document --type="api" --target="core_modules" --style="comprehensive"', "document"],
    [
      'llm grok-delegate review --file="shop/api.py" --context="git_diff" --suggestions="security,performance,style"',
      "review",
    ],
    ["llm grok --task=analyze --chunk-strategy=smart", "analyze"],
    ["llm grok --task=document --priority=high", "document"],
    ["llm grok --task=review --files=shop/api.py", "review"],
    ["llm grok --task=review --files=shop/api.py shop/core.py", "review"],
    ["llm analyze --prefer-grok --fallback=claude", "analyze"],
  ])("%s", async (line, kind) => {
    const stage = await openWorkStage();
    change(stage);
    const ended = await stage.say(line);
    expect([ended.code, ended.stderr.split("\n")[0]]).toEqual([0, expect.stringMatching(`^plan: ${kind} `)]);
    expect(ended.stdout).toMatch(kind === "document" ? /^# Documentation\n[\s\S]*## shop\// : /shop\/\w+\.py:1-2/);
    const { calls, cost_nano_usd } = await spent(stage);
    expect(calls).toBe(stage.provider.served.length);
    expect(cost_nano_usd).toBeGreaterThan(0);
    if (!line.includes("analyze --scope") && !/^llm (document|refactor|optimize|security|arch|migr)/.test(line))
      expect(new Set(stage.provider.seen.map(({ wire }) => wire.split("-")[0]))).toEqual(new Set(["xai"]));
  });

  test("every flag takes its value after a space as well as after an equals sign", async () => {
    const stage = await openWorkStage();
    const ended = await stage.say(
      "review --file shop/api.py --context git_diff --suggestions security,performance,style --json",
    );
    const result = ended.lines[0] as unknown as Answered;
    expect([ended.code, result.complete, result.read.map(({ path }) => path)]).toEqual([0, true, ["shop/api.py"]]);
    expect(stage.provider.seen[0]?.system).toContain("Look for: security, performance, style");
  });
});

describe("a result", () => {
  test("for programs says what was read, what it cost, who answered, and its plan", async () => {
    const stage = await openWorkStage();
    const ended = await stage.say("analyze --scope=module --target=core --model grok --json");
    const result = ended.lines[0] as unknown as Answered;
    expect(ended.lines).toHaveLength(1);
    expect(result).toMatchObject({ kind: "analyze", complete: true, notRead: [], servedBy: { "xai/grok-4.7": 1 } });
    expect(result.read.map(({ path }) => path)).toEqual(["shop/core.py"]);
    expect(result.findings[0]).toMatchObject({
      place: { path: "shop/core.py", firstLine: 1, lastLine: 2 },
      by: "model",
    });
    expect((await spent(stage)).cost_nano_usd).toBe(result.costNanoUsd);
  });

  test("goes into a file, whose folders are made and whose old contents are replaced", async () => {
    const stage = await openWorkStage();
    const file = join(stage.repository.dir, "out/deep/core.md");
    const ended = await stage.say("analyze --module core --output out/deep/core.md");
    expect([ended.code, ended.stdout.includes(`Wrote ${file}`)]).toEqual([0, true]);
    expect(readFileSync(file, "utf8")).toContain("# Analysis\n\nshop/core.py sums orders.");
    writeFileSync(file, "old");
    await stage.say("analyze --module core --output out/deep/core.md");
    expect(readFileSync(file, "utf8")).toContain("# Analysis");
    expect(readdirSync(join(file, ".."))).toEqual(["core.md"]);
  });

  test("of core modules in a folder is a file a module", async () => {
    const stage = await openWorkStage();
    const critical = (await stage.say("list --modules --critical")).stdout.trim().split("\n");
    const ended = await stage.say("grok-delegate document --type=api --target=core_modules --output=docs/");
    expect(ended.code).toBe(0);
    expect(readdirSync(join(stage.repository.dir, "docs"))).toEqual(critical.map((name) => `${name}.md`).toSorted());
  });

  test("is SARIF where it is asked for, and what scanners found is told from what the model found", async () => {
    const stage = await openWorkStage();
    // Not whole in this file, which scanners read too.
    stage.repository.write("shop/keys.py", `AWS = "AKIA${"QYLPMN5HFIQR7XYZ"}"\nSECRET = 1\n`);
    stage.repository.commit("a key");
    const sarif = join(stage.repository.dir, "findings.sarif");
    const ended = await stage.say("security --scan --sarif findings.sarif --json");
    const { runs } = JSON.parse(readFileSync(sarif, "utf8")) as { runs: { tool: { driver: { name: string } } }[] };
    expect(runs.map(({ tool }) => tool.driver.name)).toEqual(expect.arrayContaining(["allot (model)"]));
    const { findings } = ended.lines[0] as unknown as Answered;
    expect(new Set(findings.map(({ by }) => by)).size).toBeGreaterThan(1);
    expect(JSON.stringify(stage.provider.seen)).not.toContain(`AKIA${"QYLPMN5HFIQR7XYZ"}`);
  });
});

describe("a plan", () => {
  const lines = [
    "analyze",
    "document",
    "refactor",
    "review --file=shop/core.py",
    "optimize",
    "security --scan",
    "architecture --full-analysis",
    "migration --plan --framework=x",
    "grok --task=analyze",
    "grok-delegate analyze",
    "test --coverage=unit",
    "test --generate --file=shop/core.py",
  ];
  test.each(lines)("of %s needs no key, asks nobody, and names every chunk", async (line) => {
    using repository = workRepository();
    const home = allotHome({ OLLAMA_HOST: "http://127.0.0.1:9" });
    const ended = await runInside(home, [...line.split(" "), "--plan-only", "--json", "--repo", repository.dir]);
    if (line.startsWith("review") || line.startsWith("test --generate")) {
      const inRepo = await runInside(home, [
        ...line.replace("--file=", `--file=${repository.dir}/`).split(" "),
        "--plan-only",
        "--json",
        "--repo",
        repository.dir,
      ]);
      expect([inRepo.code, inRepo.lines.length]).toEqual([0, 1]);
      return;
    }
    expect([ended.code, ended.lines.length]).toEqual([0, 1]);
    const [plan] = ended.lines as unknown as { works: { chunks: { id: string; files: { path: string }[] }[] }[] }[];
    expect(plan?.works[0]?.chunks[0]?.files[0]?.path).toMatch(/\w/);
  });

  test("says parts, tokens, price and time", async () => {
    const stage = await openWorkStage();
    const ended = await stage.say("analyze --module core --plan-only");
    expect(ended.code).toBe(0);
    for (const word of ["reads", "asks", "model", "price", "time", "shop/core.py", "expected", "at worst"])
      expect(ended.stdout).toContain(word);
    expect(stage.provider.served).toEqual([]);
  });
});

describe("money", () => {
  test("above the threshold work waits for a yes, which --yes says; nothing is paid before", async () => {
    const stage = await openWorkStage();
    const line = "analyze --ask-above 0.000001";
    const refused = await stage.say(line);
    expect([refused.code, stage.provider.served]).toEqual([3, []]);
    expect(refused.stderr).toContain("which is above --ask-above $0.000001; add --yes to go on");
    expect((await stage.say(`${line} --json`)).lines[0]).toMatchObject({ error: { code: "approval-needed" } });
    expect((await stage.say(`${line} --yes`)).code).toBe(0);
  });

  test("a limit stops the work, which says what was not read and goes on later", async () => {
    const stage = await openWorkStage();
    const line = "architecture --full-analysis --max-tokens 1000 --concurrency 1";
    const stopped = await stage.say(`${line} --limit-usd 0.013 --json`);
    const result = stopped.lines[0] as unknown as Answered & { notRead: object[] };
    expect([stopped.code, result.complete]).toEqual([4, false]);
    expect(result.notRead.length).toBeGreaterThan(0);
    expect(result.costNanoUsd).toBeLessThanOrEqual(13_000_000);
    const before = stage.provider.served.length;
    const whole = await stage.say(`${line} --json`);
    expect([whole.code, (whole.lines[0] as unknown as Answered).complete]).toEqual([0, true]);
    const hashes = stage.provider.served.map(({ bodyHash }) => bodyHash);
    expect([before > 0, new Set(hashes).size]).toEqual([true, hashes.length]);
  });

  test("a limit that the work would run into is told with its plan, before anything is paid", async () => {
    const stage = await openWorkStage();
    await stage.say("limits set session tokens/hour 1000");
    const [plan] = (await stage.say("analyze --plan-only --json")).lines as unknown as { limits: object[] }[];
    expect(plan?.limits[0]).toMatchObject({ name: "tokens/hour", scope: "session", limit: 1000, room: 899 });
    expect((await stage.say("analyze --plan-only")).stdout.replaceAll(/\s+/g, " ")).toContain(
      "Limit: session default tokens/hour is 1,000, with room for 899; this needs about",
    );
    const stopped = await stage.say("analyze");
    expect([stopped.code, stage.provider.served]).toEqual([4, []]);
    expect(stopped.stderr).toContain("limit: session default tokens/hour");
  });

  test("the same work again is answered from what was kept, also with no model there", async () => {
    const stage = await openWorkStage();
    await stage.say("analyze");
    const asked = stage.provider.served.length;
    const again = await stage.say("analyze --json");
    expect([again.code, stage.provider.served.length]).toEqual([0, asked]);
    expect(again.lines[0]).toMatchObject({ complete: true, costNanoUsd: 0, calls: 0 });
    await stage.say("analyze --cache-ttl 0s");
    expect(stage.provider.served.length).toBe(asked * 2);
  });
});

describe("a provider that", () => {
  const LINE = "architecture --full-analysis --max-tokens 1000 --json";

  test("fails on some parts leaves the work incomplete; the same command asks only what is missing", async () => {
    let isBroken = true;
    const stage = await openWorkStage((seen) =>
      isBroken && pathsIn(seen).includes("shop/pay.py") && seen.lastUserText.includes("def charge")
        ? { error: "bad-request" }
        : readCode(seen),
    );
    const first = await stage.say(LINE);
    const result = first.lines[0] as unknown as Answered & { notRead: { path: string; reason: string }[] };
    expect([first.code, result.complete]).toEqual([4, false]);
    expect(result.notRead.map(({ path }) => path)).toContain("shop/pay.py");
    isBroken = false;
    const before = stage.provider.served.length;
    const second = await stage.say(LINE);
    expect([second.code, (second.lines[0] as unknown as Answered).complete]).toEqual([0, true]);
    const again = stage.provider.seen
      .slice(before)
      .filter(({ lastUserText }) => lastUserText.includes("def get_order"));
    expect(again.filter(({ lastUserText }) => !lastUserText.includes("def charge"))).toEqual([]);
  });

  test("says that a prompt is too long is asked in smaller pieces, and all is read", async () => {
    const stage = await openWorkStage((seen) =>
      seen.lastUserText.length > 3000 ? { error: "too-long" } : readCode(seen),
    );
    const ended = await stage.say("analyze --model grok --json");
    expect([ended.code, (ended.lines[0] as unknown as Answered).complete]).toEqual([0, true]);
  });

  test("answers with garbage leaves the work incomplete, with the reason", async () => {
    const stage = await openWorkStage(() => ({ text: '{"summary": "cut off he' }));
    const ended = await stage.say("analyze --module core");
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain("incomplete:");
    expect(ended.stderr).toContain("the same command again asks only what is missing");
  });

  test("is down lets the fallback answer, and says who did", async () => {
    const stage = await openWorkStage((seen) =>
      seen.wire.startsWith("xai") ? { error: "server-error" } : readCode(seen),
    );
    const ended = await stage.say("analyze --module core --prefer-grok --fallback=claude --json");
    expect([ended.code, Object.keys((ended.lines[0] as unknown as Answered).servedBy)[0]]).toEqual([
      0,
      expect.stringMatching(/^anthropic\//),
    ]);
  });

  test("is not set up is named with its key, and what goes without it", async () => {
    using repository = workRepository();
    const home = allotHome({ OLLAMA_HOST: "http://127.0.0.1:9" });
    const ended = await runInside(home, ["grok", "--task=analyze", "--repo", repository.dir]);
    expect(ended.code).toBe(78);
    expect(ended.stderr).toContain("is served by xai, which is not set up: set XAI_API_KEY");
    expect(ended.stderr).toContain("--fallback claude");
    const scan = await runInside(home, ["security", "--scan", "--offline", "--repo", repository.dir]);
    expect([scan.code, scan.stdout.includes("no model was asked")]).toEqual([0, true]);
    const offline = await runInside(home, ["analyze", "--offline", "--repo", repository.dir]);
    expect([offline.code, offline.stderr.includes("--plan-only shows the plan")]).toEqual([69, true]);
  });
});

test("a security scan that no model can be asked for still gives what scanners found, as incomplete", async () => {
  using repository = workRepository();
  // Not whole in this file, which scanners read too.
  repository.write("shop/keys.py", `AWS = "AKIA${"QYLPMN5HFIQR7XYZ"}"\n`);
  repository.commit("a key");
  const home = allotHome({ OLLAMA_HOST: "http://127.0.0.1:9" });
  const line = ["security", "--scan", "--report=detailed", "--repo", repository.dir];
  const ended = await runInside(home, line);
  expect([ended.code, ended.stdout.includes("shop/keys.py:1")]).toEqual([4, true]);
  expect(ended.stdout).toContain("> **Incomplete.** No model read the code: ");
  expect(ended.stderr).toContain("set ANTHROPIC_API_KEY");
  const result = (await runInside(home, [...line, "--json"])).lines[0] as unknown as Answered & {
    notRead: { path: string }[];
  };
  expect([result.complete, result.findings.map(({ by }) => by)]).toEqual([false, ["allot-secrets"]]);
  expect(result.notRead.map(({ path }) => path)).toEqual(expect.arrayContaining(["shop/core.py", "shop/keys.py"]));
  expect((await runInside(home, ["security", "--repo", repository.dir])).code).toBe(78);
});

describe("what was named", () => {
  test.each([
    ["an unknown kind", "grok-delegate analize", "usage", '"analize" is no kind of work'],
    ["no kind", "grok", "usage", "what is to be done is missing"],
    ["a migration to nowhere", "migration --plan", "usage", "migration needs what to move to"],
    ["an unknown module", "analyze --module=cor3", "usage", '"cor3" is no module here'],
    ["an unknown file", "review --file=nope.py", "file-not-found", "nope.py is no file or folder"],
    ["a file outside", "review --file=/etc/passwd", "path-escapes", "/etc/passwd is outside"],
  ])("%s is an error that says what would be right", async (_, line, code, message) => {
    const stage = await openWorkStage();
    const ended = await stage.say(line);
    expect(ended.stderr).toContain(message);
    expect((await stage.say(`${line} --json`)).lines[0]).toMatchObject({ error: { code } });
  });

  test("no file at all, or only deleted ones, is nothing to do and no fault", async () => {
    const stage = await openWorkStage();
    expect(await stage.say("grok --task=review --files=")).toMatchObject({
      code: 0,
      stderr: "allot: no file was named\n",
    });
    expect(await stage.say("review")).toMatchObject({
      code: 0,
      stderr: "allot: no file differs from the last commit\n",
    });
    stage.repository.git("rm", "--quiet", "shop/pay.py");
    const gone = await stage.say("review --file=shop/pay.py");
    expect(gone).toMatchObject({ code: 0, stderr: "allot: shop/pay.py was deleted: there is nothing to read\n" });
    const lock = await stage.say("review --file=package-lock.json --json");
    expect(lock.lines[0]).toMatchObject({ complete: true, nothing: [expect.stringContaining("lock-file")] });
  });
});

test("a command that stands in the middle of a pipe leaves no file half written", async () => {
  const stage = await openWorkStage(() => ({ error: "bad-request" }));
  const ended = await stage.say("analyze --module core --output out.md");
  expect(ended.code).toBe(4);
  expect(readFileSync(join(stage.repository.dir, "out.md"), "utf8")).toContain("**Incomplete.**");
  expect(readdirSync(stage.repository.dir).filter((name) => name.includes("out.md"))).toEqual(["out.md"]);
});

test("an incomplete result does not take the place of a whole one", async () => {
  let isBroken = false;
  const stage = await openWorkStage((seen) => (isBroken ? { error: "bad-request" } : readCode(seen)));
  const line = "analyze --module core --cache-ttl 0s --output out.md";
  expect((await stage.say(line)).code).toBe(0);
  isBroken = true;
  const ended = await stage.say(line);
  expect([ended.code, ended.stderr.includes("out.md stays as it was: the new result is incomplete")]).toEqual([
    4,
    true,
  ]);
  expect(readFileSync(join(stage.repository.dir, "out.md"), "utf8")).toContain("shop/core.py sums orders.");
});

test("outside of a repository what needs no history works, and what needs one says so", async () => {
  const home = allotHome({ OLLAMA_HOST: "http://127.0.0.1:9" });
  const folder = join(home.dir, "plain");
  mkdirSync(folder);
  const say = (...args: string[]) => runInside(home, [...args, "--repo", folder]);
  expect(await say("analyze")).toMatchObject({ code: 0, stderr: "allot: there is no code to read here\n" });
  writeFileSync(join(folder, "a.py"), "def a():\n    return 1\n");
  expect((await say("list")).stdout).toBe("a\n");
  expect((await say("analyze", "--plan-only")).code).toBe(0);
  expect(await say("review")).toMatchObject({
    code: 0,
    stderr: "allot: there is no commit to compare with: name files\n",
  });
  const generated = await say("test", "--generate", "--target", "codebase", "--json");
  expect(generated.lines[0]).toMatchObject({ error: { code: "not-a-repository" } });
});
