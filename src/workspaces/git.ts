/**
 * The one place where git runs. Arguments are arrays, paths stand behind "--" or on standard input, and nothing that a
 * repository or a user configured can start a program: no hooks, no file system monitor, no external diff, no pager.
 *
 * `readUserGit` looks at the user's repository (takes no locks, writes nothing); `writeUserGit` adds objects and a
 * branch to it; `ownGit` works in repositories of ours (no configuration but its own, fixed identity). A failure is
 * `git-failed` with what git said.
 */
import { spawn } from "node:child_process";
import { AllotError } from "../foundation/errors.ts";

export interface GitOptions {
  /** Standard input; closed when absent. */
  readonly input?: Uint8Array | string;
  /** Extra variables: GIT_INDEX_FILE, dates ... */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not faults; default 0 only. */
  readonly accept?: readonly number[];
  /** Output beyond this is thrown away and `cut` set; default 1 GiB. */
  readonly maxBytes?: number;
}

export interface GitAnswer {
  readonly exitCode: number;
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** Commits of ours say who made them and nothing about this machine. */
const IDENTITY = {
  GIT_AUTHOR_NAME: "allot",
  GIT_AUTHOR_EMAIL: "allot@localhost",
  GIT_COMMITTER_NAME: "allot",
  GIT_COMMITTER_EMAIL: "allot@localhost",
};

const SAFE_CONFIG = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=keep",
  "protocol.ext.allow=never",
  "core.pager=cat",
  "core.quotePath=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

/** Reads the user's repository at `repo`: takes no optional lock, so that even a refreshed index is not written back. */
export function readUserGit(repo: string, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
  return run(["-C", repo, ...SAFE_CONFIG, ...args], { GIT_OPTIONAL_LOCKS: "0", ...options.env }, options);
}

/** Writes to the user's repository: objects and one branch, nothing else. Its entries in the reflog say who did it. */
export function writeUserGit(repo: string, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
  return run(["-C", repo, ...SAFE_CONFIG, ...args], { ...IDENTITY, ...options.env }, options);
}

/** Acts in the user's repository on the user's word (land, undo): in their name, with their configuration and hooks. */
export function actAsUser(repo: string, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
  return run(
    ["-C", repo, "-c", "core.pager=cat", "-c", "protocol.ext.allow=never", ...args],
    { GIT_EDITOR: "true", ...options.env },
    options,
  );
}

/**
 * Works in a repository of ours whose git directory is `gitDir` (undefined only to make one); no user or system
 * configuration is read.
 */
export function ownGit(
  gitDir: string | undefined,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitAnswer> {
  const place = gitDir === undefined ? [] : [`--git-dir=${gitDir}`];
  const env = {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    ...IDENTITY,
    ...options.env,
  };
  return run([...place, ...SAFE_CONFIG, ...args], env, options);
}

/** Standard output as text without the last newline. */
export function textOf(answer: GitAnswer): string {
  return answer.bytes.toString("utf8").replace(/\n$/, "");
}

/** The parts of NUL-separated output. */
export function partsOf(answer: GitAnswer): string[] {
  const text = answer.bytes.toString("utf8");
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

let checked: Promise<void> | undefined;

/** Resolves where the installed git is 2.38 or newer (it merges without a work tree since then), else throws `git-failed`. */
export function requireGit(): Promise<void> {
  checked ??= run(["--version"], {}, {}).then((answer) => {
    const said = textOf(answer);
    const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(said) ?? [];
    if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38)) return;
    checked = undefined;
    throw new AllotError("git-failed", `git 2.38 or newer is needed, found "${said}"`);
  });
  return checked;
}

/** Variables git gets from us: where programs are, who the user is, nothing that redirects it or holds a secret. */
function cleanEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_PAGER: "cat",
    GIT_EDITOR: ":",
  };
  for (const name of ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "SYSTEMROOT"]) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function run(args: readonly string[], env: Readonly<Record<string, string>>, options: GitOptions): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      env: { ...cleanEnvironment(), ...env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const maxBytes = options.maxBytes ?? 2 ** 30;
    const out: Buffer[] = [];
    let kept = 0;
    let cut = false;
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      const room = maxBytes - kept;
      if (chunk.length > room) cut = true;
      const part = chunk.subarray(0, Math.max(0, room));
      kept += part.length;
      if (part.length > 0) out.push(part);
    });
    child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-4_000)));
    // git may end before it has read all of its input; its exit code says why, a broken pipe does not.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input);
    child.on("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "ENOENT" ? "no git program found in PATH; git 2.38 or newer is needed" : cause.message;
      reject(new AllotError("git-failed", why, { cause }));
    });
    child.on("close", (code, signal) => {
      const exitCode = code ?? 128;
      if (signal === null && (options.accept ?? [0]).includes(exitCode)) {
        resolve({ exitCode, bytes: Buffer.concat(out), cut });
        return;
      }
      const ended = signal === null ? `ended with ${exitCode}` : `was killed by ${signal}`;
      reject(new AllotError("git-failed", `git ${commandName(args)} ${ended}: ${withoutCredentials(said.trim())}`));
    });
  });
}

/** "merge-tree" of ["-C", "/x", "-c", "a=b", "merge-tree", ...]. */
function commandName(args: readonly string[]): string {
  let at = 0;
  for (let arg = args[at]; arg !== undefined; arg = args[at]) {
    if (arg === "-c" || arg === "-C") at += 2;
    else if (arg.startsWith("--git-dir") || arg.startsWith("--work-tree")) at += 1;
    else return arg;
  }
  return "";
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/(\w+:\/\/)[^\s/@]+@/g, "$1***@");
}
