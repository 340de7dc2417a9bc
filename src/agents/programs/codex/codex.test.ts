import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { EndedProcess } from "../agent-process.ts";
import type { AgentEvent, AgentTask } from "../program.ts";
import { NO_USAGE } from "../usage.ts";
import { codexArguments, codexEnvironment } from "./codex-arguments.ts";
import { endOfCodex } from "./codex-end.ts";
import { readCodexEvents } from "./codex-events.ts";
import { openCodexLog } from "./codex-log.ts";

const TASK: AgentTask = {
  prompt: "Do it.",
  cwd: "/work",
  env: { PATH: "/bin", OPENAI_API_KEY: "sk-of-the-user" },
  sandbox: "workspace-write",
  timeoutMs: 60_000,
  limits: {},
};
const ENDED: EndedProcess = { why: "exited", exitCode: 0, complaint: "", tookMs: 5 };
const NOTHING = { usage: NO_USAGE, recorded: false, before: NO_USAGE };

function read(...lines: readonly object[]) {
  const events: AgentEvent[] = [];
  const reader = readCodexEvents((event) => events.push(event));
  for (const line of lines) reader.line(JSON.stringify(line));
  return { events, told: reader.told() };
}

const started = { type: "thread.started", thread_id: "t-1" };
const item = (fields: object) => ({ type: "item.completed", item: fields });
const completed = {
  type: "turn.completed",
  usage: { input_tokens: 3_000, cached_input_tokens: 1_000, output_tokens: 300 },
};

describe("its lines", () => {
  test("tell the session, what it said, ran and changed", () => {
    const { events, told } = read(
      started,
      item({ type: "agent_message", text: "I write." }),
      item({ type: "command_execution", command: "npm test", exit_code: 2 }),
      item({ type: "file_change", status: "completed", changes: [{ path: "/work/a.ts" }, { path: "/work/b.ts" }] }),
      item({ type: "file_change", status: "failed", changes: [{ path: "/etc/passwd" }] }),
      item({ type: "error", message: "fallback metadata is used" }),
      completed,
    );
    expect(events).toEqual([
      { kind: "session", id: "t-1" },
      { kind: "text", text: "I write." },
      { kind: "command", command: "npm test", exitCode: 2 },
      { kind: "file", path: "/work/a.ts" },
      { kind: "file", path: "/work/b.ts" },
    ]);
    expect(told).toMatchObject({ completed: true, failure: null });
  });

  test("an error that it got over is none", () => {
    expect(read(started, { type: "error", message: "Reconnecting... 1/5" }, completed).told.failure).toBeNull();
  });
});

