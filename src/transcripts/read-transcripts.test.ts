import { appendFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claudeLine, codexLine, codexRecord, makeHome } from "../../test/support/made-logs.ts";
import { openTranscripts, readTranscripts } from "./read-transcripts.ts";

const LOG = ".claude/projects/p/s1.jsonl";

test("lines that are no JSON are counted and told, and the others are read", async () => {
  using home = makeHome();
  const good = JSON.stringify(claudeLine("a", { input: 1, output: 1 }));
  const path = home.write(
    LOG,
    `not json\n${good}\n{"torn": \n{bad json}\n\n[1]\n${good.replaceAll("_a", "_b")}\n{"type":"assi`,
  );
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records.map(({ responseId, line }) => [responseId, line])).toEqual([
    ["msg_a", 2],
    ["msg_b", 7],
  ]);
  expect(unreadable).toEqual([{ file: path, lines: 5, why: "line 1: no JSON object" }]);
});

test("a last line without its end counts", async () => {
  using home = makeHome();
  home.write(LOG, JSON.stringify(claudeLine("a", { input: 1, output: 1 })));
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect([records.length, unreadable]).toEqual([1, []]);
});

test("lines with other line ends and odd values are read as far as they go", async () => {
  using home = makeHome();
  const odd = {
    type: "assistant",
    sessionId: 7,
    timestamp: "never",
    message: { id: "m", model: "x", usage: { input_tokens: -5, output_tokens: "9" } },
  };
  home.write(
    LOG,
    `${JSON.stringify(claudeLine("a", { input: 1, output: 1 }))}\r\n${JSON.stringify(odd)}\r\n{"type":"assistant","message":null}\r\n`,
  );
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records.map(({ session, at, inputTokens }) => [session, at > 0, inputTokens])).toEqual([
    ["s1", false, 0],
    ["s1", true, 1],
  ]);
  expect(unreadable).toEqual([]);
});

test("a home without logs says where was looked", async () => {
  using home = makeHome();
  const { records, looked } = await readTranscripts({ home: home.path });
  expect(records).toEqual([]);
  expect(looked.map(({ agent, path, files }) => [agent, path.replace(home.path, "~"), files])).toEqual([
    ["claude-code", "~/.claude/projects", 0],
    ["claude-code", "~/.config/claude/projects", 0],
    ["codex", "~/.codex/sessions", 0],
    ["codex", "~/.codex/archived_sessions", 0],
    ["gemini", "~/.gemini/tmp", 0],
    ["opencode", "~/.local/share/opencode/opencode.db", 0],
    ["opencode", "~/.local/share/opencode/storage", 0],
  ]);
});

test("a log that grows is read on from where it was left", async () => {
  using home = makeHome();
  const line = (answer: string, output: number): string =>
    `${JSON.stringify(claudeLine(answer, { input: 10, output }))}\n`;
  const path = home.write(LOG, line("a", 1));
  const logs = openTranscripts({ home: home.path });
  expect((await logs.read()).records.map(({ outputTokens }) => outputTokens)).toEqual([1]);
  appendFileSync(path, line("a", 50));
  const half = line("b", 7);
  appendFileSync(path, half.slice(0, 40));
  expect((await logs.read()).records.map(({ outputTokens }) => outputTokens)).toEqual([50]);
  appendFileSync(path, half.slice(40));
  const { records, unreadable } = await logs.read();
  expect(records.map(({ outputTokens, line: at }) => [outputTokens, at])).toEqual([
    [50, 2],
    [7, 3],
  ]);
  expect(unreadable).toEqual([]);
});

