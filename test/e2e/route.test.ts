import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { allotHome, runAllot, runInside, type AllotHome } from "../support/run-allot.ts";

const BUTTON = "Fix the login button styling";

function write(home: AllotHome, name: string, text: string): string {
  const path = join(home.dir, name);
  writeFileSync(path, text);
  return path;
}

test("route answers type, agent, model, confidence, reasons, cost and saving as JSON", async () => {
  const { code, lines } = await runInside(allotHome(), ["route", BUTTON, "--json"]);
  expect(code).toBe(0);
  expect(lines[0]).toMatchObject({
    type: "ui",
    agent: "comet",
    model: "haiku",
    modelId: "claude-haiku-5-5",
    provider: "anthropic",
    session: "comet",
    decision: "route",
    kind: "task",
    expectedCostUsd: 0.00275,
    saving: 0.966667,
  });
  expect(lines[0]?.["confidence"]).toBeGreaterThan(0.6);
  expect(lines[0]?.["reasons"]).toContainEqual(expect.stringContaining("96.7% less than the premium model sonnet-4-5"));
});

test("route makes no store while nothing is to be remembered", async () => {
  const home = allotHome();
  await runInside(home, ["route", BUTTON]);
  const listed = execFileSync("ls", ["-A", join(home.dir, ".allot")], { encoding: "utf8" });
  expect(listed).toBe("");
});

test("what --as says is remembered, listed and forgotten", async () => {
  const home = allotHome();
  const typeNow = async (): Promise<unknown> => (await runInside(home, ["route", BUTTON, "--json"])).lines[0]?.["type"];
  const stated = await runInside(home, ["route", BUTTON, "--as", "coding", "--json"]);
  expect(stated.lines[0]).toMatchObject({ type: "coding", confidence: 1, agent: "codex" });
  expect(await typeNow()).toBe("coding");
  expect((await runInside(home, ["route", "--lessons", "--json"])).lines[0]).toMatchObject({
    lessons: [{ kind: "said", type: "coding", agent: "codex", words: 4 }],
  });
  expect((await runInside(home, ["route", "--forget", "--json"])).lines[0]).toEqual({ forgotten: 1, repo: null });
  expect(await typeNow()).toBe("ui");
});

test("ALLOT_LEARN=off remembers nothing, and a project's file cannot switch learning", async () => {
  const home = allotHome({ ALLOT_LEARN: "off" });
  await runInside(home, ["route", BUTTON, "--as", "coding"]);
  expect((await runInside(home, ["route", "--lessons", "--json"])).lines[0]).toEqual({ lessons: [] });
  write(home, "allot.config.json", '{"learn": "on"}');
  expect((await runInside(home, ["route", BUTTON])).stderr).toContain("learn is the user's to state");
});

test("a repository's lessons count in its folders, and go with --forget --repo", async () => {
  const home = allotHome();
  const repo = join(home.dir, "shop");
  mkdirSync(join(repo, "src"), { recursive: true });
  execFileSync("git", ["init", "-q", repo]);
  await runInside(home, ["route", BUTTON, "--as", "coding", "--repo", repo]);
  const inside = await runInside(home, ["route", BUTTON, "--repo", join(repo, "src"), "--json"]);
  const other = await runInside(home, ["route", "--forget", "--repo", home.dir, "--json"]);
  const own = await runInside(home, ["route", "--forget", "--repo", join(repo, "src"), "--json"]);
  expect([inside.lines[0]?.["type"], other.lines[0]?.["forgotten"], own.lines[0]?.["forgotten"]]).toEqual([
    "coding",
    0,
    1,
  ]);
});

