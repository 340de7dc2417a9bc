import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Script } from "../support/scripted-provider/script.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

/*
 * Every file of examples/ is run as a program of its own, on an empty home, against a scripted provider: what a reader of
 * the guide would see.
 */

const FOLDER = join(import.meta.dirname, "../../examples");
const FROM_SOURCE = join(import.meta.dirname, "../support/allot-from-source.ts");
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

const SCRIPT: Script = (seen) => {
  if (seen.toolResults.length > 0) return { text: "It is sunny in Bern." };
  if (seen.tools.length > 0) return { text: "Looking. ", toolCalls: [{ name: "weather", input: { town: "Bern" } }] };
  return { text: "Hello to you.", usage: { inputTokens: 200, outputTokens: 40 } };
};

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs examples one after the other in one home; answers how the last one ended. */
async function run(...names: readonly string[]): Promise<Ended> {
  const server = await openScriptedProvider({ script: SCRIPT, models: ["llama3:8b", "qwen3-coder:30b"] });
  const home = mkdtempSync(join(tmpdir(), "allot-example-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    ALLOT_HOME: join(home, ".allot"),
    ANTHROPIC_API_KEY: "sk-example-0123456789",
    ANTHROPIC_BASE_URL: server.urls.anthropic,
    OLLAMA_HOST: server.url,
  };
  let ended: Ended = { code: -1, stdout: "", stderr: "" };
  for (const name of names) {
    ended = await new Promise((resolve) => {
      const args = ["--disable-warning=ExperimentalWarning", "--import", FROM_SOURCE, join(FOLDER, name)];
      execFile(process.execPath, args, { cwd: home, env, timeout: 30_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
      });
    });
    expect(ended.stderr).toBe("");
    expect(ended.code).toBe(0);
  }
  return ended;
}

/** What each prints, in a home where nothing happened before; figures of the scripted answers. */
const PRINTS: Readonly<Record<string, string>> = {
  "alert-thresholds.ts": "nothing to warn of: level NONE\n",
  "choose-model.ts":
    "Expensive (current session): anthropic/claude-sonnet-4-5-20250929, $0.0012\n" +
    "Cheap (other sessions): anthropic/claude-3-5-haiku-20241022, $0.00032\n" +
    "Free (development): ollama/qwen3-coder:30b, $0\n",
  "configure-limits.ts":
    "session tokens/hour: 100000\nsession tokens/day: 500000\nsession usd/hour: 5\nsession usd/day: 25\n" +
    "global tokens/hour: 500000\nglobal tokens/day: 5000000\nglobal usd/month: 1000\n",
  "delegate-and-call.ts": "claude-haiku-5-5 for a ui task, $0.00004\n",
  "detect-tasks.ts":
    "Fix the login button styling -> comet, haiku, session comet\n" +
    "Implement user authentication function -> codex, sonnet-4-5, session codex\n" +
    "Write a README for this project -> claude-haiku, haiku, session claude-haiku\n",
  "force-task-type.ts": "coding -> codex, sonnet-4-5\n",
  "low-priority-waits.ts": "high: claude-sonnet-4-5\nlow: claude-haiku-5-5\n",
  "priority-levels.ts":
    "low: went at level NONE\nnormal: went at level NONE\nhigh: went at level NONE\ncritical: went at level NONE\n",
  "routing-table.ts":
    "Fix the login button styling: ui -> codex, sonnet-4-5, session codex\n" +
    "Write a README for this project: documentation -> writer, haiku, session writer\n",
  "sessions.ts":
    "premium: premium on anthropic/claude-sonnet-4-5-20250929\n" +
    "background: background_worker on anthropic/claude-3-5-haiku-20241022\n" +
    "comet: comet_agent on anthropic/claude-haiku-5-5\n" +
    "codex: codex_agent on anthropic/claude-sonnet-4-5-20250929\n" +
    "dev: dev_session on ollama/qwen3-coder:30b\n",
  "stream-and-tools.ts": "Looking. It is sunny in Bern.\n",
  "throttled-request.ts": "Hello to you.\nmy_session: $0.0012, level NONE\n",
  "throttle-status.ts": "Tokens used this hour: 0\nCurrent throttle level: NONE\nGlobal tokens/day: 0\n",
};

test.each(Object.keys(PRINTS))("%s prints what it says it does", async (name) => {
  expect((await run(name)).stdout).toBe(PRINTS[name]);
});

test("throttle-status.ts sees what another program has used", async () => {
  expect((await run("throttled-request.ts", "throttle-status.ts")).stdout).toBe(
    "Tokens used this hour: 240\nCurrent throttle level: NONE\nGlobal tokens/day: 240\n",
  );
});

test("watch-usage.ts shows each limit, how far it is used, and until when", async () => {
  const { stdout } = await run("throttled-request.ts", "watch-usage.ts");
  expect(stdout).toMatch(/^session tokens\/hour: 240 of 100000, NONE, until \d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/m);
  expect(stdout).toMatch(/^global usd\/month: 0\.0012 of 1000, NONE, until /m);
});

test("usage-queries.ts puts the guide's two queries to the store as they are written", async () => {
  expect((await run("throttled-request.ts", "usage-queries.ts")).stdout).toBe("[]\nmy_session: 240 tokens, $0.0012\n");
});

test("when-throttled.ts meets a limit, and finds the guide's ways out of it", async () => {
  const { stdout } = await run("when-throttled.ts");
  expect(stdout).toMatch(/^Request throttled: (NONE|WARNING|SOFT|HARD|CRITICAL)\. Token limit exceeded\.\n/);
  expect(stdout).toMatch(/used \d+ tokens this hour, level /);
  expect(stdout).toMatch(/room again at \d{4}-\d\d-\d\dT/);
  expect(stdout).toMatch(/critical: \$0\.00004\nollama: \$0\n$/);
});

test("every example is run here, and named in the list of examples", () => {
  const run = new Set([...Object.keys(PRINTS), "watch-usage.ts", "usage-queries.ts", "when-throttled.ts"]);
  const list = readFileSync(join(FOLDER, "README.md"), "utf8");
  expect(NAMES.filter((name) => !run.has(name))).toEqual([]);
  expect(NAMES.filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
});
