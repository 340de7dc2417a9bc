import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AllotError } from "../../../foundation/errors.ts";
import { randomLetters } from "../../../foundation/ids.ts";
import type { ModelMessage } from "../../../providers/provider.ts";
import type { AgentUsage } from "../program.ts";

/** What a session's file says first. */
export interface SessionHead {
  readonly agent: string;
  readonly cwd: string;
  readonly model: string;
  readonly startedAt: number;
}

/** One line of a session's file. */
type SessionLine =
  | ({ readonly kind: "session"; readonly version: 1; readonly id: string } & SessionHead)
  | { readonly kind: "message"; readonly message: ModelMessage }
  | { readonly kind: "usage"; readonly turn: number; readonly model: string; readonly usage: AgentUsage };

/** A session that is going on: its conversation, each message on disk before it is used. */
export interface SessionFile extends AsyncDisposable {
  readonly id: string;
  /** The conversation as it stood when the file was opened; every tool call in it has its result. */
  readonly messages: readonly ModelMessage[];
  append(message: ModelMessage): Promise<void>;
  appendUsage(turn: number, model: string, usage: AgentUsage): Promise<void>;
}

/**
 * An agent's home: `.allot-agents/NAME` below HOME (USERPROFILE on Windows) of its environment. Throws `usage` where the
 * environment has neither.
 */
export function agentHome(name: string, env: Readonly<Record<string, string>>): string {
  const home = env.HOME ?? env.USERPROFILE ?? "";
  if (home === "") throw new AllotError("usage", `the agent ${name} needs a home: HOME is not in its environment`);
  return join(home, ".allot-agents", name);
}

/** Begins a session in a file of its own. Throws `file-unusable` where it cannot be written. */
export async function beginSession(home: string, head: SessionHead): Promise<SessionFile> {
  const id = `${head.agent}-${randomLetters(16)}`;
  const path = pathOf(home, id);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = new JsonLines(id, path, await open(path, "ax", 0o600), []);
    await file.write({ kind: "session", version: 1, id, ...head });
    return file;
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/**
 * Goes on with a recorded session; undefined where it is lost: no file, or one that is no session of that agent. What a
 * crash tore is mended: half a last line is dropped, and a tool call without a result gets one that says so.
 */
export async function resumeSession(home: string, agent: string, id: string): Promise<SessionFile | undefined> {
  if (!/^[a-z]+-[a-z0-9]{16}$/.test(id) || !id.startsWith(`${agent}-`)) return undefined;
  const path = pathOf(home, id);
  const text = await readFile(path, "utf8").catch(() => undefined);
  const lines = text === undefined ? undefined : linesOf(text);
  const [head, ...rest] = lines ?? [];
  if (text === undefined || head?.kind !== "session" || head.version !== 1 || head.id !== id) return undefined;
  const recorded = rest.flatMap((line) => (line.kind === "message" ? [line.message] : []));
  const mended = withoutLooseEnds(recorded);
  try {
    const file = new JsonLines(id, path, await open(path, "a", 0o600), mended);
    // Half a line would swallow what is appended to it.
    if (!text.endsWith("\n")) await file.endLine();
    for (const message of mended.slice(recorded.length)) await file.append(message);
    return file;
  } catch (cause) {
    throw unusable(path, cause);
  }
}

class JsonLines implements SessionFile {
  readonly id: string;
  readonly messages: readonly ModelMessage[];
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(id: string, path: string, handle: FileHandle, messages: readonly ModelMessage[]) {
    this.id = id;
    this.#path = path;
    this.#handle = handle;
    this.messages = messages;
  }

  append(message: ModelMessage): Promise<void> {
    return this.write({ kind: "message", message });
  }

  appendUsage(turn: number, model: string, usage: AgentUsage): Promise<void> {
    return this.write({ kind: "usage", turn, model, usage });
  }

  async write(line: SessionLine): Promise<void> {
    await this.#put(`${JSON.stringify(line)}\n`);
  }

  async endLine(): Promise<void> {
    await this.#put("\n");
  }

  async #put(text: string): Promise<void> {
    try {
      await this.#handle.appendFile(text, "utf8");
      await this.#handle.datasync();
    } catch (cause) {
      throw unusable(this.#path, cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

function linesOf(text: string): SessionLine[] {
  const lines: SessionLine[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      lines.push(JSON.parse(line) as SessionLine);
    } catch {
      // Torn by a crash; what stands behind it was written by a later life and holds.
      continue;
    }
  }
  return lines;
}

/** The conversation with a result for each tool call: a model refuses one that has calls without. */
function withoutLooseEnds(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant" || last.toolCalls.length === 0) return messages;
  const results = last.toolCalls.map((call) => ({
    callId: call.id,
    name: call.name,
    output: "The work was interrupted here: whether this was carried out is not known. Look before you go on.",
    failed: true,
  }));
  return [...messages, { role: "tool", results }];
}

function pathOf(home: string, id: string): string {
  return join(home, "sessions", `${id}.jsonl`);
}

function unusable(path: string, cause: unknown): AllotError {
  return new AllotError("file-unusable", `the session file ${path} cannot be written: ${(cause as Error).message}`, {
    cause,
  });
}