test("--from answers a line {label, p} for each text, in order, with labels as the data has them", async () => {
  const home = allotHome();
  const texts = [BUTTON, "", "Write a README for this project", "Compare Redis and Memcached for our job queue"];
  const file = write(
    home,
    "tasks.jsonl",
    `${texts.map((text) => JSON.stringify({ text, label: "X" })).join("\r\n")}\n`,
  );
  const { code, stdout, lines } = await runInside(home, ["route", "--from", file, "--json"]);
  expect([code, lines.map(({ label }) => label)]).toEqual([0, ["UI", "CODING", "DOCUMENTATION", "RESEARCH"]]);
  expect(stdout.endsWith("}\n")).toBe(true);
  expect(lines.every((line) => Object.keys(line).join() === "label,p" && Number(line["p"]) <= 1)).toBe(true);
});

test("--from is not swayed by what was learnt, unless asked", async () => {
  const home = allotHome();
  await runInside(home, ["route", BUTTON, "--as", "coding"]);
  const file = write(home, "tasks.jsonl", `${JSON.stringify({ text: BUTTON })}\n`);
  const plain = await runInside(home, ["route", "--from", file, "--json"]);
  const learnt = await runInside(home, ["route", "--from", file, "--learn", "on", "--json"]);
  expect([plain.lines[0]?.["label"], learnt.lines[0]?.["label"]]).toEqual(["UI", "CODING"]);
});

