import { expect, test } from "vitest";
import { codexCount, codexLine, codexRecord, makeHome } from "../../../test/support/made-logs.ts";
import { readTranscripts } from "../read-transcripts.ts";
import type { UsageRecord } from "../transcripts.ts";

const AT = ".codex/sessions/2026/11/20";
const PARENT = "01a1febe-f0fe-7580-9c9f-5c407ef873ee";
const FORK = "01a1febe-f399-7353-a8ca-91344c9714b4";

function meta(id: string, more: object = {}): object {
  return codexLine("session_meta", { id, session_id: id, cwd: "/projects/shop", model_provider: "openai", ...more });
}

const TURN = codexLine("turn_context", { model: "gpt-5.5", cwd: "/projects/shop" });

function file(thread: string): string {
  return `${AT}/rollout-2026-11-20T10-00-00-${thread}.jsonl`;
}

function brief({ id, session, inputTokens, cacheReadTokens, outputTokens }: UsageRecord): unknown[] {
  return [id, session, inputTokens, cacheReadTokens, outputTokens];
}

test("each record of an answer counts, with what was cached taken out of the input", async () => {
  using home = makeHome();
  const tokens = { input: 1000, read: 300, write5m: 50, output: 80, reasoning: 20 };
  home.write(file(PARENT), [
    meta(PARENT),
    TURN,
    codexRecord("resp_1", PARENT, tokens, tokens),
    codexCount(tokens, tokens),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records).toEqual([
    {
      agent: "codex",
      id: "resp_1",
      requestId: null,
      responseId: "resp_1",
      session: PARENT,
      parentSession: null,
      isSubagent: false,
      provider: "openai",
      plan: null,
      project: "/projects/shop",
      model: "gpt-5.5",
      at: Date.parse("2026-11-20T10:00:00.000Z"),
      inputTokens: 1000,
      cacheReadTokens: 300,
      cacheWrite5mTokens: 50,
      cacheWrite1hTokens: 0,
      outputTokens: 80,
      reasoningTokens: 20,
      file: `${home.path}/${file(PARENT)}`,
      line: 3,
    },
  ]);
});

test("in older logs a running total counts by what it grew, and its repeats after a resume do not", async () => {
  using home = makeHome();
  const [first, second] = [
    { input: 100, output: 10 },
    { input: 250, read: 40, output: 30 },
  ];
  home.write(file(PARENT), [
    meta(PARENT),
    TURN,
    codexCount(first, first),
    codexCount(first, first),
    codexCount({ input: 150, read: 40, output: 20 }, second),
    codexCount({ input: 150, read: 40, output: 20 }, second),
    codexCount({}, second),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([
    [`${PARENT}:110`, PARENT, 100, 0, 10],
    [`${PARENT}:320`, PARENT, 150, 40, 20],
  ]);
});

test("a log that an older version began and a newer one goes on with counts each answer once", async () => {
  using home = makeHome();
  const [first, total] = [
    { input: 100, output: 10 },
    { input: 300, output: 40 },
  ];
  home.write(file(PARENT), [
    meta(PARENT),
    TURN,
    codexCount(first, first),
    codexCount(first, first),
    codexRecord("resp_2", PARENT, { input: 200, output: 30 }, total),
    codexCount({ input: 200, output: 30 }, total),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([
    [`${PARENT}:110`, PARENT, 100, 0, 10],
    ["resp_2", PARENT, 200, 0, 30],
  ]);
});

test("a fork's total begins with its parent's, which does not count again", async () => {
  using home = makeHome();
  home.write(file(PARENT), [meta(PARENT), TURN, codexCount({ input: 100, output: 10 }, { input: 100, output: 10 })]);
  home.write(file(FORK), [
    meta(FORK, { forked_from_id: PARENT }),
    TURN,
    codexCount({ input: 30, output: 3 }, { input: 130, output: 13 }),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([
    [`${PARENT}:110`, PARENT, 100, 0, 10],
    [`${FORK}:143`, FORK, 30, 0, 3],
  ]);
});

test("an older fork that copied its parent's lines counts only its own", async () => {
  using home = makeHome();
  const counted = [
    codexCount({ input: 100, output: 10 }, { input: 100, output: 10 }),
    codexCount({ input: 50, output: 5 }, { input: 150, output: 15 }),
  ];
  home.write(file(PARENT), [meta(PARENT), TURN, ...counted]);
  home.write(file(FORK), [
    meta(FORK, { forked_from_id: PARENT }),
    meta(PARENT),
    TURN,
    ...counted,
    codexCount({ input: 7, output: 1 }, { input: 157, output: 16 }),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(({ session, inputTokens }) => [session, inputTokens])).toEqual([
    [PARENT, 100],
    [PARENT, 50],
    [FORK, 7],
  ]);
});

test("records that a fork copied are the parent's", async () => {
  using home = makeHome();
  const first = { input: 100, output: 10 };
  const copied = [codexRecord("resp_1", PARENT, first, first), codexCount(first, first)];
  home.write(file(FORK), [
    meta(FORK, { forked_from_id: PARENT }),
    TURN,
    ...copied,
    codexRecord("resp_2", FORK, { input: 7, output: 1 }, { input: 107, output: 11 }),
    codexCount({ input: 7, output: 1 }, { input: 107, output: 11 }),
  ]);
  home.write(file(PARENT), [meta(PARENT), TURN, ...copied]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([
    ["resp_1", PARENT, 100, 0, 10],
    ["resp_2", FORK, 7, 0, 1],
  ]);
});

test("a subagent counts for its root session", async () => {
  using home = makeHome();
  const child = "01a1febe-f4f7-7b60-bede-50f2e6108dfc";
  const tokens = { input: 9, output: 2 };
  home.write(file(child), [
    meta(child, { session_id: PARENT, parent_thread_id: PARENT, thread_source: "subagent" }),
    TURN,
    codexRecord("resp_9", child, tokens, tokens),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(({ session, parentSession, isSubagent }) => [session, parentSession, isSubagent])).toEqual([
    [PARENT, PARENT, true],
  ]);
});

test("the plan that a log names is kept, and what Codex never logs is told", async () => {
  using home = makeHome();
  const tokens = { input: 9, output: 2 };
  home.write(file(PARENT), [
    meta(PARENT),
    TURN,
    codexRecord("resp_1", PARENT, tokens, tokens),
    codexCount(tokens, tokens, undefined, "plus"),
  ]);
  const { records, lacks } = await readTranscripts({ home: home.path });
  expect(records[0]?.plan).toBe("plus");
  expect(lacks).toEqual([
    {
      agent: "codex",
      session: null,
      what: "attempts that broke off, and sessions with --ephemeral: Codex logs neither",
      tokens: null,
      counts: null,
    },
  ]);
});
