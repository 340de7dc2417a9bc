import { describe, expect, test } from "vitest";
import type { EndedProcess } from "../agent-process.ts";
import type { AgentEvent, AgentTask } from "../program.ts";
import { NO_USAGE } from "../usage.ts";
import { claudeArguments, claudeEnvironment } from "./claude-arguments.ts";
import { endOfClaude } from "./claude-end.ts";
import { readClaudeEvents } from "./claude-events.ts";

const TASK: AgentTask = {
  prompt: "Do it.",
  cwd: "/work",
  env: { PATH: "/bin", ANTHROPIC_API_KEY: "sk-of-the-user" },
  sandbox: "workspace-write",
  timeoutMs: 60_000,
  limits: {},
};
const ENDED: EndedProcess = { why: "exited", exitCode: 0, complaint: "", tookMs: 5 };

function read(...lines: readonly object[]) {
  const events: AgentEvent[] = [];
  let turns = 0;
  const reader = readClaudeEvents(
    (event) => events.push(event),
    () => (turns += 1),
  );
  for (const line of lines) reader.line(JSON.stringify(line));
  return { events, turns, told: reader.told() };
}

const init = { type: "system", subtype: "init", session_id: "s-1" };
const answer = (id: string, output: number, content: object[] = [], parent: string | null = null) => ({
  type: "assistant",
  session_id: "s-1",
  parent_tool_use_id: parent,
  message: { id, content, usage: { input_tokens: 100, cache_read_input_tokens: 40, output_tokens: output } },
});
const delta = (output: number, parent: string | null = null) => ({
  type: "stream_event",
  parent_tool_use_id: parent,
  event: { type: "message_delta", usage: { input_tokens: 100, cache_read_input_tokens: 40, output_tokens: output } },
});
const start = (id: string, parent: string | null = null) => ({
  type: "stream_event",
  parent_tool_use_id: parent,
  event: {
    type: "message_start",
    message: { id, usage: { input_tokens: 100, cache_read_input_tokens: 40, output_tokens: 1 } },
  },
});

describe("its lines", () => {
  test("an answer of several lines is counted once, by the largest figures", () => {
    const text = { type: "text", text: "I write." };
    const { told, turns } = read(init, start("a"), answer("a", 1, [text]), answer("a", 1), delta(70), answer("b", 1));
    expect(told.usage).toMatchObject({ inputTokens: 200, cacheReadTokens: 80, outputTokens: 71 });
    expect(turns).toBe(2);
    expect(told.text).toBe("I write.");
  });

  test("a subagent's answer that comes in between keeps its own end", () => {
    const { told } = read(init, start("main"), start("sub", "tool-1"), delta(30, "tool-1"), delta(50));
    expect(told.usage).toMatchObject({ inputTokens: 200, outputTokens: 80 });
  });

  test("a command is told with its exit code once it is done, a file once it is written", () => {
    const use = (id: string, name: string, input: object) => ({ type: "tool_use", id, name, input });
    const result = (id: string, content: string, failed: boolean) => ({
      type: "user",
      message: { content: [{ type: "tool_result", tool_use_id: id, content, is_error: failed }] },
    });
    const { events } = read(
      init,
      answer("a", 1, [
        use("1", "Bash", { command: "npm test" }),
        use("2", "Edit", { file_path: "/work/a.ts" }),
        use("3", "Write", { file_path: "/etc/passwd" }),
      ]),
      result("1", "Exit code 2\nfailed", true),
      result("2", "ok", false),
      result("3", "permission denied", true),
    );
    expect(events.filter(({ kind }) => kind === "command" || kind === "file")).toEqual([
      { kind: "command", command: "npm test", exitCode: 2 },
      { kind: "file", path: "/work/a.ts" },
    ]);
  });

  test("what is no JSON, or no line that is known, is passed over", () => {
    const reader = readClaudeEvents(
      () => {},
      () => {},
    );
    for (const line of ["", "Warning: x", "[1]", '{"type":"rate_limit_event"}', "null"]) reader.line(line);
    expect(reader.told()).toEqual({ session: null, result: undefined, text: "", usage: NO_USAGE });
  });
});