test("ten thousand texts take seconds, the start of the program included", async () => {
  const home = allotHome();
  const file = write(home, "many.jsonl", `${JSON.stringify({ text: `${BUTTON} of page 7` })}\n`.repeat(10_000));
  const start = performance.now();
  const { lines } = await runAllot(home, ["route", "--from", file, "--json"]);
  expect(lines.length).toBe(10_000);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.each([
  ['{"text": "a"}\nnonsense\n', "tasks.jsonl:2 is no JSON"],
  ['{"text": "a"}\n\n{"text": "b"}\n', "tasks.jsonl:2 is empty"],
  ['{"text": 5}\n', 'tasks.jsonl:1 has no "text" that is text'],
  ["[]\n", 'tasks.jsonl:1 has no "text" that is text'],
])("--from with %o ends with 65 and names the line", async (content, message) => {
  const home = allotHome();
  const { code, stdout, stderr } = await runInside(home, ["route", "--from", write(home, "tasks.jsonl", content)]);
  expect([code, stdout]).toEqual([65, ""]);
  expect(stderr).toContain(message);
});

test.each([
  [["route"], 64, "wants a text"],
  [["route", "x", "--as", "codng"], 64, '--as is "codng", which is no type of task. Did you mean coding?'],
  [["route", "--forget", "x"], 64, '--forget takes no text, but got "x"'],
  [["route", "--forget", "--lessons"], 64, "--lessons and --forget do not go together"],
  [["route", "--from", "nowhere.jsonl"], 66, "cannot be read"],
  [["estimate"], 64, "wants a text"],
  [["estimate", "--mix", "ui=50"], 64, "add up to 50%, expected 100%"],
  [["estimate", "--tasks", "5"], 64, "say how much a --mix is"],
  [["estimate", "--mix", "ui=100", "--tasks", "5", "--budget-per-day", "9"], 64, "do not go together"],
])("allot %j ends with %i and says what was wrong", async (args, code, message) => {
  const ended = await runInside(allotHome(), args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(message);
});

test("the user's rows change the table, and what a stranger's repository may not do is an error", async () => {
  const home = allotHome();
  writeFileSync(join(home.dir, ".allot", "config.json"), '{"routes": {"ui": {"agent": "codex"}}}');
  const own = await runInside(home, ["route", BUTTON, "--json"]);
  expect(own.lines[0]).toMatchObject({ type: "ui", agent: "codex", model: "sonnet-4-5" });
  write(home, "allot.config.json", '{"routes": {"documentation": {"model": "sonnet-4-5"}}}');
  const theirs = await runInside(home, ["route", BUTTON]);
  expect([theirs.code, theirs.stderr]).toEqual([78, expect.stringContaining("which is dearer than haiku")]);
});

test("control characters of a text do not reach the terminal", async () => {
  const { stdout } = await runInside(allotHome(), ["route", "Fix\u001B[2Jthe\u0007 button"]);
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
});

test("the screen names type, agent, model, price, reasons and what it would cost elsewhere", async () => {
  const { stdout } = await runInside(allotHome({ COLUMNS: "100" }), ["route", BUTTON]);
  for (const part of [
    "type",
    "comet",
    "haiku",
    "$0.10 in, $0.50 out",
    "Why here",
    "Elsewhere",
    "sonnet-4-5",
    "the same",
  ])
    expect(stdout).toContain(part);
});

test("where so configured, a small model is asked about an unsure text, and its call is in the ledger", async () => {
  const server = await openScriptedProvider({
    script: () => ({ text: "ui", usage: { inputTokens: 150, outputTokens: 1 } }),
  });
  onTestFinished(() => server.close());
  const home = allotHome({ ANTHROPIC_API_KEY: "sk-test-0123456789", ANTHROPIC_BASE_URL: server.urls.anthropic });
  writeFileSync(join(home.dir, ".allot", "config.json"), '{"routes": {"unsure": "ask-model"}}');
  const asked = await runInside(home, ["route", "asdf qwer", "--json"]);
  const clear = await runInside(home, ["route", BUTTON, "--json"]);
  expect(asked.lines[0]?.["reasons"]).toContainEqual(expect.stringContaining("a small model that was asked says ui"));
  expect(clear.lines[0]?.["decision"]).toBe("route");
  await using store = await openStore({ path: join(home.dir, ".allot", "allot.db"), clock: systemClock });
  const entries = await store.db.selectFrom("ledger").select(["session_id", "input_tokens", "output_tokens"]).execute();
  expect(entries).toEqual([{ session_id: "router", input_tokens: 150, output_tokens: 1 }]);
});

test("estimate --mix prints the guide's figures beside the right ones", async () => {
  const { lines, code } = await runInside(allotHome(), ["estimate", "--mix", "ui=50,coding=30,docs=20", "--json"]);
  const estimates = lines[0]?.["estimates"] as { name: string; totalUsd: number; saving: number }[];
  expect(code).toBe(0);
  expect(estimates.map(({ name, totalUsd, saving }) => [name, totalUsd, saving])).toEqual([
    ["the guide", 9.12, 0.49],
    ["at its 80%", 7.92, 0.56],
    ["Oct 2025", 6.45, 0.641667],
    ["today", 5.82, 0.676667],
  ]);
  expect(lines[0]?.["sentWrong"]).toMatchObject([{ source: expect.stringContaining("hand-written") }, {}]);
  expect(lines[0]?.["notes"]).toContainEqual(expect.stringContaining("$22.80"));
});

test("estimate of a text gives tokens and dollars by model, and the limit that bites first", async () => {
  const { lines } = await runInside(allotHome(), ["estimate", "Fix the API endpoint", "--as", "debugging", "--json"]);
  expect(lines[0]).toMatchObject({
    type: "debugging",
    model: "sonnet-4-5",
    tokens: { expected: { inputTokens: 40_000, outputTokens: 2_500 } },
    models: expect.arrayContaining([{ model: "sonnet-4-5", lowUsd: 0.0825, expectedUsd: 0.1575, highUsd: 0.495 }]),
    bites: "session:codex tokens/hour",
  });
  expect((lines[0]?.["limits"] as unknown[] | undefined)?.[0]).toMatchObject({
    takes: 42_500,
    limit: 100_000,
    fits: true,
    tasksLeft: 2,
  });
});

test("a type stated to estimate teaches nothing", async () => {
  const home = allotHome();
  await runInside(home, ["route", "Deploy the cluster", "--as", "automation"]);
  await runInside(home, ["estimate", BUTTON, "--as", "coding"]);
  expect((await runInside(home, ["route", BUTTON, "--json"])).lines[0]?.["type"]).toBe("ui");
});
