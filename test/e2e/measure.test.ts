/** `allot measure` and `allot statusline`, on logs in the agents' own shapes. */
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
import { claudeLine, codexCount, codexLine, codexRecord, makeHome, type MadeTokens } from "../support/made-logs.ts";
import { type AllotHome, allotHome, type Ended, runInside } from "../support/run-allot.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const CODEX = "01a1febe-f0fe-7580-9c9f-5c407ef873ee";

interface SumJson {
  readonly name: string;
  readonly answers: number;
  readonly tokens: number;
  readonly cache_write_tokens: number;
  readonly cost_usd: number | null;
  readonly unpriced_answers: number;
  readonly covered_tokens: number;
}

interface MeasuredJson {
  readonly rows: readonly SumJson[];
  readonly agents: readonly SumJson[];
  readonly total: SumJson;
  readonly change: {
    readonly measures: Readonly<Record<string, { before: number; after: number; change_percent: number | null }>>;
  };
  readonly lacks: readonly { readonly what: string }[];
  readonly looked: readonly { readonly agent: string }[];
  readonly imported: { readonly answers: number; readonly known: number };
}

function read(ended: Ended): MeasuredJson {
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  return JSON.parse(ended.stdout) as MeasuredJson;
}

/** A session with a million and more tokens before a change, and another after it. */
function twoSessions() {
  const home = makeHome();
  home.write(".claude/projects/shop/before-1.jsonl", [
    claudeLine(
      "a",
      { input: 5000, write5m: 300_000, write1h: 82_000, output: 9000 },
      { session: "before-1", at: "2026-11-10T10:00:00.000Z" },
    ),
  ]);
  home.write(".claude/projects/shop/after-1.jsonl", [
    claudeLine(
      "b",
      { input: 4000, write5m: 26_000, output: 7020 },
      { session: "after-1", at: "2026-11-12T10:00:00.000Z" },
    ),
  ]);
  return home;
}

const TOKENS: MadeTokens = { input: 1000, read: 500, output: 100 };

test("tokens and dollars of every agent stand beside each other, by session, agent, day and model", async () => {
  const allot = allotHome();
  using home = twoSessions();
  home.write(`.codex/sessions/2026/11/12/rollout-2026-11-12T10-00-00-${CODEX}.jsonl`, [
    codexLine("session_meta", { id: CODEX, cwd: "/projects/shop", model_provider: "openai" }),
    codexLine("turn_context", { model: "gpt-5.5" }),
    codexRecord("resp_1", CODEX, TOKENS, TOKENS, "2026-11-12T11:00:00.000Z"),
    codexCount(TOKENS, TOKENS, "2026-11-12T11:00:00.000Z", "plus"),
  ]);
  const told = read(await runInside(allot, ["measure", "--home", home.path, "--by", "agent", "--json"]));
  expect(told.agents).toEqual(told.rows);
  expect(
    told.rows.map(({ name, answers, tokens, cost_usd, covered_tokens }) => [
      name,
      answers,
      tokens,
      cost_usd,
      covered_tokens,
    ]),
  ).toEqual([
    // Above 200,000 tokens of input $6, $7.50, $12 and $22.50 a million for input, writes of 5 minutes and an hour, output; below it half of that, and $15.
    ["claude-code", 2, 433_020, 3.4665 + 0.2148, 0],
    ["codex", 1, 1600, 0, 1600],
  ]);
  const days = read(await runInside(allot, ["measure", "--home", home.path, "--by", "day", "--json"]));
  expect(days.rows.map(({ name, answers }) => [name, answers])).toEqual([
    ["2026-11-10", 1],
    ["2026-11-12", 2],
  ]);
  const one = read(await runInside(allot, ["measure", "--home", home.path, "--session", "before", "--json"]));
  expect(one.rows.map(({ name }) => name)).toEqual(["before-1"]);
  const stated = read(
    await runInside(allot, ["measure", "--home", home.path, "--covered", "claude-code", "--by", "agent", "--json"]),
  );
  expect(stated.rows.find(({ name }) => name === "claude-code")).toMatchObject({
    cost_usd: 0,
    covered_tokens: 433_020,
  });
});