describe("its end", () => {
  const end = (result: object, ended: Partial<EndedProcess> = {}, task: Partial<AgentTask> = {}) =>
    endOfClaude({ ...TASK, ...task }, { ...ENDED, ...ended }, read(init, { type: "result", ...result }).told, null);

  test("usage is of this call where totals go on over resumes, subagents and all models together", () => {
    const { usage } = end({
      result: "Done.",
      usage: { input_tokens: 10, output_tokens: 5 },
      modelUsage: { sonnet: { inputTokens: 9_000, outputTokens: 900 } },
      model_usage_since_last_result: {
        sonnet: { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 3, costUSD: 0.001 },
        haiku: { inputTokens: 20, outputTokens: 6, cacheCreationInputTokens: 4, costUSD: 0.0005 },
      },
    });
    expect(usage).toEqual({
      inputTokens: 30,
      cacheReadTokens: 3,
      cacheWriteTokens: 4,
      outputTokens: 11,
      reasoningTokens: 0,
      cost: 1_500_000,
    });
  });

  test("an older version is counted by its answers, and at least by the main thread's usage", () => {
    const { told } = read(init, answer("a", 1), {
      type: "result",
      result: "x",
      usage: { input_tokens: 100, output_tokens: 60 },
    });
    expect(endOfClaude(TASK, ENDED, told, null).usage).toMatchObject({
      inputTokens: 100,
      cacheReadTokens: 40,
      outputTokens: 60,
    });
  });

  test.each([
    [
      "a limit of the gateway",
      { is_error: true, api_error_status: 402, result: "API Error: 402" },
      "over-limit",
      "limit-reached",
    ],
    [
      "a plan that is used up",
      { is_error: true, result: "Claude usage limit reached." },
      "over-limit",
      "limit-reached",
    ],
    ["its own turns", { subtype: "error_max_turns", is_error: true }, "over-limit", "limit-reached"],
    [
      "a login that is missing",
      { is_error: true, result: "Not logged in · Please run /login" },
      "failed",
      "provider-auth",
    ],
    [
      "a busy provider",
      { is_error: true, api_error_status: 529, result: "overloaded" },
      "failed",
      "provider-overloaded",
    ],
    ["a refusal", { stop_reason: "refusal", result: "I cannot." }, "refused", "content-refused"],
  ])("%s is told as what it is", (_what, result, kind, code) => {
    expect(end({ session_id: "s-1", ...result }, { exitCode: kind === "refused" ? 0 : 1 })).toMatchObject({
      kind,
      code,
    });
  });

  test("a session that is not there is lost only where one was to be resumed", () => {
    const result = { is_error: true, errors: ["No conversation found with session ID: x"] };
    expect(end(result, { exitCode: 1 }, { resume: "x" }).kind).toBe("session-lost");
    expect(end(result, { exitCode: 1 }).kind).toBe("failed");
  });

  test("an exit code of 0 after SIGINT is no success", () => {
    const { told } = read(init);
    expect(endOfClaude(TASK, { ...ENDED, why: "timed-out" }, told, null).kind).toBe("timed-out");
    expect(endOfClaude(TASK, ENDED, told, null)).toMatchObject({ kind: "failed", code: "agent-failed" });
  });
});

describe("its command line", () => {
  const found = { path: "claude", version: "2.1.329", help: "  --setting-sources <s>\n  --permission-prompts <t>\n" };

  const SOURCES = "--setting-sources";

  test("leaves out flags that this version's help does not name", () => {
    expect(claudeArguments({ ...found, help: "  --setting-sources-of-another" }, TASK, true)).not.toContain(SOURCES);
    expect(claudeArguments(found, TASK, true)).toContain(SOURCES);
  });

  test("takes skills from the workspace, but nothing where settings came with it", () => {
    expect(claudeArguments(found, TASK, false)).not.toContain(SOURCES);
    const args = claudeArguments(found, TASK, true);
    expect(args[args.indexOf(SOURCES) + 1]).toBe("user");
  });

  test("names a session in one word with its flag, and takes no flag for one", () => {
    expect(claudeArguments(found, { ...TASK, resume: "s-1" }, false)).toContain("--resume=s-1");
    const resume = "--dangerously-skip-permissions";
    expect(() => claudeArguments(found, { ...TASK, resume }, false)).toThrow(
      expect.objectContaining({ code: "usage" }),
    );
  });

  test("never names prompt, key or a bypass of permissions", () => {
    const task = { ...TASK, gateway: { url: "http://127.0.0.1:1", key: "allot-secret" } };
    const line = claudeArguments(found, task, false).join(" ");
    expect(line).not.toMatch(/Do it|allot-secret|bypass|dangerously/);
    expect(claudeArguments(found, { ...task, sandbox: "read-only" }, false).join(" ")).not.toContain("acceptEdits");
  });

  test("with a gateway its environment has the gateway's key and not the user's", () => {
    const env = claudeEnvironment({ ...TASK, gateway: { url: "http://127.0.0.1:1", key: "allot-key" } });
    expect(env).toMatchObject({ ANTHROPIC_BASE_URL: "http://127.0.0.1:1", ANTHROPIC_AUTH_TOKEN: "allot-key" });
    expect(env["ANTHROPIC_API_KEY"]).toBeUndefined();
  });
});
