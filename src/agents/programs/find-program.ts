import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { Installed } from "./program.ts";

/** What every agent program is opened with. */
export interface ProgramOptions {
  /** Where it is looked for, as in PATH. */
  readonly searchPath: string;
  readonly clock: Clock;
  /** The browser that the user named, for an agent that looks at pages. */
  readonly browser?: string;
  /** Told who the process is, as an identity line, as soon as it runs: whoever outlives us can end it. */
  readonly onStart?: (identity: string) => void;
}

/** An installed program, and what its help says it understands. */
export interface Found extends Installed {
  /** Help texts together; a flag that does not stand there is not used. */
  readonly help: string;
}

/** A program that does not answer its `--help` within this is no agent of ours. */
const ANSWER_MS = 20_000;

/**
 * The program of that name on the search path, its version, and its help; null where there is none. `helps` are the arguments
 * that print help. Starts no session and reads no settings of the user: it runs with an empty home.
 */
export async function findProgram(
  name: string,
  helps: readonly (readonly string[])[],
  { searchPath, clock }: ProgramOptions,
): Promise<Found | null> {
  const path = await firstOn(searchPath, name);
  if (path === undefined) return null;
  const [version, ...texts] = await Promise.all(
    [["--version"], ...helps].map((args) => outputOf(path, args, searchPath, clock)),
  );
  return { path, version: versionIn(version ?? ""), help: texts.join("\n") };
}

/** What a program says its version is; "unknown" where it says none. */
export async function versionOf(path: string, { searchPath, clock }: ProgramOptions): Promise<string> {
  return versionIn(await outputOf(path, ["--version"], searchPath, clock));
}

function versionIn(text: string): string {
  return /\d+\.\d+[\w.+-]*/.exec(text)?.[0] ?? "unknown";
}

/** Throws `command-not-found` with what would help. */
export function needed(found: Found | null, name: string, howToInstall: string): Found {
  if (found !== null) return found;
  throw new AllotError("command-not-found", `there is no program "${name}" on the PATH; ${howToInstall}`);
}

/** Whether the help names the flag. Pure. */
export function knowsFlag({ help }: Found, flag: string): boolean {
  return new RegExp(`(^|[\\s,])${flag}(?![\\w-])`, "m").test(help);
}

async function firstOn(searchPath: string, name: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    const isProgram = await Promise.all([access(path, constants.X_OK), stat(path)]).then(
      ([, found]) => found.isFile(),
      () => false,
    );
    if (isProgram) return path;
  }
  return undefined;
}

function outputOf(path: string, args: readonly string[], searchPath: string, clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      env: { PATH: searchPath, HOME: tmpdir(), TERM: "dumb" },
      stdio: ["ignore", "pipe", "pipe"],
      cwd: tmpdir(),
    });
    let text = "";
    const done = new AbortController();
    const end = (): void => {
      done.abort();
      resolve(text);
    };
    child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    child.stderr.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    child.once("error", end);
    child.once("close", end);
    clock.sleep(ANSWER_MS, done.signal).then(
      () => child.kill("SIGKILL"),
      () => {},
    );
  });
}