test("a change from 382k to 26k tokens of cache creation is 93% less, by sessions, by files and by a day", async () => {
  const allot = allotHome();
  using home = twoSessions();
  const file = (session: string): string => `${home.path}/.claude/projects/shop/${session}.jsonl`;
  for (const [before, after] of [
    ["before-1", "after-1"],
    [file("before-1"), file("after-1")],
    ["2026-11-11", "2026-11-11"],
    ["2026-11-01..2026-11-10", "2026-11-12..2026-11-30"],
  ]) {
    const args = ["measure", "--home", home.path, "--before", before ?? "", "--after", after ?? ""];
    const { measures } = read(await runInside(allot, [...args, "--json"])).change;
    expect(measures["cache_creation"]).toEqual({ before: 382_000, after: 26_000, change_percent: -93.2 });
    expect(measures["output"]?.change_percent).toBe(-22);
  }
  const { stdout } = await runInside(allot, [
    "measure",
    "--home",
    home.path,
    "--before",
    "before-1",
    "--after",
    "after-1",
  ]);
  expect(stdout).toContain("cache creation   382,000  26,000    -93%");
});

test("a model without a known price is no $0: its cost is a question", async () => {
  const allot = allotHome();
  using home = makeHome();
  home.write(".claude/projects/p/s1.jsonl", [
    claudeLine("a", { input: 10, output: 1 }, { model: "model-of-next-year" }),
  ]);
  const told = read(await runInside(allot, ["measure", "--home", home.path, "--json"]));
  expect([told.total.cost_usd, told.total.unpriced_answers]).toEqual([null, 1]);
  const { stdout } = await runInside(allot, ["measure", "--home", home.path]);
  expect(stdout).toMatch(/s1 .*\?\n/);
  expect(stdout).toContain("1 answer of models without a known price (model-of-next-year), 11 tokens");
});

test("what is imported counts in usage and limits, once", async () => {
  const allot = allotHome();
  using home = makeHome();
  const at = new Date(Date.now() - 120_000).toISOString();
  home.write(".claude/projects/p/s1.jsonl", [claudeLine("a", { input: 90_000, output: 500 }, { at })]);
  const args = ["measure", "--home", home.path, "--import", "--json"];
  expect(read(await runInside(allot, args)).imported).toMatchObject({ answers: 1, known: 0 });
  expect(read(await runInside(allot, args)).imported).toMatchObject({ answers: 0, known: 1 });
  const usage = await runInside(allot, ["usage", "--session", "s1", "--json"]);
  const { total, limits } = JSON.parse(usage.stdout) as {
    total: { calls: number; tokens: number };
    limits: { name: string; scope: string; level: string }[];
  };
  expect(total).toMatchObject({ calls: 1, tokens: 90_500 });
  expect(limits.find(({ scope, name }) => scope === "session" && name === "tokens/hour")?.level).toBe("HARD");
  const line = await statusline(allot, '{"session_id":"s1","cost":{"total_cost_usd":0.28}}');
  expect(line).toMatch(/^\$0\.28 · HARD · 9\.5% left of session tokens\/hour, frees in 5\d min\n$/);
});

test("a home without logs says where was looked; what is asked for wrongly is told", async () => {
  const allot = allotHome();
  using home = makeHome();
  const { stdout, code } = await runInside(allot, ["measure", "--home", home.path]);
  expect([code, stdout.split("\n")[0]]).toEqual([0, "no answers in agents' logs; looked at:"]);
  expect(stdout).toContain(`${home.path}/.codex/sessions (codex: nothing there)`);
  const codes = [];
  for (const args of [
    ["--by", "task"],
    ["--before", "a"],
    ["--since", "soon"],
    ["none.jsonl"],
    ["--before", "x/y.jsonl", "--after", "a"],
  ]) {
    codes.push((await runInside(allot, ["measure", "--home", home.path, ...args])).code);
  }
  expect(codes).toEqual([64, 64, 64, 66, 66]);
  const by = await runInside(allot, ["measure", "--home", home.path, "--by", "projekt"]);
  expect(by.stderr).toBe(
    'allot: --by is "projekt", but measure takes session, project, day, model, agent. Did you mean project?\n',
  );
});