test("logs that are named are read wherever they lie, and their agent is seen by what stands in them", async () => {
  using home = makeHome();
  const claude = home.write("old/one.jsonl", [claudeLine("a", { input: 1, output: 1 })]);
  const meta = codexLine("session_meta", { id: "t1", base_instructions: "word ".repeat(30_000) });
  home.write("old/two.jsonl", [meta, codexRecord("resp_1", "t1", { input: 2, output: 1 }, { input: 2, output: 1 })]);
  home.write("old/notes.txt", "nothing");
  const all = await readTranscripts({ home: home.path, files: [`${home.path}/old`] });
  expect(all.records.map(({ agent }) => agent).toSorted()).toEqual(["claude-code", "codex"]);
  const one = await readTranscripts({ home: home.path, files: [claude] });
  expect(one.records.map(({ agent }) => agent)).toEqual(["claude-code"]);
  const notes = await readTranscripts({ home: home.path, files: [`${home.path}/old/notes.txt`] });
  expect(notes.unreadable.map(({ why }) => why)).toEqual(["no log of an agent that is known"]);
  await expect(readTranscripts({ home: home.path, files: [`${home.path}/none.jsonl`] })).rejects.toMatchObject({
    code: "file-not-found",
  });
});

test("a folder that cannot be looked into is told, and the others are read", async () => {
  using home = makeHome();
  home.write(LOG, [claudeLine("a", { input: 1, output: 1 })]);
  const file = home.write(".codex/sessions", "a file where a folder should be");
  const { records, looked } = await readTranscripts({ home: home.path });
  expect(records).toHaveLength(1);
  expect(looked.find(({ path }) => path === file)?.files).toBe(0);
  const loop = join(home.path, ".gemini/tmp");
  mkdirSync(join(home.path, ".gemini"));
  symlinkSync(loop, loop);
  const { unreadable } = await readTranscripts({ home: home.path });
  expect(unreadable.map(({ file: at, lines, why }) => [at, lines, why.split(":")[0]])).toEqual([[loop, 0, "ELOOP"]]);
});

test("a span, sessions and agents can be asked for", async () => {
  using home = makeHome();
  home.write(LOG, [
    claudeLine("a", { input: 1, output: 1 }, { at: "2026-11-18T10:00:00.000Z" }),
    claudeLine("b", { input: 2, output: 1 }, { at: "2026-11-20T10:00:00.000Z" }),
  ]);
  home.write(".claude/projects/p/other.jsonl", [claudeLine("c", { input: 3, output: 1 }, { session: "other" })]);
  const inputs = async (options: object): Promise<number[]> =>
    (await readTranscripts({ home: home.path, ...options })).records.map(({ inputTokens }) => inputTokens);
  expect(await inputs({ since: Date.parse("2026-11-19") })).toEqual([2, 3]);
  expect(await inputs({ until: Date.parse("2026-11-19") })).toEqual([1]);
  expect(await inputs({ sessions: ["oth"] })).toEqual([3]);
  expect(await inputs({ agents: ["codex"] })).toEqual([]);
});

test("very long lines are passed over where they cannot matter, and read where they do", async () => {
  using home = makeHome();
  const path = home.write(LOG, "");
  const padding = "x".repeat(3_000_000);
  for (const answer of ["a", "b"]) {
    appendFileSync(path, `{"type":"user","message":"${padding}"}\n`);
    const line = claudeLine(answer, { input: 1, output: 1 });
    appendFileSync(path, `${JSON.stringify({ ...line, padding })}\n`);
  }
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records.map(({ responseId, line }) => [responseId, line])).toEqual([
    ["msg_a", 2],
    ["msg_b", 4],
  ]);
  expect(unreadable).toEqual([]);
});

test("a line that is longer than any log's is told, and what follows it is read", async () => {
  using home = makeHome();
  const path = home.write(LOG, "");
  const piece = "x".repeat(8 * 2 ** 20);
  appendFileSync(path, '{"type":"user","message":"');
  for (let round = 0; round < 9; round += 1) appendFileSync(path, piece);
  appendFileSync(path, `"}\n${JSON.stringify(claudeLine("a", { input: 1, output: 1 }))}\n`);
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records.map(({ line }) => line)).toEqual([2]);
  expect(unreadable).toEqual([{ file: path, lines: 1, why: "line 1: longer than 64 MiB" }]);
});
