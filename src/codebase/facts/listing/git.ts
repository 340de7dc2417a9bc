import { spawn } from "node:child_process";

/** What git said; a program that is not there, or a repository that it refuses, is an answer too. */
export interface GitSaid {
  readonly ok: boolean;
  readonly bytes: Buffer;
}

/** Nothing that a repository configures may start a program, ask the network or write a file. */
const SAFE_CONFIG = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=keep",
  "core.quotePath=false",
  "protocol.allow=never",
  "log.showSignature=false",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

/** Variables that git may have from us: where programs are and whose configuration holds; nothing that points it elsewhere. */
const KEPT = ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "SYSTEMROOT"];

/**
 * Asks git about the folder `cwd`, for reading only: it takes no locks, writes nothing, runs nothing that is configured
 * and fetches nothing. Never throws but with the signal's reason.
 */
export function askGit(cwd: string, args: readonly string[], signal?: AbortSignal): Promise<GitSaid> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const child = spawn("git", ["-C", cwd, ...SAFE_CONFIG, ...args], {
      env: gitEnvironment(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const stop = (): void => void child.kill();
    signal?.addEventListener("abort", stop, { once: true });
    const out: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    const end = (code: number | null): void => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve({ ok: code === 0, bytes: Buffer.concat(out) });
    };
    child.on("error", () => end(null));
    child.on("close", end);
  });
}

function gitEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_PAGER: "cat",
  };
  for (const name of KEPT) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
