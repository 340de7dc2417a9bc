import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { commandEnvironment } from "./confinement/command-environment.ts";
import { removeTree } from "./remove-tree.ts";
import { chooseSandbox, type SandboxKind } from "./confinement/sandbox.ts";
import { tailOutput } from "./confinement/tail-output.ts";

/** A command run by allot: clean environment, time limit, own process group, sandbox where the system has one. */
export interface CommandRequest {
  /** POSIX shell text. */
  readonly command: string;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Extra variables on top of the clean environment (PATH, HOME in a temporary folder, LANG, TERM=dumb, CI=1 ...). */
  readonly env?: Readonly<Record<string, string>>;
  /** "off": the network is withheld where the system can; "on": left as it is. Default "off". */
  readonly network?: "off" | "on";
  /** Folders that may be read besides the system's; cwd is always readable and writable. */
  readonly readOnly?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface CommandOutcome {
  /** null where the time limit or a signal ended it. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Both streams in order, the last 16 KiB. */
  readonly output: string;
  readonly tookMs: number;
  /** What really held: "bwrap", "unshare-net", "none". */
  readonly sandbox: string;
}

/** From the polite signal to the one that cannot be refused. */
const GRACE_MS = 2_000;
/** How long output of a process that has ended may still be on its way. */
const DRAIN_MS = 500;

/**
 * Runs one shell command and answers how it ended; a failing command is an answer, not a fault.
 *
 * It sees none of our environment but the variables of `commandEnvironment`, has an empty home and a temporary folder
 * of its own, and nothing it started outlives it. `sandbox` says what really held; docs/sandbox.md says what each
 * means. `atMost` forces a weaker sandbox than the system has. Throws `interrupted` when `signal` is aborted.
 */
export async function runCommand(request: CommandRequest, atMost?: SandboxKind): Promise<CommandOutcome> {
  refuseWhenAborted(request.signal);
  const sandbox = await chooseSandbox(atMost);
  const temporary = await realpath(await mkdtemp(join(await realpath(tmpdir()), "allot-command-")));
  const mark = randomUUID();
  try {
    const home = join(temporary, "home");
    const scratch = join(temporary, "tmp");
    const slashTmp = join(temporary, "slash-tmp");
    for (const folder of [home, scratch, slashTmp]) await mkdir(folder);
    await writeFile(
      join(home, ".gitconfig"),
      "[user]\n\tname = allot\n\temail = allot@localhost\n[safe]\n\tdirectory = *\n",
    );
    const { variables, toolFolders } = commandEnvironment({ home, scratch });
    const cwd = await realpath(request.cwd);
    const argv = sandbox.wrap({
      // One pipe for both streams keeps them in order.
      argv: ["/bin/sh", "-c", 'exec /bin/sh -c "$1" 2>&1', "sh", request.command],
      cwd,
      temporary,
      slashTmp,
      readOnly: [...toolFolders, ...(request.readOnly ?? [])],
      network: request.network ?? "off",
    });
    const env = { ...variables, PWD: cwd, ...request.env, ALLOT_COMMAND: mark };
    const ended = await runToEnd(argv, { cwd, env, timeoutMs: request.timeoutMs, signal: request.signal });
    refuseWhenAborted(request.signal);
    return { ...ended, sandbox: sandbox.held(request.network ?? "off") };
  } finally {
    if (sandbox.kind !== "bwrap") await endStrays(mark);
    await removeTree(temporary);
  }
}

interface Spawned {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

function runToEnd(argv: readonly string[], options: Spawned): Promise<Omit<CommandOutcome, "sandbox">> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const [program = "", ...args] = argv;
    // A group of its own (detached), so that everything the command starts can be signalled at once.
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = tailOutput();
    child.stdout?.on("data", (chunk: Buffer) => output.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.add(chunk));
    let timedOut = false;
    let forced: NodeJS.Timeout | undefined;
    const end = (): void => {
      signalGroup(child, "SIGTERM");
      forced ??= setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
    };
    const limit = setTimeout(() => {
      timedOut = true;
      end();
    }, options.timeoutMs);
    options.signal?.addEventListener("abort", end, { once: true });
    let drained: NodeJS.Timeout | undefined;
    child.on("exit", () => {
      clearTimeout(limit);
      clearTimeout(forced);
      // What it left behind in its group ends with it; pipes that a stray still holds are not waited for.
      signalGroup(child, "SIGKILL");
      drained = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS);
    });
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(forced);
      clearTimeout(drained);
      options.signal?.removeEventListener("abort", end);
    };
    child.on("error", (cause) => {
      settle();
      reject(new AllotError("internal", `${program} could not be started: ${cause.message}`, { cause }));
    });
    child.on("close", (code) => {
      settle();
      resolve({
        exitCode: timedOut ? null : code,
        timedOut,
        output: output.text(),
        tookMs: Math.round(performance.now() - startedAt),
      });
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty: nothing to end.
  }
}

/** Ends what left the process group (a daemon in a session of its own); it is known by a variable it inherited. */
async function endStrays(mark: string): Promise<void> {
  const processes = await readdir("/proc").catch(() => []);
  await Promise.all(
    processes
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
        if (!environment.split("\0").includes(`ALLOT_COMMAND=${mark}`)) return;
        try {
          process.kill(Number(pid), "SIGKILL");
        } catch {
          // Gone by itself in the meantime.
        }
      }),
  );
}

function refuseWhenAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AllotError("interrupted", "a command was stopped before it ended", { cause: signal.reason });
  }
}
