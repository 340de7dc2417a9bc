import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { asCount, asObject, asText, type Json, parseJson } from "../../../providers/json.ts";
import type { AgentUsage } from "../program.ts";
import { addUsage, NO_USAGE } from "../usage.ts";

/**
 * What one piece of work adds to Codex' own logs: an answer's usage as it comes, which its events do not tell, and that of
 * subagents, which have files of their own. `turn.completed` tells a running total of the whole thread; the log tells what stood
 * there before.
 */
export interface CodexLog {
  /** What the thread's own file has had added since the beginning. */
  look(session: string | null): { readonly usage: AgentUsage; readonly answers: number; readonly changed: boolean };
  /** The same with its subagents; `recorded`: this version writes usage answer by answer. `before`: the thread's total at the beginning. */
  end(session: string | null): {
    readonly usage: AgentUsage;
    readonly recorded: boolean;
    readonly before: AgentUsage;
  };
}

/** Notes how long the files of the session are now; what comes after is this work's. Logs are only ever read. */
export async function openCodexLog(codexHome: string, resumed: string | undefined): Promise<CodexLog> {
  const folder = join(codexHome, "sessions");
  const lengths = new Map<string, number>();
  let before = NO_USAGE;
  for (const path of await rollouts(folder)) {
    const size = await stat(path).then(
      ({ size: bytes }) => bytes,
      () => 0,
    );
    lengths.set(path, size);
    if (resumed !== undefined && path.endsWith(`-${resumed}.jsonl`)) before = totalIn(readFrom(path, 0).text);
  }
  let own: Tail | undefined;
  const tailOf = (path: string): Tail => new Tail(path, lengths.get(path) ?? 0);
  const find = (session: string): Tail | undefined => {
    const path = names(folder).find((name) => name.endsWith(`-${session}.jsonl`));
    return path === undefined ? undefined : tailOf(path);
  };
  return {
    look(session) {
      if (session === null) return { usage: NO_USAGE, answers: 0, changed: false };
      own ??= find(session);
      const changed = own?.read() ?? false;
      return { usage: own?.usage ?? NO_USAGE, answers: own?.answers ?? 0, changed };
    },
    end(session) {
      if (session === null) return { usage: NO_USAGE, recorded: false, before };
      own ??= find(session);
      own?.read();
      const others = names(folder).flatMap((path) => {
        if (path === own?.path) return [];
        const tail = tailOf(path);
        return tail.read() && tail.root(session) ? [tail.usage] : [];
      });
      const usage = [own?.usage ?? NO_USAGE, ...others].reduce(addUsage, NO_USAGE);
      return { usage, recorded: (own?.answers ?? 0) > 0, before };
    },
  };
}

/** The usage records that were appended to one file. */
class Tail {
  readonly path: string;
  readonly #seen = new Set<string>();
  #offset: number;
  #rest = "";
  #roots = new Set<string>();
  usage: AgentUsage = NO_USAGE;
  answers = 0;

  constructor(path: string, offset: number) {
    this.path = path;
    this.#offset = offset;
  }

  /** Whether it belongs to that root thread. */
  root(session: string): boolean {
    return this.#roots.has(session);
  }

  /** Reads on; answers whether usage was added. */
  read(): boolean {
    const { text, offset } = readFrom(this.path, this.#offset);
    this.#offset = offset;
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = lines.pop() ?? "";
    const before = this.answers;
    for (const line of lines) if (line.includes('"token_usage_record"')) this.#take(recordIn(line));
    return this.answers > before;
  }

  #take(payload: Json): void {
    const id = asText(payload["response_id"]);
    // Forks copy their parent's lines.
    if (id !== "" && this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#roots.add(asText(payload["session_id"]));
    this.answers += 1;
    this.usage = addUsage(this.usage, usageOfCodex(asObject(payload["usage"])));
  }
}

/** Usage in Codex' words: what was read from the cache, and written to it, is part of the input there. */
export function usageOfCodex(usage: Json): AgentUsage {
  const cacheReadTokens = asCount(usage["cached_input_tokens"]) ?? 0;
  const cacheWriteTokens = asCount(usage["cache_write_input_tokens"]) ?? 0;
  const input = asCount(usage["input_tokens"]) ?? 0;
  return {
    inputTokens: Math.max(0, input - cacheReadTokens - cacheWriteTokens),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: asCount(usage["output_tokens"]) ?? 0,
    reasoningTokens: asCount(usage["reasoning_output_tokens"]) ?? 0,
    cost: null,
  };
}

function recordIn(line: string): Json {
  const entry = asObject(parseJson(line));
  return entry["type"] === "token_usage_record" ? asObject(entry["payload"]) : {};
}

/** The thread's last running total in a log: by its records, or, in older ones, by its token counts. */
function totalIn(text: string): AgentUsage {
  const line = text
    .split("\n")
    .findLast((each) => each.includes('"token_usage_record"') || each.includes('"total_token_usage"'));
  const payload = asObject(asObject(parseJson(line ?? ""))["payload"]);
  const total = payload["thread_token_usage"] ?? asObject(payload["info"])["total_token_usage"];
  return usageOfCodex(asObject(total));
}

/** sessions/Y/M/D/rollout-TIME-THREAD.jsonl. */
async function rollouts(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  return found.filter((name) => name.endsWith(".jsonl")).map((name) => join(folder, name));
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readFrom(path: string, offset: number): { readonly text: string; readonly offset: number } {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    const length = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, offset);
    // A line is taken when it is whole, so no letter is cut in two.
    const end = bytes.lastIndexOf(10, length - 1) + 1;
    return { text: bytes.toString("utf8", 0, end), offset: offset + end };
  } catch {
    return { text: "", offset };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
