import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { carryOut, readInput, say, valueOf } from "./tools.ts";

interface Block {
  readonly type: string;
  readonly id?: string;
  readonly text?: string;
  readonly input?: Record<string, unknown>;
}

interface Answer {
  readonly id: string;
  readonly content: readonly Block[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
  readonly stop_reason: string;
}

const FLAGS = ["--permission-mode", "--setting-sources", "--output-format", "--resume", "--session-id"];
const TOOLS = [
  { name: "Write", input_schema: { type: "object", properties: { file_path: {}, content: {} } } },
  { name: "Bash", input_schema: { type: "object", properties: { command: {} } } },
];

/** As `claude -p --output-format stream-json`. */
export async function playClaude(args: readonly string[]): Promise<number> {
  if (args.includes("--version")) return tell("2.1.329 (Claude Code)");
  if (args.includes("--help")) return tell(FLAGS.join("\n"));
  const prompt = await readInput();
  const resume = args.find((arg) => arg.startsWith("--resume="))?.slice("--resume=".length);
  const id = resume ?? randomUUID();
  const folder = join(process.env["CLAUDE_CONFIG_DIR"] ?? join(process.env["HOME"] ?? "", ".claude"), "stand-in");
  const file = join(folder, `${id}.json`);
  if (resume !== undefined && !existsSync(file)) {
    const error = `No conversation found with session ID: ${resume}`;
    say({
      type: "result",
      subtype: "error_during_execution",
      is_error: true,
      session_id: id,
      usage: {},
      errors: [error],
    });
    return 1;
  }
  mkdirSync(folder, { recursive: true });
  const messages = (resume === undefined ? [] : JSON.parse(readFileSync(file, "utf8"))) as unknown[];
  messages.push({ role: "user", content: prompt });
  const keep = (): void => writeFileSync(file, JSON.stringify(messages));
  keep();
  say({ type: "system", subtype: "init", session_id: id, cwd: process.cwd(), model: valueOf(args, "--model") });
  return converse(args, id, messages, keep);
}

async function converse(args: readonly string[], id: string, messages: unknown[], keep: () => void): Promise<number> {
  const mayWrite = valueOf(args, "--permission-mode") === "acceptEdits";
  const used = { inputTokens: 0, outputTokens: 0 };
  const end = (fields: object): void => say({ type: "result", session_id: id, ...fields });
  for (;;) {
    const response = await fetch(`${process.env["ANTHROPIC_BASE_URL"]}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${process.env["ANTHROPIC_AUTH_TOKEN"]}`,
        "anthropic-version": "2023-06-01",
        "user-agent": "claude-cli/2.1.329 (stand-in)",
      },
      body: JSON.stringify({
        model: valueOf(args, "--model") ?? "claude-haiku-4-5",
        max_tokens: 1000,
        messages,
        tools: TOOLS,
      }),
    });
    if (!response.ok) {
      const result = `API Error: ${response.status} ${await response.text()}`;
      end({ subtype: "success", is_error: true, api_error_status: response.status, result, usage: {} });
      return 1;
    }
    const answer = (await response.json()) as Answer;
    used.inputTokens += answer.usage.input_tokens;
    used.outputTokens += answer.usage.output_tokens;
    messages.push({ role: "assistant", content: answer.content });
    keep();
    say({ type: "assistant", session_id: id, parent_tool_use_id: null, message: answer });
    const calls = answer.content.filter(({ type }) => type === "tool_use");
    if (calls.length === 0) {
      const result = answer.content.map(({ text = "" }) => text).join("");
      end({ subtype: "success", is_error: false, result, usage: {}, model_usage_since_last_result: { stand: used } });
      return 0;
    }
    const results: object[] = [];
    for (const call of calls) {
      const done = await carryOut(call.input ?? {}, mayWrite);
      const content =
        done.exitCode === undefined || done.exitCode === 0 ? done.output : `Exit code ${done.exitCode}\n${done.output}`;
      results.push({ type: "tool_result", tool_use_id: call.id, content, is_error: done.failed });
    }
    messages.push({ role: "user", content: results });
    keep();
    say({ type: "user", session_id: id, message: { role: "user", content: results } });
  }
}

function tell(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
