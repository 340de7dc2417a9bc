import { basename, join } from "node:path";
import { type AgentLogs, type LineFold, lineReader } from "../agent-logs.ts";
import { type Fields, fieldsOf, instantOf, nameOf } from "../fields.ts";
import type { LogLine } from "../log-lines.ts";
import type { Lack, UsageRecord } from "../transcripts.ts";
import { isNothing, isSame, lessUsage, plusUsage, type ThreadUsage, usageOf } from "./thread-usage.ts";

/*
 * Codex: Y/M/D/rollout-TIME-THREAD.jsonl below `sessions`. Seen with 0.169.0; older logs have no `token_usage_record`.
 *
 * - A `token_usage_record` is one answer, with its response's id: it is believed.
 * - A `token_count` is a running total of the thread: it is said again after a resume and a compaction, and begins with the
 *   parent's total in a fork. What it grows by counts, unless records told it already.
 * - An older fork's file begins with copies of the parent's lines, totals included: what the parent told does not count again.
 * - Subagents have files of their own, which name their root session and their parent.
 */
export const codex: AgentLogs = {
  agent: "codex",
  places: ({ home, env }) => {
    const folder = env["CODEX_HOME"] ?? join(home, ".codex");
    return [join(folder, "sessions"), join(folder, "archived_sessions")];
  },
  isLog: (path) => /^rollout-.*\.jsonl$/.test(basename(path)),
  open: () => lineReader(new CodexLines()),
};

/** A total that grew without a record: an older log's answer. */
interface Grown {
  readonly at: number;
  readonly line: number;
  readonly model: string;
  readonly project: string | null;
  readonly total: ThreadUsage;
  readonly usage: ThreadUsage;
}

interface Thread {
  readonly file: string;
  thread: string;
  session: string;
  parent: string | null;
  isSubagent: boolean;
  forkedFrom: string | null;
  provider: string;
  plan: string | null;
  project: string | null;
  model: string;
  /** The total that was told last, by whatever kind of line. */
  total: ThreadUsage | undefined;
  readonly grown: Grown[];
}

type Answer = Omit<UsageRecord, "session" | "parentSession" | "isSubagent" | "plan" | "provider">;

class CodexLines implements LineFold {
  readonly #threads = new Map<string, Thread>();
  readonly #answers = new Map<
    string,
    { readonly thread: Thread; readonly threadId: string; readonly answer: Answer }
  >();

  mayMatter(bytes: Buffer): boolean {
    return ['"session_meta"', '"turn_context"', '"token_usage_record"', '"token_count"'].some((word) =>
      bytes.subarray(0, 400).includes(word),
    );
  }

  take(line: LogLine): void {
    const { entry, file } = line;
    const payload = fieldsOf(entry["payload"]);
    const thread = this.#threadOf(file);
    switch (entry["type"]) {
      case "session_meta":
        return begin(thread, payload);
      case "turn_context":
        thread.model = nameOf(payload["model"]) ?? thread.model;
        thread.project = nameOf(payload["cwd"]) ?? thread.project;
        return;
      case "token_usage_record":
        return this.#record(thread, line, payload);
      case "event_msg":
        if (payload["type"] === "token_count") count(thread, line, payload);
    }
  }

