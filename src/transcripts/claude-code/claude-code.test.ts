import { expect, test } from "vitest";
import { claudeLine, costState, makeHome } from "../../../test/support/made-logs.ts";
import { readTranscripts } from "../read-transcripts.ts";
import type { UsageRecord } from "../transcripts.ts";

const AT = ".claude/projects/-projects-shop";

function brief({ id, session, inputTokens, outputTokens }: UsageRecord): unknown[] {
  return [id, session, inputTokens, outputTokens];
}

test("an answer of several content blocks counts once, with the usage of its end", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 100, output: 1, write5m: 30, write1h: 40, read: 50 }, { whole: false }),
    claudeLine("a", { input: 100, output: 1, write5m: 30, write1h: 40, read: 50 }, { whole: false }),
    claudeLine("a", { input: 100, output: 70, write5m: 30, write1h: 40, read: 50, reasoning: 20 }),
    claudeLine("b", { input: 7, output: 8 }),
    costState("s1", { input: 107, output: 78, write5m: 30, write1h: 40, read: 50, reasoning: 20 }),
  ]);
  const { records, lacks } = await readTranscripts({ home: home.path });
  expect(records).toHaveLength(2);
  expect(records[0]).toEqual({
    agent: "claude-code",
    id: "msg_a:req_a",
    requestId: "req_a",
    responseId: "msg_a",
    session: "s1",
    parentSession: null,
    isSubagent: false,
    provider: "anthropic",
    plan: null,
    project: "/projects/shop",
    model: "claude-sonnet-4-5-20250929",
    at: Date.parse("2026-11-20T10:00:00.000Z"),
    inputTokens: 100,
    cacheReadTokens: 50,
    cacheWrite5mTokens: 30,
    cacheWrite1hTokens: 40,
    outputTokens: 70,
    reasoningTokens: 20,
    file: `${home.path}/${AT}/s1.jsonl`,
    line: 3,
  });
  expect(lacks).toEqual([]);
});

test("lines from before requests were named count once too", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 10, output: 2 }, { requestId: null }),
    claudeLine("a", { input: 10, output: 5 }, { requestId: null }),
    claudeLine("b", { input: 10, output: 2 }, { requestId: null }),
    claudeLine("b", { input: 10, output: 5 }),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([
    ["msg_a", "s1", 10, 5],
    ["msg_b:req_b", "s1", 10, 5],
  ]);
});

test("cache writes that are not told apart are those of five minutes", async () => {
  using home = makeHome();
  const usage = { input_tokens: 1, cache_creation_input_tokens: 400, output_tokens: 2 };
  const message = { id: "m", model: "claude-sonnet-4-5-20250929", stop_reason: "end_turn", usage };
  home.write(`${AT}/s1.jsonl`, [{ type: "assistant", sessionId: "s1", requestId: "r", message }]);
  const { records } = await readTranscripts({ home: home.path });
  expect([records[0]?.cacheWrite5mTokens, records[0]?.cacheWrite1hTokens]).toEqual([400, 0]);
});

test("a compaction that the provider made within a request is billed beside the answer, and counts", async () => {
  using home = makeHome();
  const usage = {
    input_tokens: 23_000,
    output_tokens: 1000,
    iterations: [
      { type: "compaction", input_tokens: 180_000, output_tokens: 3500 },
      { type: "message", input_tokens: 23_000, output_tokens: 1000 },
    ],
  };
  const message = { id: "m", model: "claude-sonnet-4-5-20250929", stop_reason: "end_turn", usage };
  home.write(`${AT}/s1.jsonl`, [{ type: "assistant", sessionId: "s1", requestId: "r", message }]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([["m:r", "s1", 203_000, 4500]]);
});

test("what a fork copied of its parent stays the parent's, whichever file is read first", async () => {
  using home = makeHome();
  home.write(`${AT}/b-parent.jsonl`, [claudeLine("a", { input: 100, output: 10 }, { session: "b-parent" })]);
  home.write(`${AT}/a-fork.jsonl`, [
    claudeLine("a", { input: 100, output: 10 }, { session: "a-fork", requestSession: "b-parent" }),
    claudeLine("c", { input: 20, output: 3 }, { session: "a-fork", at: "2026-11-20T11:00:00.000Z" }),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([
    ["msg_a:req_a", "b-parent", 100, 10],
    ["msg_c:req_c", "a-fork", 20, 3],
  ]);
});

test("in logs that do not say whose a copy is, the session that began first has it", async () => {
  using home = makeHome();
  const begun = (session: string, timestamp: string): object => ({
    type: "queue-operation",
    operation: "enqueue",
    sessionId: session,
    timestamp,
  });
  home.write(`${AT}/b-parent.jsonl`, [
    begun("b-parent", "2026-11-20T09:00:00.000Z"),
    claudeLine("a", { input: 100, output: 10 }, { session: "b-parent" }),
  ]);
  home.write(`${AT}/a-fork.jsonl`, [
    claudeLine("a", { input: 100, output: 10 }, { session: "a-fork" }),
    begun("a-fork", "2026-11-20T10:30:00.000Z"),
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([["msg_a:req_a", "b-parent", 100, 10]]);
});

test("a subagent counts for the session that started it, and is known as one", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [claudeLine("a", { input: 100, output: 10 })]);
  home.write(`${AT}/s1/subagents/agent-7.jsonl`, [claudeLine("b", { input: 20, output: 3 }, { sidechain: true })]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records.map(({ session, isSubagent, parentSession }) => [session, isSubagent, parentSession])).toEqual([
    ["s1", false, null],
    ["s1", true, "s1"],
  ]);
});

test("messages that Claude Code made up itself are no answers", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [claudeLine("a", { input: 0, output: 0 }, { model: "<synthetic>" })]);
  expect((await readTranscripts({ home: home.path })).records).toEqual([]);
});

const BOUNDARY = {
  type: "system",
  subtype: "compact_boundary",
  sessionId: "s1",
  timestamp: "2026-11-20T10:05:00.000Z",
};

test("a compaction's own request is told as lacking, with its tokens out of the session's total", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 100, output: 10, read: 5 }),
    costState("s1", { input: 100, output: 10, read: 5 }),
    BOUNDARY,
    costState("s1", { input: 1502, output: 102, read: 5, write1h: 60, write5m: 8, reasoning: 4 }),
  ]);
  const { lacks, records } = await readTranscripts({ home: home.path });
  expect(records).toHaveLength(1);
  expect(lacks).toEqual([
    {
      agent: "claude-code",
      session: "s1",
      what: "compaction's own request",
      tokens: 1562,
      counts: {
        inputTokens: 1402,
        cacheReadTokens: 0,
        cacheWrite5mTokens: 8,
        cacheWrite1hTokens: 60,
        outputTokens: 92,
        reasoningTokens: 4,
      },
    },
  ]);
});

