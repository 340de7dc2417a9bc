import { basename, join, sep } from "node:path";
import { type AgentLogs, type LineFold, lineReader } from "../agent-logs.ts";
import { countOf, type Fields, fieldsOf, instantOf, listOf, nameOf, textOf } from "../fields.ts";
import type { LogLine } from "../log-lines.ts";
import type { Lack, LackedTokens, UsageRecord } from "../transcripts.ts";
import { CostStates } from "./cost-states.ts";

/*
 * Claude Code: PROJECT/SESSION.jsonl below `projects`, an answer as a line for each content block. Seen with 2.1.329 and before.
 *
 * - All lines of an answer carry its usage, older ones that of its beginning: the one with the largest output counts.
 * - A fork's file begins with the parent's lines under its own session; `requestSessionId` says whose they are.
 * - Subagents have files of their own, with their parent's session.
 * - Compaction's own request has no line; `cost-state` knows it (cost-states.ts).
 */
export const claudeCode: AgentLogs = {
  agent: "claude-code",
  places: ({ home, env }) => {
    const told = (env["CLAUDE_CONFIG_DIR"] ?? "").split(",").filter((path) => path.trim() !== "");
    const homes =
      told.length > 0 ? told.map((path) => path.trim()) : [join(home, ".claude"), join(home, ".config/claude")];
    return homes.map((path) => join(path, "projects"));
  },
  isLog: (path) => path.endsWith(".jsonl"),
  open: () => lineReader(new ClaudeCodeLines()),
};

/** An answer as far as its lines have told it. */
interface Answer {
  readonly id: string;
  readonly requestId: string | null;
  /** The sessions in whose files it stands; more than one after a fork. */
  readonly holders: Set<string>;
  /** Whom a copy says it was made for. */
  madeFor: string | null;
  best: Omit<UsageRecord, "id" | "session" | "parentSession">;
  holder: string;
  /** A line with the end of the answer was seen. */
  isWhole: boolean;
}

class ClaudeCodeLines implements LineFold {
  readonly #answers = new Map<string, Answer>();
  readonly #states = new CostStates();
  /** When each session's file began; a fork begins after its parent. */
  readonly #began = new Map<string, number>();
  readonly #cuts = new Map<string, number>();

  mayMatter(bytes: Buffer): boolean {
    return ['"usage"', '"cost-state"', '"compact_boundary"', '"api_error"'].some((word) => bytes.includes(word));
  }

  take(line: LogLine): void {
    const { entry, file } = line;
    const at = instantOf(entry["timestamp"]);
    const session = nameOf(entry["sessionId"]) ?? sessionOf(file);
    if (at > 0) this.#states.clock(file, at);
    switch (entry["type"]) {
      case "assistant":
        return this.#answer(line, session, at);
      case "cost-state":
        return this.#states.state(file, session, fieldsOf(entry["modelUsage"]));
      case "queue-operation":
        if (!this.#began.has(session) && at > 0) this.#began.set(session, at);
        return;
      case "system":
        if (entry["subtype"] === "compact_boundary") this.#states.compacted(file, session);
        if (entry["subtype"] === "api_error" && isCut(entry)) {
          this.#cuts.set(session, (this.#cuts.get(session) ?? 0) + 1);
        }
    }
  }

  #answer(line: LogLine, session: string, at: number): void {
    const { entry, file } = line;
    const message = fieldsOf(entry["message"]);
    const model = textOf(message["model"]);
    const usage = message["usage"];
    if (model === "<synthetic>" || usage === undefined || usage === null) return;
    const counts = countsOf(fieldsOf(usage));
    const messageId = nameOf(message["id"]);
    const requestId = nameOf(entry["requestId"]);
    const key = messageId === null ? `line:${nameOf(entry["uuid"]) ?? `${file}:${line.line}`}` : messageId;
    const id = requestId === null ? key : `${key}:${requestId}`;
    const isSubagent = entry["isSidechain"] === true || file.includes(`${sep}subagents${sep}`);
    const best = {
      agent: "claude-code" as const,
      requestId,
      responseId: messageId,
      isSubagent,
      provider: "anthropic",
      plan: null,
      project: nameOf(entry["cwd"]),
      model,
      at,
      ...counts,
      file,
      line: line.line,
    };
    const madeFor = nameOf(entry["requestSessionId"]);
    const known = this.#answers.get(id);
    const isWhole = nameOf(message["stop_reason"]) !== null;
    this.#states.answer(file, session, { id, counts, at, isSubagent, madeFor });
    if (known === undefined) {
      this.#answers.set(id, { id, requestId, holders: new Set([session]), madeFor, best, holder: session, isWhole });
      return;
    }
    known.holders.add(session);
    known.madeFor ??= madeFor;
    known.isWhole ||= isWhole;
    if (counts.outputTokens <= known.best.outputTokens) return;
    // When it began, and what it cost in the end.
    known.best = { ...best, at: Math.min(at, known.best.at) };
    known.holder = session;
  }

