import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { agentOfFile } from "./agent-of-file.ts";
import type { AgentLogs, AgentReader, Homes } from "./agent-logs.ts";
import { claudeCode } from "./claude-code/claude-code.ts";
import { codex } from "./codex/codex.ts";
import { gemini } from "./gemini/gemini.ts";
import { opencode } from "./opencode/opencode.ts";
import type { AgentName, Transcripts, UsageRecord } from "./transcripts.ts";

/** Every agent whose logs are read. A new one is a reader and a line here. */
export const AGENT_LOGS: readonly AgentLogs[] = [claudeCode, codex, gemini, opencode];

export interface TranscriptOptions extends Partial<Homes> {
  /** The home folder whose agents' logs are read. */
  readonly home: string;
  /** Only these agents. */
  readonly agents?: readonly AgentName[];
  /** These files and folders in place of the home: whose they are is seen by what stands in them. */
  readonly files?: readonly string[];
  /** Only answers from then on, epoch ms. */
  readonly since?: number;
  readonly until?: number;
  /** Only sessions of these ids, or that begin so. */
  readonly sessions?: readonly string[];
}

/**
 * Reads the logs of all agents in a home: one record for each answer of a provider, oldest first, whatever copies the logs keep;
 * what they are known to lack; and what could not be read. A home without logs answers with no record and says where was looked.
 *
 * Streams: a log may be of any size. Only reads. Throws `file-not-found` for a file of `files` that is not there.
 */
export async function readTranscripts(options: TranscriptOptions): Promise<Transcripts> {
  return openTranscripts(options).read();
}

/** Logs that are read again as they grow. */
export interface OpenTranscripts {
  /** Reads what was added since the last time and answers with all. */
  read(): Promise<Transcripts>;
}

/** As `readTranscripts`, for whoever looks again: what was read is not read a second time. */
export function openTranscripts(options: TranscriptOptions): OpenTranscripts {
  const readers = new Map<AgentName, AgentReader>();
  const seen = new Map<string, string>();
  const wanted = AGENT_LOGS.filter(({ agent }) => options.agents?.includes(agent) ?? true);
  return {
    async read() {
      const failed = new Map<string, string>();
      const places = await placesOf(wanted, options, failed);
      for (const { logs, files } of places) {
        let reader = readers.get(logs.agent);
        if (reader === undefined) readers.set(logs.agent, (reader = logs.open()));
        for (const file of files) {
          const why = await readGrown(reader, file, seen);
          if (why !== undefined) failed.set(file, why);
        }
      }
      return transcriptsOf([...readers.values()], failed, places, options);
    },
  };
}

/** A place with logs of one agent. */
interface Place {
  readonly logs: AgentLogs;
  readonly path: string;
  readonly files: readonly string[];
}

async function placesOf(
  wanted: readonly AgentLogs[],
  { home, env = {}, files }: TranscriptOptions,
  failed: Map<string, string>,
): Promise<readonly Place[]> {
  const places: Place[] = [];
  if (files === undefined) {
    for (const logs of wanted) {
      for (const path of logs.places({ home, env })) {
        places.push({ logs, path, files: (await filesIn(path, failed)).filter((file) => logs.isLog(file)) });
      }
    }
    return places;
  }
  for (const path of files) {
    const found = await filesIn(path, failed);
    if (found.length === 0) await mustExist(path);
    const agents = new Map<string, AgentName | undefined>();
    for (const file of found) {
      const agent = await agentOfFile(file).catch((error: unknown) => void failed.set(file, whyOf(error)));
      agents.set(file, agent ?? undefined);
    }
    if (agents.has(path) && agents.get(path) === undefined) failed.set(path, "no log of an agent that is known");
    for (const logs of wanted) {
      const own = found.filter((file) => agents.get(file) === logs.agent);
      if (own.length > 0) places.push({ logs, path, files: own });
    }
  }
  return places;
}

async function mustExist(path: string): Promise<void> {
  await stat(path).catch((cause: unknown) => {
    throw new AllotError("file-not-found", `there is no log at ${path}`, { cause });
  });
}

/** Files at or below a path, by name; none where nothing is there. What cannot be looked into goes into `failed`, with why. */
async function filesIn(path: string, failed: Map<string, string>): Promise<readonly string[]> {
  const about = await stat(path).catch((error: unknown) => {
    if (!isMissing(error)) failed.set(path, whyOf(error));
  });
  if (about === undefined) return [];
  if (!about.isDirectory()) return [path];
  const files: string[] = [];
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const at = folder;
    const entries = await readdir(at, { withFileTypes: true }).catch((error: unknown) => {
      failed.set(at, whyOf(error));
      return [];
    });
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push(join(at, entry.name));
      else if (entry.isFile()) files.push(join(at, entry.name));
    }
  }
  return files.toSorted();
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads what is new; answers why it could not. */
async function readGrown(reader: AgentReader, file: string, seen: Map<string, string>): Promise<string | undefined> {
  try {
    const state = await stateOf(file);
    if (seen.get(file) === state) return undefined;
    await reader.read(file);
    seen.set(file, state);
    return undefined;
  } catch (error) {
    return whyOf(error);
  }
}

/** Changes with every write; a database's writes are beside it at first. */
async function stateOf(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const beside = file.endsWith(".db") ? await stat(`${file}-wal`).catch(() => undefined) : undefined;
  return [size, mtimeMs, beside?.size, beside?.mtimeMs].join(" ");
}

function transcriptsOf(
  readers: readonly AgentReader[],
  failed: ReadonlyMap<string, string>,
  places: readonly Place[],
  options: TranscriptOptions,
): Transcripts {
  const told = readers.map((reader) => reader.told());
  const all = told.flatMap(({ records }) => records);
  const isAll = options.since === undefined && options.until === undefined && options.sessions === undefined;
  const records = isAll ? all : all.filter((record) => isWanted(record, options));
  const sessions = new Set(records.map(({ session }) => session));
  const agents = new Set(records.map(({ agent }) => agent));
  const lacks = told
    .flatMap((each) => each.lacks)
    .filter(({ agent, session }) => isAll || (session === null ? agents.has(agent) : sessions.has(session)));
  return {
    records: records.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
    lacks,
    unreadable: [
      ...told.flatMap(({ unread }) => [...unread].map(([file, { lines, why }]) => ({ file, lines, why }))),
      ...[...failed].map(([file, why]) => ({ file, lines: 0, why })),
    ],
    looked: places.map(({ logs, path, files }) => ({ agent: logs.agent, path, files: files.length })),
  };
}

/** Whether an answer is of a session whose id this is, or begins so; a subagent's is of the session that started it too. */
export function isOfSession({ session, parentSession }: UsageRecord, id: string): boolean {
  return session.startsWith(id) || (parentSession?.startsWith(id) ?? false);
}

function isWanted(record: UsageRecord, { since, until, sessions }: TranscriptOptions): boolean {
  if (since !== undefined && record.at < since) return false;
  if (until !== undefined && record.at >= until) return false;
  return sessions === undefined || sessions.some((id) => isOfSession(record, id));
}
