import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A real client that is run as a program of its own. One file each in programs/. */
export interface ClientProgram {
  readonly name: "claude-code" | "codex" | "gemini-cli" | "opencode";
  readonly package: string;
  readonly bin: string;
  /** Asked for where a check names none. */
  readonly model: string;
  /** What it runs with: writes its settings into the home, and says arguments and variables. */
  command(place: ClientPlace, ask: ClientAsk): ClientCommand;
  /** What the program said, read from its own machine output. */
  read(ended: EndedProgram): Said;
}

/** Where a client works, and whom it asks. */
export interface ClientPlace {
  /** Without a path. */
  readonly url: string;
  readonly key: string;
  /** A throw-away home; kept over several runs of one check. */
  readonly home: string;
  readonly work: string;
  /** Headers to send along, by the client's own means. */
  readonly headers: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Address and key stand in the client's own files already, by `allot connect`: it is told nothing but the prompt. */
  readonly connected?: boolean;
}

export interface ClientAsk {
  readonly prompt: string;
  readonly model?: string;
  /** A session of before. */
  readonly resume?: string;
  /** Further arguments. */
  readonly extra?: readonly string[];
  /** Codex: its built-in provider at another address, in place of one of its own. */
  readonly builtIn?: boolean;
  /** Codex: the gateway's list of models in place of its own. */
  readonly catalogue?: boolean;
  /** Codex: a local model server. */
  readonly oss?: boolean;
  readonly timeoutMs?: number;
}

export interface ClientCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface EndedProgram {
  /** null: killed at its time limit. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** What came on stdout, and when. */
  readonly marks: readonly { readonly atMs: number; readonly text: string }[];
}

export interface Said {
  readonly text: string;
  readonly session: string | undefined;
  readonly failed: boolean;
  /** What it shows when it failed. */
  readonly message: string;
}

export type Answered = EndedProgram & Said;

/** Runs the client to its end, in an environment with nothing of this machine but the path. */
export async function runClient(
  client: ClientProgram,
  clients: string,
  place: ClientPlace,
  ask: ClientAsk,
): Promise<Answered> {
  const { args, env } = client.command(place, ask);
  const started = performance.now();
  const child = spawn(join(clients, "node_modules/.bin", client.bin), [...args, ...(ask.extra ?? [])], {
    cwd: place.work,
    env: {
      PATH: `${join(import.meta.dirname, "../../node_modules/.bin")}:/usr/local/bin:/usr/bin:/bin`,
      HOME: place.home,
      TERM: "xterm-256color",
      NO_PROXY: "127.0.0.1",
      ...env,
      ...place.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  const marks: { atMs: number; text: string }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    marks.push({ atMs: performance.now() - started, text });
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const timer = setTimeout(() => killGroup(child.pid), ask.timeoutMs ?? 60_000);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  killGroup(child.pid);
  const ended = { code, stdout, stderr, tookMs: performance.now() - started, marks };
  return { ...ended, ...client.read(ended) };
}

/** What the client's processes left behind ends with it. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The group is empty: nothing was left.
  }
}

/** The lines of a program's output that are JSON objects. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return value !== null && typeof value === "object" ? [{ ...value }] : [];
    } catch {
      return [];
    }
  });
}

/** A text of a program's output; "" for anything else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The version of an installed package. */
export function versionOf(clients: string, name: string): string {
  const file = join(clients, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