test("a total below what was told is wrong: the compaction is told without figures", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 100, output: 10 }),
    BOUNDARY,
    claudeLine("b", { input: 100, output: 10 }, { at: "2026-11-20T10:06:00.000Z" }),
    costState("s1", { input: 150, output: 300 }),
  ]);
  const { lacks } = await readTranscripts({ home: home.path });
  expect(lacks).toEqual([
    { agent: "claude-code", session: "s1", what: "compaction's own request", tokens: null, counts: null },
  ]);
});

test("a subagent's answers are in the total of its session and are not lacking", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 100, output: 10 }),
    claudeLine("c", { input: 1, output: 1 }, { at: "2026-11-20T10:09:00.000Z" }),
    costState("s1", { input: 121, output: 14 }),
  ]);
  home.write(`${AT}/s1/subagents/agent-7.jsonl`, [
    claudeLine("b", { input: 20, output: 3 }, { sidechain: true, at: "2026-11-20T10:08:00.000Z" }),
  ]);
  expect((await readTranscripts({ home: home.path })).lacks).toEqual([]);
});

test("a fork begins with its parent's total: the parent's compaction is lacking once", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 100, output: 10 }),
    BOUNDARY,
    costState("s1", { input: 600, output: 60 }),
  ]);
  home.write(`${AT}/s2.jsonl`, [
    claudeLine("a", { input: 100, output: 10 }, { session: "s2", requestSession: "s1" }),
    { ...BOUNDARY, sessionId: "s2" },
    claudeLine("b", { input: 7, output: 1 }, { session: "s2", at: "2026-11-20T12:00:00.000Z" }),
    costState("s2", { input: 607, output: 61 }),
  ]);
  const { lacks } = await readTranscripts({ home: home.path });
  expect(lacks.map(({ session, tokens }) => [session, tokens])).toEqual([["s1", 550]]);
});

test("attempts whose connection broke are told, and with their tokens where the total has them", async () => {
  using home = makeHome();
  const cut = { type: "system", subtype: "api_error", source: "connection_retry", sessionId: "s1" };
  home.write(`${AT}/s1.jsonl`, [
    cut,
    claudeLine("a", { input: 100, output: 10 }),
    costState("s1", { input: 200, output: 11 }),
  ]);
  home.write(`${AT}/s2.jsonl`, [
    { ...cut, sessionId: "s2" },
    { ...cut, sessionId: "s2" },
    { type: "system", subtype: "api_error", sessionId: "s2", error: { status: 529 } },
  ]);
  const { lacks } = await readTranscripts({ home: home.path });
  expect(lacks.map(({ session, what, tokens }) => [session, what, tokens])).toEqual([
    ["s1", "a cut attempt", 101],
    ["s2", "2 cut attempts", null],
  ]);
});

test("where no total of the session's is told, nobody can tell what broke off", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [claudeLine("a", { input: 1, output: 1 })]);
  expect((await readTranscripts({ home: home.path })).lacks.map(({ session, what }) => [session, what])).toEqual([
    [null, "attempts that broke off, in sessions without a total of their own (older versions, and while they run)"],
  ]);
});

test("an answer of which only the beginning was logged counts, and its output is told as lacking", async () => {
  using home = makeHome();
  home.write(`${AT}/s1.jsonl`, [
    claudeLine("a", { input: 1130, output: 1 }, { whole: false }),
    costState("s1", { input: 1130, output: 1 }),
  ]);
  const { records, lacks } = await readTranscripts({ home: home.path });
  expect(records.map(brief)).toEqual([["msg_a:req_a", "s1", 1130, 1]]);
  expect(lacks.map(({ what }) => what)).toEqual(["the output of an answer that broke off"]);
});

test("other places that the user told Claude Code are looked at", async () => {
  using home = makeHome();
  home.write("elsewhere/projects/p/s1.jsonl", [claudeLine("a", { input: 1, output: 1 })]);
  const env = { CLAUDE_CONFIG_DIR: `${home.path}/elsewhere` };
  expect((await readTranscripts({ home: home.path, env })).records).toHaveLength(1);
});
