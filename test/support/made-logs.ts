import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A home with logs in the shapes that the agents write, with made-up values. It goes with the test. */
export interface MadeHome extends Disposable {
  readonly path: string;
  /** Writes a file below the home: JSON lines, or a text as it is. Answers its path. */
  write(file: string, lines: readonly unknown[] | string): string;
}

export function makeHome(): MadeHome {
  const path = mkdtempSync(join(tmpdir(), "allot-logs-"));
  return {
    path,
    write(file, lines) {
      const at = join(path, file);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, typeof lines === "string" ? lines : lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      return at;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export const MADE_AT = "2026-11-20T10:00:00.000Z";

export interface MadeTokens {
  readonly input?: number;
  readonly read?: number;
  readonly write5m?: number;
  readonly write1h?: number;
  readonly output?: number;
  readonly reasoning?: number;
}

/** A line of Claude Code: one content block of an answer. */
export function claudeLine(
  answer: string,
  tokens: MadeTokens,
  more: {
    readonly session?: string;
    readonly at?: string;
    readonly model?: string;
    readonly requestId?: string | null;
    readonly requestSession?: string;
    readonly sidechain?: boolean;
    readonly whole?: boolean;
    readonly cwd?: string;
  } = {},
): object {
  const { input = 0, read = 0, write5m = 0, write1h = 0, output = 0, reasoning = 0 } = tokens;
  const { session = "s1", at = MADE_AT, model = "claude-sonnet-4-5-20250929", requestId = `req_${answer}` } = more;
  return {
    type: "assistant",
    sessionId: session,
    timestamp: at,
    cwd: more.cwd ?? "/projects/shop",
    isSidechain: more.sidechain ?? false,
    ...(requestId === null ? {} : { requestId }),
    ...(more.requestSession === undefined ? {} : { requestSessionId: more.requestSession }),
    message: {
      id: `msg_${answer}`,
      model,
      role: "assistant",
      content: [{ type: "text", text: "words" }],
      stop_reason: (more.whole ?? true) ? "end_turn" : null,
      usage: {
        input_tokens: input,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: write5m + write1h,
        cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h },
        output_tokens: output,
        output_tokens_details: { thinking_tokens: reasoning },
      },
    },
  };
}

/** Claude Code's own running total of a session. */
export function costState(session: string, tokens: MadeTokens): object {
  const { input = 0, read = 0, write5m = 0, write1h = 0, output = 0, reasoning = 0 } = tokens;
  return {
    type: "cost-state",
    sessionId: session,
    modelUsage: {
      "claude-sonnet-4-5-20250929": {
        inputTokens: input,
        outputTokens: output,
        thinkingTokens: reasoning,
        cacheReadInputTokens: read,
        cacheCreationInputTokens: write5m + write1h,
        cacheCreationEphemeral5mInputTokens: write5m,
        cacheCreationEphemeral1hInputTokens: write1h,
      },
    },
  };
}

/** Figures as Codex writes them: caches within the input, reasoning within the output. */
export function codexUsage(tokens: MadeTokens): object {
  const { input = 0, read = 0, write5m = 0, output = 0, reasoning = 0 } = tokens;
  return {
    input_tokens: input + read + write5m,
    cached_input_tokens: read,
    cache_write_input_tokens: write5m,
    output_tokens: output,
    reasoning_output_tokens: reasoning,
    total_tokens: input + read + write5m + output,
  };
}

/** One line of a Codex rollout. */
export function codexLine(type: string, payload: object, at = MADE_AT): object {
  return { timestamp: at, type, payload };
}

export function codexRecord(
  response: string,
  thread: string,
  tokens: MadeTokens,
  total: MadeTokens,
  at = MADE_AT,
): object {
  const usage = { usage: codexUsage(tokens), thread_token_usage: codexUsage(total) };
  return codexLine(
    "token_usage_record",
    { thread_id: thread, session_id: thread, response_id: response, ...usage },
    at,
  );
}

export function codexCount(last: MadeTokens, total: MadeTokens, at = MADE_AT, plan: string | null = null): object {
  const info = { total_token_usage: codexUsage(total), last_token_usage: codexUsage(last) };
  return codexLine("event_msg", { type: "token_count", info, rate_limits: { plan_type: plan } }, at);
}
