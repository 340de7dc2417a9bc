import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { type AgentLogs, type AgentReader, type LineFold, lineReader } from "../agent-logs.ts";
import { countOf, type Fields, fieldsOf, instantOf, listOf, nameOf } from "../fields.ts";
import type { LogLine, Unread } from "../log-lines.ts";
import type { Lack, UsageRecord } from "../transcripts.ts";

/*
 * Gemini CLI: chats/session-*.jsonl below `tmp/PROJECT`, in older versions one JSON document. Seen with 0.61.0.
 *
 * - An answer's line is written again with the same id when its tool calls are done; `$set` may repeat all messages.
 * - The header comes again with every resume.
 * - A subagent's file stands in a folder named as its parent's session.
 * - Thoughts and the prompts of its own tools stand beside output and input; what was read from a cache within the input.
 */
export const gemini: AgentLogs = {
  agent: "gemini",
  places: ({ home }) => [join(home, ".gemini/tmp")],
  isLog: (path) => path.includes(`${sep}chats${sep}`) && /\.jsonl?$/.test(path),
  open: () => new GeminiReader(),
};

const NEVER = [
  "the router's question where no model is named, and attempts that broke off: Gemini CLI logs neither",
  "sessions that Gemini CLI deleted: 0.61.0 does, at its next start, with one that was gone on with in a later minute",
];

class GeminiReader implements AgentReader {
  readonly #fold = new GeminiLines();
  readonly #lines = lineReader(this.#fold);
  readonly #unread = new Map<string, Unread>();

  async read(file: string): Promise<void> {
    if (file.endsWith(".jsonl")) return this.#lines.read(file);
    // One document, written anew with every message.
    const size = statSync(file).size;
    const document = size > LARGEST_BYTES ? undefined : parsed(await readFile(file, "utf8"));
    if (document === undefined) {
      this.#unread.set(file, { lines: 1, why: size > LARGEST_BYTES ? "too large a document" : "no JSON document" });
      return;
    }
    this.#unread.delete(file);
    this.#fold.take({ file, line: 1, entry: document });
    for (const message of listOf(document["messages"])) this.#fold.take({ file, line: 1, entry: fieldsOf(message) });
  }

  told() {
    const told = this.#lines.told();
    return { ...told, unread: new Map([...told.unread, ...this.#unread]) };
  }
}

const LARGEST_BYTES = 256 * 1024 * 1024;

function parsed(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

interface Chat {
  session: string;
  isSubagent: boolean;
  parent: string | null;
  project: string | null;
}

class GeminiLines implements LineFold {
  readonly #chats = new Map<string, Chat>();
  readonly #answers = new Map<string, Omit<UsageRecord, "session" | "parentSession" | "isSubagent" | "project">>();

  mayMatter(bytes: Buffer): boolean {
    return bytes.includes('"tokens"') || bytes.includes('"sessionId"');
  }

  take({ file, line, entry }: LogLine): void {
    const chat = this.#chatOf(file);
    const set = fieldsOf(entry["$set"]);
    const session = nameOf(entry["sessionId"]) ?? nameOf(set["sessionId"]);
    if (session !== null) {
      chat.session = session;
      chat.project ??= nameOf(listOf(entry["directories"])[0]);
      if (entry["kind"] === "subagent") chat.isSubagent = true;
    }
    for (const message of listOf(set["messages"])) this.#message(file, line, fieldsOf(message));
    this.#message(file, line, entry);
  }

  #message(file: string, line: number, entry: Fields): void {
    const tokens = fieldsOf(entry["tokens"]);
    if (entry["type"] !== "gemini" || entry["tokens"] === undefined || entry["tokens"] === null) return;
    const id = nameOf(entry["id"]) ?? `${file}:${line}`;
    if (this.#answers.has(id)) return;
    const prompt = countOf(tokens["input"]);
    const cached = Math.min(prompt, countOf(tokens["cached"]));
    const thoughts = countOf(tokens["thoughts"]);
    this.#answers.set(id, {
      agent: "gemini",
      id,
      requestId: null,
      responseId: null,
      provider: "google",
      plan: null,
      model: nameOf(entry["model"]) ?? "",
      at: instantOf(entry["timestamp"]),
      inputTokens: prompt - cached + countOf(tokens["tool"]),
      cacheReadTokens: cached,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: countOf(tokens["output"]) + thoughts,
      reasoningTokens: thoughts,
      file,
      line,
    });
  }

  records(): readonly UsageRecord[] {
    return [...this.#answers.values()].map((answer): UsageRecord => {
      const { session, isSubagent, parent, project } = this.#chatOf(answer.file);
      return { ...answer, session: parent ?? session, parentSession: parent, isSubagent, project };
    });
  }

  lacks(): readonly Lack[] {
    if (this.#chats.size === 0) return [];
    return NEVER.map((what) => ({ agent: "gemini", session: null, what, tokens: null, counts: null }));
  }

  #chatOf(file: string): Chat {
    let chat = this.#chats.get(file);
    if (chat === undefined) {
      const folder = dirname(file);
      const isWithin = basename(folder) !== "chats";
      chat = {
        session: basename(file).replace(/\.jsonl?$/, ""),
        isSubagent: isWithin,
        parent: isWithin ? basename(folder) : null,
        project: projectOf(isWithin ? dirname(dirname(folder)) : dirname(folder)),
      };
      this.#chats.set(file, chat);
    }
    return chat;
  }
}

/** The CLI notes beside the chats which folder they are of. */
function projectOf(folder: string): string | null {
  try {
    return nameOf(readFileSync(join(folder, ".project_root"), "utf8").trim());
  } catch {
    return null;
  }
}
