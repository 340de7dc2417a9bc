import { existsSync, readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { makeHome } from "../../../test/support/made-logs.ts";
import { readTranscripts } from "../read-transcripts.ts";

const TABLES = `
  create table session (id text primary key, parent_id text, directory text not null);
  create table message (id text primary key, session_id text not null, data text not null);
  create table part (id text primary key, message_id text not null, data text not null);`;

function tokens(input: number, output: number, reasoning = 0, read = 0, write = 0): object {
  return { input, output, reasoning, cache: { read, write } };
}

function message(more: object = {}): object {
  return {
    role: "assistant",
    modelID: "gpt-5.5",
    providerID: "openai",
    time: { created: 1_795_275_303_406, completed: 1_795_275_304_599 },
    tokens: tokens(1, 1),
    ...more,
  };
}

function fill(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(TABLES);
  const insert = {
    session: database.prepare("insert into session values (?, ?, ?)"),
    message: database.prepare("insert into message values (?, ?, ?)"),
    part: database.prepare("insert into part values (?, ?, ?)"),
  };
  insert.session.run("ses_a", null, "/projects/shop");
  insert.session.run("ses_b", "ses_a", "/projects/shop");
  insert.message.run("msg_1", "ses_a", JSON.stringify(message()));
  insert.message.run("msg_2", "ses_b", JSON.stringify(message({ tokens: tokens(40, 5, 2, 10, 3) })));
  insert.message.run("msg_3", "ses_a", JSON.stringify({ role: "user" }));
  insert.message.run("msg_4", "ses_a", '{"tokens": broken');
  insert.part.run("prt_1", "msg_1", JSON.stringify({ type: "step-finish", tokens: tokens(100, 10, 4, 20, 0) }));
  insert.part.run("prt_2", "msg_1", JSON.stringify({ type: "step-finish", tokens: tokens(1, 1) }));
  return database;
}

test("each step of a message is an answer, and a subagent counts for its parent's session", async () => {
  using home = makeHome();
  const path = home.write(".local/share/opencode/opencode.db", "");
  fill(path).close();
  const { records, lacks, unreadable } = await readTranscripts({ home: home.path });
  expect(
    records.map(({ id, session, isSubagent, inputTokens, cacheReadTokens, cacheWrite5mTokens, outputTokens }) => [
      id,
      session,
      isSubagent,
      inputTokens,
      cacheReadTokens,
      cacheWrite5mTokens,
      outputTokens,
    ]),
  ).toEqual([
    ["msg_2", "ses_a", true, 40, 10, 3, 7],
    ["prt_1", "ses_a", false, 100, 20, 0, 14],
    ["prt_2", "ses_a", false, 1, 0, 0, 1],
  ]);
  expect(records[0]).toMatchObject({
    project: "/projects/shop",
    model: "gpt-5.5",
    provider: "openai",
    reasoningTokens: 2,
  });
  expect(lacks.map(({ session, what }) => [session, what])).toEqual([
    ["ses_a", "the title's request"],
    [null, "attempts that broke off: opencode does not log them"],
  ]);
  expect(unreadable.map(({ lines, why }) => [lines, why])).toEqual([[1, "message msg_4 is no JSON"]]);
});

test("reading leaves nothing beside a database that nobody has open", async () => {
  using home = makeHome();
  const path = home.write(".local/share/opencode/opencode.db", "");
  const database = fill(path);
  database.exec("pragma journal_mode = wal");
  database.close();
  expect((await readTranscripts({ home: home.path })).records).toHaveLength(3);
  expect(readdirSync(`${home.path}/.local/share/opencode`)).toEqual(["opencode.db"]);
});

test("what was just written to an open database is read too", async () => {
  using home = makeHome();
  const path = home.write(".local/share/opencode/opencode.db", "");
  const first = new DatabaseSync(path);
  first.exec("pragma journal_mode = wal");
  first.close();
  using _open = fill(path);
  expect(existsSync(`${path}-wal`)).toBe(true);
  expect((await readTranscripts({ home: home.path })).records).toHaveLength(3);
});

test("documents of an older version tell the same", async () => {
  using home = makeHome();
  const storage = ".local/share/opencode/storage";
  home.write(`${storage}/session/p1/ses_a.json`, JSON.stringify({ id: "ses_a", directory: "/projects/shop" }));
  home.write(`${storage}/message/ses_a/msg_1.json`, JSON.stringify(message({ id: "msg_1", sessionID: "ses_a" })));
  home.write(
    `${storage}/part/msg_1/prt_1.json`,
    JSON.stringify({ type: "step-finish", messageID: "msg_1", tokens: tokens(100, 10, 4, 20, 0) }),
  );
  home.write(`${storage}/message/ses_a/msg_2.json`, "{");
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records).toMatchObject([{ id: "prt_1", session: "ses_a", project: "/projects/shop", inputTokens: 100 }]);
  expect(unreadable).toHaveLength(1);
});

test("a file that is no database is told", async () => {
  using home = makeHome();
  home.write(".local/share/opencode/opencode.db", "no database at all, but long enough to look like one ".repeat(20));
  const { records, unreadable } = await readTranscripts({ home: home.path });
  expect(records).toEqual([]);
  expect(unreadable.map(({ why }) => why)).toEqual(["file is not a database"]);
});
