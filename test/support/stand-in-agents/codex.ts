import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { carryOut, readInput, say, valueOf } from "./tools.ts";

interface Item {
  readonly type: string;
  readonly call_id?: string;
  readonly arguments?: string;
  readonly content?: readonly { readonly text?: string }[];
}

interface Answer {
  readonly id: string;
  readonly output: readonly Item[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
}

const TOOLS = [
  { type: "function", name: "write_file", parameters: { type: "object", properties: { path: {}, content: {} } } },
  { type: "function", name: "shell", parameters: { type: "object", properties: { command: {} } } },
];

/** As `codex exec --json` and `codex exec resume`. */
export async function playCodex(args: readonly string[]): Promise<number> {
  if (args.includes("--version")) return tell("codex-cli 0.169.0");
  if (args.includes("--help")) return tell("  --json\n  --skip-git-repo-check\n");
  const prompt = await readInput();
  const resume = args[1] === "resume" ? args.at(-2) : undefined;
  const id = resume ?? randomUUID();
  const folder = join(process.env["CODEX_HOME"] ?? join(process.env["HOME"] ?? "", ".codex"), "sessions/2026/01/01");
  const file = join(folder, `history-${id}.json`);
  if (resume !== undefined && !existsSync(file)) {
    process.stderr.write(`Error: thread/resume: thread/resume failed: no rollout found for thread id ${resume}\n`);
    return 1;
  }
  mkdirSync(folder, { recursive: true });
  const input = (resume === undefined ? [] : JSON.parse(readFileSync(file, "utf8"))) as unknown[];
  input.push({ type: "message", role: "user", content: [{ type: "input_text", text: prompt }] });
  const keep = (): void => writeFileSync(file, JSON.stringify(input));
  keep();
  say({ type: "thread.started", thread_id: id });
  say({ type: "turn.started" });
  return converse(args, id, input, keep, join(folder, `rollout-2026-01-01T00-00-00-${id}.jsonl`));
}

async function converse(
  args: readonly string[],
  id: string,
  input: unknown[],
  keep: () => void,
  log: string,
): Promise<number> {
  const setting = (name: string): string => {
    const found = args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? '""';
    return String(JSON.parse(found));
  };
  const mayWrite = setting("sandbox_mode") === "workspace-write";
  const key = process.env[setting("model_providers.allot_work.env_key")] ?? "login";
  // The real one is never told its provider by a variable; the stand-in has no login of its own.
  const base = setting("model_providers.allot_work.base_url") || process.env["STAND_IN_BASE_URL"];
  for (;;) {
    const response = await fetch(`${base}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, originator: "codex_exec" },
      body: JSON.stringify({
        model: valueOf(args, "-m") ?? "gpt-5.4-mini",
        max_output_tokens: 1000,
        input,
        tools: TOOLS,
        store: false,
      }),
    });
    if (!response.ok) {
      const text = await response.text();
      const isSpent = text.includes("insufficient_quota");
      const said = `unexpected status ${response.status} ${response.statusText}: ${text}`;
      const message = isSpent ? "Quota exceeded. Check your plan and billing details." : said;
      say({ type: "turn.failed", error: { message } });
      return 1;
    }
    const answer = (await response.json()) as Answer;
    const total = noteUsage(log, id, answer);
    input.push(...answer.output);
    keep();
    for (const { type, content = [] } of answer.output)
      if (type === "message")
        say({
          type: "item.completed",
          item: { type: "agent_message", text: content.map(({ text = "" }) => text).join("") },
        });
    const calls = answer.output.filter(({ type }) => type === "function_call");
    if (calls.length === 0) {
      say({ type: "turn.completed", usage: total });
      return 0;
    }
    for (const call of calls) {
      const done = await carryOut(JSON.parse(call.arguments ?? "{}") as Record<string, unknown>, mayWrite);
      input.push({ type: "function_call_output", call_id: call.call_id, output: done.output });
      if (done.file !== undefined)
        say({
          type: "item.completed",
          item: { type: "file_change", changes: [{ path: done.file, kind: "add" }], status: "completed" },
        });
      if (done.command !== undefined)
        say({
          type: "item.completed",
          item: { type: "command_execution", command: done.command, exit_code: done.exitCode },
        });
    }
    keep();
  }
}

/** Its log has each answer's usage and the thread's running total. */
function noteUsage(log: string, id: string, answer: Answer): object {
  const before = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").at(-1) : undefined;
  const known = before === undefined ? { input_tokens: 0, output_tokens: 0 } : recordIn(before);
  const { input_tokens, output_tokens } = answer.usage;
  const thread_token_usage = {
    input_tokens: known.input_tokens + input_tokens,
    output_tokens: known.output_tokens + output_tokens,
  };
  const payload = {
    thread_id: id,
    session_id: id,
    response_id: answer.id,
    usage: { input_tokens, output_tokens },
    thread_token_usage,
  };
  appendFileSync(log, `${JSON.stringify({ type: "token_usage_record", payload })}\n`);
  return thread_token_usage;
}

function recordIn(line: string): { input_tokens: number; output_tokens: number } {
  const { payload } = JSON.parse(line) as {
    payload: { thread_token_usage: { input_tokens: number; output_tokens: number } };
  };
  return payload.thread_token_usage;
}

function tell(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