  #record(thread: Thread, { entry, file, line }: LogLine, payload: Fields): void {
    const usage = usageOf(payload["usage"]);
    const told = payload["thread_token_usage"];
    const total = told === undefined ? plusUsage(thread.total, usage) : usageOf(told);
    const threadId = nameOf(payload["thread_id"]) ?? thread.thread;
    if (threadId === thread.thread || threadId === thread.forkedFrom) thread.total = total;
    const responseId = nameOf(payload["response_id"]);
    const id = responseId ?? `${threadId}:${total.total}`;
    const known = this.#answers.get(id);
    // A fork's copy does not take the place of the parent's own.
    if (known !== undefined && known.thread.thread === known.threadId) return;
    const answer = answerOf(id, responseId, instantOf(entry["timestamp"]), usage, thread, { file, line });
    this.#answers.set(id, { thread, threadId, answer });
  }

  records(): readonly UsageRecord[] {
    const threads = [...this.#threads.values()];
    const totals = new Map(threads.map((thread) => [thread.thread, thread.grown.map(({ total }) => total)]));
    const told = [...this.#answers.values()].map(({ thread, threadId, answer }) => {
      const owner = threadId === thread.thread ? thread : (threads.find((each) => each.thread === threadId) ?? thread);
      return recordOf(owner, answer);
    });
    const grown = threads.flatMap((thread) => {
      const parents = thread.forkedFrom === null ? [] : (totals.get(thread.forkedFrom) ?? []);
      return thread.grown
        .filter(({ total }) => !parents.some((parent) => isSame(parent, total)))
        .map(({ at, line, model, project, total, usage }) => {
          const id = `${thread.thread}:${total.total}`;
          const place = { file: thread.file, line };
          return recordOf(thread, answerOf(id, null, at, usage, { ...thread, model, project }, place));
        });
    });
    return [...told, ...grown];
  }

  lacks(): readonly Lack[] {
    if (this.#threads.size === 0) return [];
    const never = "attempts that broke off, and sessions with --ephemeral: Codex logs neither";
    return [{ agent: "codex", session: null, what: never, tokens: null, counts: null }];
  }

  #threadOf(file: string): Thread {
    let thread = this.#threads.get(file);
    if (thread === undefined) {
      const id = /([0-9a-f]{8}-[0-9a-f-]{27})\.jsonl$/.exec(file)?.[1] ?? basename(file, ".jsonl");
      thread = {
        file,
        thread: id,
        session: id,
        parent: null,
        isSubagent: false,
        forkedFrom: null,
        provider: "openai",
        plan: null,
        project: null,
        model: "",
        total: undefined,
        grown: [],
      };
      this.#threads.set(file, thread);
    }
    return thread;
  }
}

/** The file's first line; an older fork's is followed by the parent's own, which does not count. */
function begin(thread: Thread, meta: Fields): void {
  const id = nameOf(meta["id"]) ?? thread.thread;
  if (id !== thread.thread && thread.file.includes(thread.thread)) {
    thread.forkedFrom ??= id;
    return;
  }
  const spawned = fieldsOf(fieldsOf(fieldsOf(meta["source"])["subagent"])["thread_spawn"]);
  thread.thread = id;
  thread.session = nameOf(meta["session_id"]) ?? id;
  thread.parent = nameOf(meta["parent_thread_id"]) ?? nameOf(spawned["parent_thread_id"]);
  thread.isSubagent = thread.parent !== null || meta["thread_source"] === "subagent";
  if (thread.parent !== null && thread.session === id) thread.session = thread.parent;
  thread.forkedFrom ??= nameOf(meta["forked_from_id"]);
  thread.project = nameOf(meta["cwd"]) ?? thread.project;
  thread.provider = nameOf(meta["model_provider"]) ?? thread.provider;
}

function count(thread: Thread, { entry, line }: LogLine, payload: Fields): void {
  const plan = nameOf(fieldsOf(payload["rate_limits"])["plan_type"]);
  if (plan !== null) thread.plan = plan;
  const info = fieldsOf(payload["info"]);
  if (info["total_token_usage"] === undefined) return;
  const total = usageOf(info["total_token_usage"]);
  const last = usageOf(info["last_token_usage"]);
  const before = thread.total;
  thread.total = total;
  // The first total of a fork holds the parent's; one that shrank began anew: what came last is all that is known then.
  const usage =
    before === undefined || total.total < before.total ? (isNothing(last) ? total : last) : lessUsage(total, before);
  if (isNothing(usage)) return;
  thread.grown.push({
    at: instantOf(entry["timestamp"]),
    line,
    model: thread.model,
    project: thread.project,
    total,
    usage,
  });
}

function answerOf(
  id: string,
  responseId: string | null,
  at: number,
  usage: ThreadUsage,
  { model, project }: Pick<Thread, "model" | "project">,
  { file, line }: { readonly file: string; readonly line: number },
): Answer {
  const { input, cached, written, output, reasoning } = usage;
  return {
    agent: "codex",
    id,
    requestId: null,
    responseId,
    project,
    model,
    at,
    // What was read from a cache or written to one stands within the input.
    inputTokens: Math.max(0, input - cached - written),
    cacheReadTokens: cached,
    cacheWrite5mTokens: written,
    cacheWrite1hTokens: 0,
    outputTokens: output,
    reasoningTokens: Math.min(output, reasoning),
    file,
    line,
  };
}

function recordOf({ session, parent, isSubagent, plan, provider }: Thread, answer: Answer): UsageRecord {
  return { ...answer, session, parentSession: parent, isSubagent, plan, provider };
}