test("a comparison with a session that no log holds is no comparison with nothing", async () => {
  const allot = allotHome();
  using home = twoSessions();
  const compare = (before: string, after: string) =>
    runInside(allot, ["measure", "--home", home.path, "--before", before, "--after", after]);
  const unknown = await compare("2222", "1111");
  expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([
    66,
    "",
    "allot: --before names 2222, and no session with answers begins so in the logs\n",
  ]);
  const oneOfTwo = await compare("before", "after-1,1111");
  expect([oneOfTwo.code, oneOfTwo.stderr]).toEqual([66, expect.stringContaining("--after names 1111")]);
  // A span may be empty.
  expect((await compare("2020-01-01..2020-01-02", "after-1")).code).toBe(0);
});

test("a session is watched while it runs", async () => {
  const allot = allotHome();
  using home = makeHome();
  const log = home.write(".claude/projects/p/s1.jsonl", [claudeLine("a", { input: 10, output: 1 })]);
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "measure", "--home", home.path, "--watch", "--json"],
    { env: allot.env, stdio: ["ignore", "pipe", "ignore"] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<number> =>
    (JSON.parse(String((await lines.next()).value)) as MeasuredJson).total.answers;
  expect(await next()).toBe(1);
  appendFileSync(log, `${JSON.stringify(claudeLine("b", { input: 10, output: 1 }))}\n`);
  expect(await next()).toBe(2);
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(0);
});

test.each(["", "no JSON", '{"session_id":"unknown"}', "[]"])("a status line never fails: %j", async (said) => {
  expect(await statusline(allotHome(), said)).toBe("allot\n");
});

test("a status line on a store that is none says what Claude Code said", async () => {
  const allot = allotHome();
  writeFileSync(join(allot.dir, ".allot/allot.db"), "no database ".repeat(400));
  expect(await statusline(allot, '{"session_id":"s1","cost":{"total_cost_usd":1.5}}')).toBe("$1.50\n");
});

test("the seeds' script asks allot", async () => {
  const { MEASURE_TOKENS_SCRIPT } = await import("../../src/transcripts/measure-tokens-script.ts");
  const allot = allotHome();
  using home = twoSessions();
  const script = home.write("measure-tokens.sh", MEASURE_TOKENS_SCRIPT);
  const program = home.write(
    "allot",
    `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${MAIN}' "$@"\n`,
  );
  const run = (...args: readonly string[]) =>
    spawn("sh", [script, ...args], { env: { ...allot.env, ALLOT: program }, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => spawn("chmod", ["+x", program]).once("exit", resolve));
  const log = `${home.path}/.claude/projects/shop/after-1.jsonl`;
  const told = JSON.parse(await text(run(log, "--json").stdout)) as MeasuredJson;
  expect(told.rows.map(({ name, cache_write_tokens }) => [name, cache_write_tokens])).toEqual([["after-1", 26_000]]);
});

/** As Claude Code asks; it must end with 0. */
async function statusline(allot: AllotHome, said: string): Promise<string> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  stdin.end(said);
  const env = { ...allot.env, NO_COLOR: "1" };
  const { signal } = new AbortController();
  expect(await runCli(["statusline"], { stdin, stdout, stderr: stdout, env, cwd: allot.dir, signal })).toBe(0);
  stdout.end();
  return text(stdout);
}

test("a status line whose reader says nothing does not wait for ever", async () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const code = await runCli(["statusline"], { stdin, stdout, stderr: stdout, env: allotHome().env, cwd: "/", signal });
  stdout.end();
  expect([code, await text(stdout)]).toEqual([0, "allot\n"]);
});

test("help says whose home is read", async () => {
  const { stdout } = await runInside(allotHome(), ["measure", "--help"]);
  expect(stdout).toContain("the home folder whose logs are read");
});
