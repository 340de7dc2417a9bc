import { type ChildProcessByStdio, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { formatIdentity, processIdentity } from "../../foundation/process-identity.ts";
import { endGroup, endMarked, WORK_MARK } from "./stray-processes.ts";

/** An agent's program on its way: in a process group of its own, its events a line each on standard output. */
export interface AgentProcess {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /**
   * What it reads on standard input: a file of that text, at whose end it is closed. So a prompt stands in no list of processes,
   * may be longer than an argument, and may begin with a dash.
   */
  readonly input: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Aborted by whoever asked for the work. */
  readonly signal: AbortSignal;
  /** Aborted where a limit is passed. */
  readonly over: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly onStart?: ((identity: string) => void) | undefined;
}

export interface EndedProcess {
  readonly why: "exited" | "timed-out" | "over-limit" | "interrupted";
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  /** The end of what it wrote on standard error. */
  readonly complaint: string;
  readonly tookMs: number;
}

/** From SIGINT, by which agents end their own children, to SIGTERM for the whole group, and from there to SIGKILL. */
const POLITE_MS = 5_000;
const GRACE_MS = 2_000;
/** How long output may still come after the end, where something else holds the pipe. */
const DRAIN_MS = 1_000;
const KEPT_COMPLAINT = 4_000;

/**
 * Runs it to its end. Resolves once it and all that it started are gone. Throws `command-not-found` where it cannot be started.
 */
export async function runAgentProcess(options: AgentProcess): Promise<EndedProcess> {
  const { clock, signal, over } = options;
  const startedAt = clock.now();
  const child = start(options);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = `${complaint}${text}`.slice(-KEPT_COMPLAINT);
  });
  const lines = createInterface({ input: child.stdout });
  lines.on("line", options.onLine);
  const read = new Promise<void>((resolve) => lines.once("close", resolve));
  const ended = endOf(child, options.path);
  let why: EndedProcess["why"] = "exited";
  const gone = new AbortController();
  const stop = (reason: EndedProcess["why"]): void => {
    if (why !== "exited" || gone.signal.aborted) return;
    why = reason;
    void stopChild(child, clock, gone.signal);
  };
  const interrupt = (): void => stop("interrupted");
  const limit = (): void => stop("over-limit");
  for (const [cause, listener] of [
    [signal, interrupt],
    [over, limit],
  ] as const) {
    if (cause.aborted) listener();
    else cause.addEventListener("abort", listener, { once: true });
  }
  clock.sleep(options.timeoutMs, gone.signal).then(
    () => stop("timed-out"),
    () => {},
  );
  try {
    const exitCode = await ended;
    await Promise.race([read, clock.sleep(DRAIN_MS)]);
    return { why, exitCode, complaint, tookMs: Math.round(clock.now() - startedAt) };
  } finally {
    gone.abort();
    signal.removeEventListener("abort", interrupt);
    over.removeEventListener("abort", limit);
    child.stdout.destroy();
    child.stderr.destroy();
    if (child.pid !== undefined) endGroup(child.pid, "SIGKILL");
    await endMarked(options.env[WORK_MARK]);
  }
}

type Running = ChildProcessByStdio<null, Readable, Readable>;

function start({ path, args, cwd, env, input, onStart }: AgentProcess): Running {
  const folder = mkdtempSync(join(tmpdir(), "allot-agent-"));
  const file = join(folder, "input");
  writeFileSync(file, input, { mode: 0o600 });
  const opened = openSync(file, "r");
  rmSync(folder, { recursive: true });
  try {
    // A group of its own (detached), so that everything the agent starts can be signalled at once.
    const child = spawn(path, args, {
      cwd,
      env: { ...env },
      stdio: [opened, "pipe", "pipe"],
      detached: true,
    }) as Running;
    if (child.pid !== undefined) onStart?.(formatIdentity(processIdentity(child.pid)));
    return child;
  } finally {
    closeSync(opened);
  }
}

function endOf(child: Running, path: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => resolve(code));
    child.once("error", (cause) =>
      reject(new AllotError("command-not-found", `${path} could not be started: ${cause.message}`, { cause })),
    );
  });
}

/** Asks the agent itself first: Codex leaves its running commands alive on SIGTERM, and ends them on SIGINT. */
async function stopChild(child: Running, clock: Clock, gone: AbortSignal): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    child.kill("SIGINT");
    await clock.sleep(POLITE_MS, gone);
    endGroup(pid, "SIGTERM");
    await clock.sleep(GRACE_MS, gone);
    endGroup(pid, "SIGKILL");
  } catch {
    // It is gone meanwhile.
  }
}
