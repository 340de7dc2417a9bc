import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Served } from "./scripted-provider/script.ts";

const HERE = import.meta.dirname;
const MAIN = join(HERE, "../../src/cli/main.ts");
const PROVIDER_MAIN = join(HERE, "scripted-provider/main.ts");

/** A line of `--json` output, and when it came. */
export interface TimedEvent {
  readonly at: number;
  readonly event: Readonly<Record<string, unknown>>;
}

/** One process of the command line. */
export interface CliProcess {
  readonly pid: number;
  readonly startedAt: number;
  /** Grows while it runs. */
  readonly events: readonly TimedEvent[];
  /** Resolves when it has ended and said everything; `code` is null where a signal ended it. */
  readonly ended: Promise<CliEnd>;
  readonly running: () => boolean;
}

export interface CliEnd {
  readonly code: number | null;
  readonly stderr: string;
  readonly endedAt: number;
}

/** Starts the command line as a process of its own, with nothing in its environment but `env`. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): CliProcess {
  const startedAt = Date.now();
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that a test can send what a terminal sends: a signal to all of it.
    detached: true,
  });
  const events: TimedEvent[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    // A process that is killed may leave half a line.
    try {
      events.push({ at: Date.now(), event: JSON.parse(line) as Record<string, unknown> });
    } catch {
      if (child.exitCode === 0) throw new Error(`no JSON on stdout: ${line}`);
    }
  });
  const exited = once(child, "exit").then(([code]) => ({ code: code as number | null, endedAt: Date.now() }));
  const said = Promise.all([text(child.stderr), once(lines, "close")]);
  return {
    pid: child.pid ?? 0,
    startedAt,
    events,
    ended: Promise.all([exited, said]).then(([end, [stderr]]) => ({ ...end, stderr })),
    running: () => child.exitCode === null && child.signalCode === null,
  };
}

/** SIGKILL, or another signal; 0 only asks. False where there is no such process any more. */
export function kill(pid: number, signal: NodeJS.Signals | 0 = "SIGKILL"): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** The scripted provider as a process of its own, so that what it counts outlives every kill. */
export interface ProviderProcess extends AsyncDisposable {
  /** Base URL of its Anthropic wire. */
  readonly url: string;
  /** Everything it was asked so far, in order. */
  served(): Promise<readonly Served[]>;
}

/** Starts it with a script file. */
export async function startProvider(script: string): Promise<ProviderProcess> {
  const child = spawn(process.execPath, [PROVIDER_MAIN, "--port", "0", "--script", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { url, urls } = await firstLine(child);
  return {
    url: urls.anthropic,
    served: async () => (await (await fetch(`${url}/__served`)).json()) as readonly Served[],
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<{ url: string; urls: { anthropic: string } }> {
  if (child.stdout === null) throw new Error("the provider was started without a pipe");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return JSON.parse(line) as { url: string; urls: { anthropic: string } };
}
