import { basename, dirname, join, sep } from "node:path";
import type { AgentLogs, AgentReader, Told } from "../agent-logs.ts";
import { countOf, fieldsOf, instantOf, nameOf } from "../fields.ts";
import type { Unread } from "../log-lines.ts";
import type { Lack, UsageRecord } from "../transcripts.ts";
import { readDatabase } from "./database.ts";
import { readDocument } from "./documents.ts";
import type { OpencodeEntry } from "./entry.ts";

/*
 * opencode: one SQLite database; in older versions a JSON document a session, message and part below `storage`. Seen with 1.18.33.
 *
 * - A message may be several answers: each has a part `step-finish` with its usage; the message itself has the last one's.
 * - Reasoning stands beside the output; caches beside the input. How long a cache write is kept is not told.
 * - The request for a session's title is nowhere.
 */
export const opencode: AgentLogs = {
  agent: "opencode",
  places: ({ home, env }) => {
    const folder = join(env["XDG_DATA_HOME"] ?? join(home, ".local/share"), "opencode");
    return [join(folder, "opencode.db"), join(folder, "storage")];
  },
  isLog: (path) => basename(path) === "opencode.db" || isDocument(path),
  open: () => new OpencodeReader(),
};

function isDocument(path: string): boolean {
  const kind = path.split(sep).at(-3) ?? "";
  return path.endsWith(".json") && ["session", "message", "part"].includes(kind);
}

interface Session {
  readonly parent: string | null;
  readonly directory: string | null;
}

class OpencodeReader implements AgentReader {
  readonly #sessions = new Map<string, Session>();
  readonly #messages = new Map<string, OpencodeEntry>();
  /** By message. */
  readonly #steps = new Map<string, Map<string, OpencodeEntry>>();
  readonly #unread = new Map<string, Unread>();

  async read(file: string): Promise<void> {
    this.#unread.delete(file);
    const take = (entry: OpencodeEntry): void => this.#take(entry);
    const cannotRead = (why: string): void => {
      const known = this.#unread.get(file);
      if (known === undefined) this.#unread.set(file, { lines: 1, why });
      else known.lines += 1;
    };
    if (file.endsWith(".db")) await readDatabase(file, take, cannotRead);
    else await readDocument(file, take, cannotRead);
  }

  #take(entry: OpencodeEntry): void {
    const { kind, id, data } = entry;
    if (kind === "session") {
      this.#sessions.set(id, {
        parent: nameOf(data["parentID"]) ?? nameOf(data["parent_id"]),
        directory: nameOf(data["directory"]),
      });
    } else if (kind === "message") {
      if (data["role"] === "assistant") this.#messages.set(id, entry);
    } else if (data["type"] === "step-finish") {
      const message = nameOf(data["messageID"]) ?? basename(dirname(entry.file));
      const steps = this.#steps.get(message) ?? new Map<string, OpencodeEntry>();
      steps.set(id, entry);
      this.#steps.set(message, steps);
    }
  }

  told(): Told {
    const records = [...this.#messages.values()].flatMap((message) => this.#answersOf(message));
    return { records, lacks: this.#lacks(records), unread: this.#unread };
  }

  #answersOf(message: OpencodeEntry): readonly UsageRecord[] {
    const steps = [...(this.#steps.get(message.id)?.values() ?? [])];
    const told = steps.length > 0 ? steps : [message];
    return told.flatMap((entry) => {
      const record = this.#recordOf(message, entry);
      return record === undefined ? [] : [record];
    });
  }

  #recordOf(message: OpencodeEntry, entry: OpencodeEntry): UsageRecord | undefined {
    const { data } = message;
    const tokens = fieldsOf(entry.data["tokens"]);
    const cache = fieldsOf(tokens["cache"]);
    const reasoning = countOf(tokens["reasoning"]);
    const counts = {
      inputTokens: countOf(tokens["input"]),
      cacheReadTokens: countOf(cache["read"]),
      cacheWrite5mTokens: countOf(cache["write"]),
      cacheWrite1hTokens: 0,
      outputTokens: countOf(tokens["output"]) + reasoning,
      reasoningTokens: reasoning,
    };
    // A message that is under way, or failed.
    if (Object.values(counts).every((count) => count === 0)) return undefined;
    const own = nameOf(data["sessionID"]) ?? "";
    const { root, parent } = this.#rootOf(own);
    const time = fieldsOf(data["time"]);
    return {
      agent: "opencode",
      id: entry.id,
      requestId: null,
      responseId: null,
      session: root,
      parentSession: parent,
      isSubagent: parent !== null,
      provider: nameOf(data["providerID"]) ?? "",
      plan: null,
      project: this.#sessions.get(own)?.directory ?? nameOf(fieldsOf(data["path"])["cwd"]),
      model: nameOf(data["modelID"]) ?? "",
      at: instantOf(time["completed"]) || instantOf(time["created"]),
      ...counts,
      file: entry.file,
      line: entry.line,
    };
  }

  #rootOf(session: string): { readonly root: string; readonly parent: string | null } {
    const parent = this.#sessions.get(session)?.parent ?? null;
    let root = session;
    for (let up = parent, depth = 0; up !== null && depth < 50; depth += 1) {
      root = up;
      up = this.#sessions.get(up)?.parent ?? null;
    }
    return { root, parent };
  }

  #lacks(records: readonly UsageRecord[]): readonly Lack[] {
    const titled = new Set(records.flatMap(({ session }) => session));
    const lack = { agent: "opencode" as const, tokens: null, counts: null };
    return [
      ...[...titled].map((session) => ({ ...lack, session, what: "the title's request" })),
      ...(titled.size === 0
        ? []
        : [{ ...lack, session: null, what: "attempts that broke off: opencode does not log them" }]),
    ];
  }
}