describe("its log", () => {
  const usage = (input: number, output: number) => ({
    input_tokens: input,
    cached_input_tokens: 0,
    output_tokens: output,
  });
  const record = (session: string, id: string, input: number, total: number) =>
    `${JSON.stringify({
      type: "token_usage_record",
      payload: {
        session_id: session,
        response_id: id,
        usage: usage(input, 10),
        thread_token_usage: usage(total, total / 10),
      },
    })}\n`;

  function home(): { readonly dir: string; readonly file: (thread: string) => string } {
    const dir = mkdtempSync(join(tmpdir(), "allot-codex-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const day = join(dir, "sessions/2026/11/21");
    mkdirSync(day, { recursive: true });
    return { dir, file: (thread) => join(day, `rollout-2026-11-21T10-00-00-${thread}.jsonl`) };
  }

  test("counts what was added, with subagents, and not what stood there or another thread adds meanwhile", async () => {
    const { dir, file } = home();
    writeFileSync(file("t-1"), record("t-1", "old", 700, 700));
    writeFileSync(file("other"), record("other", "x", 5, 5));
    const log = await openCodexLog(dir, "t-1");
    appendFileSync(file("t-1"), record("t-1", "new", 100, 800));
    expect(log.look("t-1")).toMatchObject({ answers: 1, changed: true, usage: { inputTokens: 100, outputTokens: 10 } });
    expect(log.look("t-1").changed).toBe(false);
    appendFileSync(file("other"), record("other", "y", 5_000, 5_005));
    writeFileSync(file("t-2"), record("t-1", "sub", 40, 40));
    expect(log.end("t-1")).toMatchObject({
      recorded: true,
      usage: { inputTokens: 140, outputTokens: 20 },
      before: { inputTokens: 700 },
    });
  });

  test("a line that is half written is taken when it is whole", async () => {
    const { dir, file } = home();
    const log = await openCodexLog(dir, undefined);
    const line = record("t-1", "a", 100, 100);
    writeFileSync(file("t-1"), line.slice(0, 40));
    expect(log.look("t-1").answers).toBe(0);
    appendFileSync(file("t-1"), line.slice(40));
    expect(log.look("t-1").answers).toBe(1);
  });

  test("of an older version the thread's total is taken apart by what stood there before", async () => {
    const { dir, file } = home();
    const count = {
      type: "event_msg",
      payload: { type: "token_count", info: { total_token_usage: usage(2_000, 200) } },
    };
    writeFileSync(file("t-1"), `${JSON.stringify(count)}\n`);
    const log = await openCodexLog(dir, "t-1");
    const { told } = read(started, completed);
    expect(endOfCodex(TASK, ENDED, told, log.end("t-1"), null).usage).toEqual({
      inputTokens: 0,
      cacheReadTokens: 1_000,
      cacheWriteTokens: 0,
      outputTokens: 100,
      reasoningTokens: 0,
      cost: null,
    });
  });

  test("a home without logs counts nothing", async () => {
    const log = await openCodexLog("/nowhere", "t-1");
    expect(log.look("t-1")).toEqual({ usage: NO_USAGE, answers: 0, changed: false });
  });
});

describe("its end", () => {
  const end = (failure: string, ended: Partial<EndedProcess> = {}, task: Partial<AgentTask> = {}) =>
    endOfCodex(
      { ...TASK, ...task },
      { ...ENDED, exitCode: 1, ...ended },
      read(started, { type: "turn.failed", error: { message: failure } }).told,
      NOTHING,
      null,
    );

  test.each([
    ["Quota exceeded. Check your plan and billing details.", "over-limit", "limit-reached"],
    ["You've hit your usage limit. Upgrade to Pro.", "over-limit", "limit-reached"],
    ["unexpected status 401 Unauthorized: no key was given", "failed", "provider-auth"],
    ["We're currently experiencing high demand", "failed", "provider-overloaded"],
    ["stream disconnected before completion", "failed", "agent-failed"],
  ])("%s", (message, kind, code) => {
    expect(end(message)).toMatchObject({ kind, code, message });
  });

  test("a thread that is not there is lost only where one was to be resumed", () => {
    const complaint = "Error: thread/resume failed: no rollout found for thread id x (code -32600)\n";
    expect(end("", { complaint }, { resume: "x" }).kind).toBe("session-lost");
    expect(end("", { complaint }).kind).toBe("failed");
  });

  test("a turn that never ended is a failure, whatever the exit code", () => {
    const { told } = read(started);
    expect(endOfCodex(TASK, ENDED, told, NOTHING, null)).toMatchObject({ kind: "failed", code: "agent-failed" });
  });
});

describe("its command line", () => {
  const found = { path: "codex", version: "0.169.0", help: "      --skip-git-repo-check\n" };

  test("says the sandbox again where a session is resumed, and knows no flag that is gone", () => {
    const args = codexArguments(found, { ...TASK, resume: "t-1" });
    expect(args.slice(0, 3)).toEqual(["exec", "resume", "--json"]);
    expect(args).toContain('sandbox_mode="workspace-write"');
    expect(args).toContain('approval_policy="never"');
    expect(args.slice(-3)).toEqual(["--", "t-1", "-"]);
    expect(args.join(" ")).not.toContain("--full-auto");
  });

  test("takes no flag for a session", () => {
    const resume = "--dangerously-bypass-approvals-and-sandbox";
    expect(() => codexArguments(found, { ...TASK, resume })).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("leaves out flags that this version's help does not name", () => {
    expect(codexArguments({ ...found, help: "" }, TASK)).not.toContain("--skip-git-repo-check");
  });

  test("names no prompt and no key, and the key reaches nothing that it starts", () => {
    const task = { ...TASK, gateway: { url: "http://127.0.0.1:1", key: "allot-secret" } };
    const line = codexArguments(found, task).join(" ");
    expect(line).not.toMatch(/Do it|allot-secret|bypass|dangerously/);
    expect(line).toContain('shell_environment_policy.exclude=["ALLOT_AGENT_KEY"]');
    const env = codexEnvironment(task);
    expect([env["ALLOT_AGENT_KEY"], env["OPENAI_API_KEY"]]).toEqual(["allot-secret", undefined]);
  });
});