  records(): readonly UsageRecord[] {
    const withRequest = new Set(
      [...this.#answers.values()].flatMap(({ best, requestId }) => (requestId === null ? [] : [best.responseId])),
    );
    return [...this.#answers.values()]
      .filter(({ best, requestId }) => requestId !== null || !withRequest.has(best.responseId))
      .map((answer): UsageRecord => {
        const session = this.#ownerOf(answer);
        return { id: answer.id, session, parentSession: answer.best.isSubagent ? session : null, ...answer.best };
      });
  }

  /** Whose it is of all in whose files it stands: as a copy says, else who began first. */
  #ownerOf({ madeFor, holders, holder }: Answer): string {
    if (madeFor !== null) return madeFor;
    if (holders.size === 1) return holder;
    const began = (session: string): number => this.#began.get(session) ?? 0;
    return [...holders].toSorted((a, b) => began(a) - began(b))[0] ?? holder;
  }

  lacks(): readonly Lack[] {
    const beyond = new Map(this.#states.lacks().map((each) => [each.session, each]));
    const broken = Map.groupBy(
      [...this.#answers.values()].filter(({ isWhole, best }) => !isWhole && best.outputTokens <= 1),
      (answer) => this.#ownerOf(answer),
    );
    const hidden = [...new Set([...beyond.keys(), ...this.#cuts.keys()])].map((session): Lack => {
      const { compacted = false, counts = null } = beyond.get(session) ?? {};
      const what = [
        ...(compacted ? ["compaction's own request"] : []),
        ...times(this.#cuts.get(session) ?? 0, "a cut attempt", "cut attempts"),
      ];
      return lackOf(session, what.length === 0 ? "requests beside the conversation" : what.join(" and "), counts);
    });
    const outputs = [...broken].flatMap(([session, { length }]) =>
      times(length, "the output of an answer that broke off", "answers that broke off: their output").map((what) =>
        lackOf(session, what, null),
      ),
    );
    return [...hidden, ...outputs, ...(this.#states.hasUntold ? [UNTOLD] : [])];
  }
}

const UNTOLD: Lack = {
  agent: "claude-code",
  session: null,
  what: "attempts that broke off, in sessions without a total of their own (older versions, and while they run)",
  tokens: null,
  counts: null,
};

function lackOf(session: string, what: string, counts: LackedTokens | null): Lack {
  return { agent: "claude-code", session, what, tokens: counts === null ? null : sumOf(counts), counts };
}

function times(count: number, one: string, many: string): readonly string[] {
  return count === 0 ? [] : [count === 1 ? one : `${count} ${many}`];
}

/** The file's own name, without a subagent's folder. */
function sessionOf(file: string): string {
  const parts = file.split(sep);
  const within = parts.lastIndexOf("subagents");
  return within > 0 ? (parts[within - 1] ?? "") : basename(file, ".jsonl");
}

/** The connection went while the answer came: it was begun, so it was billed. */
function isCut(entry: Fields): boolean {
  return entry["source"] === "connection_retry" || fieldsOf(entry["error"])["connection"] !== undefined;
}

function sumOf(counts: LackedTokens): number {
  const { reasoningTokens: _part, ...classes } = counts;
  return Object.values(classes).reduce((sum, count) => sum + count, 0);
}

/** With compactions that the provider made within the request: they are billed, and stand beside the usage of the answer. */
function countsOf(usage: Fields): LackedTokens {
  const within = listOf(usage["iterations"]).map(fieldsOf);
  return [usage, ...within.filter(({ type }) => type === "compaction")].map(countsOfOne).reduce((a, b) => ({
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
    cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  }));
}

function countsOfOne(usage: Fields): LackedTokens {
  const split = fieldsOf(usage["cache_creation"]);
  const written = countOf(usage["cache_creation_input_tokens"]);
  const cacheWrite1hTokens = countOf(split["ephemeral_1h_input_tokens"]);
  const told5m = countOf(split["ephemeral_5m_input_tokens"]);
  const outputTokens = countOf(usage["output_tokens"]);
  return {
    inputTokens: countOf(usage["input_tokens"]),
    cacheReadTokens: countOf(usage["cache_read_input_tokens"]),
    // Before there were writes for an hour, all were for five minutes.
    cacheWrite5mTokens: Math.max(told5m, written - cacheWrite1hTokens),
    cacheWrite1hTokens,
    outputTokens,
    reasoningTokens: Math.min(outputTokens, countOf(fieldsOf(usage["output_tokens_details"])["thinking_tokens"])),
  };
}
