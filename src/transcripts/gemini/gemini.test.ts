import { expect, test } from "vitest";
import { makeHome } from "../../../test/support/made-logs.ts";
import { readTranscripts } from "../read-transcripts.ts";

const CHATS = ".gemini/tmp/shop/chats";
const ANSWER = {
  id: "11111111-aaaa",
  timestamp: "2026-11-20T10:00:00.000Z",
  type: "gemini",
  content: "",
  model: "gemini-2.5-pro",
  tokens: { input: 1500, output: 90, cached: 400, thoughts: 30, tool: 7, total: 1627 },
};

function header(session: string, kind = "main"): object {
  return { sessionId: session, projectHash: "f00", startTime: "2026-11-20T09:59:00.000Z", kind };
}

test("an answer that is written again with its tool calls counts once, thoughts as output", async () => {
  using home = makeHome();
  home.write(".gemini/tmp/shop/.project_root", "/projects/shop\n");
  home.write(`${CHATS}/session-2026-11-20T10-00-aaaa.jsonl`, [
    header("g1"),
    { id: "u", type: "user", content: [] },
    ANSWER,
    { $set: { lastUpdated: "2026-11-20T10:00:01.000Z" } },
    { ...ANSWER, toolCalls: [{}] },
    header("g1"),
    { $set: { messages: [ANSWER] } },
  ]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records).toMatchObject([
    {
      agent: "gemini",
      session: "g1",
      project: "/projects/shop",
      provider: "google",
      model: "gemini-2.5-pro",
      inputTokens: 1107,
      cacheReadTokens: 400,
      outputTokens: 120,
      reasoningTokens: 30,
    },
  ]);
});

test("a subagent's file counts for the session whose folder it stands in", async () => {
  using home = makeHome();
  home.write(`${CHATS}/g1/g2.jsonl`, [{ ...header("g2", "subagent"), directories: ["/projects/shop"] }, ANSWER]);
  const { records } = await readTranscripts({ home: home.path });
  expect(records).toMatchObject([{ session: "g1", parentSession: "g1", isSubagent: true, project: "/projects/shop" }]);
});

test("a chat of an older version is one document", async () => {
  using home = makeHome();
  const document = { ...header("g3"), messages: [{ id: "u", type: "user" }, ANSWER, { ...ANSWER, id: "22" }] };
  home.write(".gemini/tmp/0abc/chats/session-old.json", JSON.stringify(document, null, 2));
  home.write(".gemini/tmp/0abc/chats/session-torn.json", '{"sessionId": "g4", "mess');
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records.map(({ session, id }) => [session, id])).toEqual([
    ["g3", "11111111-aaaa"],
    ["g3", "22"],
  ]);
  expect(unreadable.map(({ file, lines }) => [file.split("/").at(-1), lines])).toEqual([["session-torn.json", 1]]);
});
