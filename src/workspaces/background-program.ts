import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

/** A program that lives on when we are gone. */
export interface BackgroundProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it prints goes there, behind what is there; made, with its folder, for its owner alone. */
  readonly log: string;
}

/** One that was started. */
export interface StartedProgram {
  readonly pid: number;
  /** How it ended, as long as we are here to see it: its exit code, null for a signal; undefined while it runs. */
  readonly ended: () => number | null | undefined;
}

/**
 * Starts a program in a session of its own, with its standard input closed: what stops us does not stop it. Answers as soon as
 * it runs; rejects where it cannot be started. Throws what opening the log throws.
 */
export async function startInBackground(program: BackgroundProgram): Promise<StartedProgram> {
  mkdirSync(dirname(program.log), { recursive: true, mode: 0o700 });
  const log = openSync(program.log, "a", 0o600);
  try {
    const child = spawn(program.command, program.args, {
      detached: true,
      stdio: ["ignore", log, log],
      cwd: program.cwd,
      env: program.env,
    });
    let ended: number | null | undefined;
    child.once("exit", (code) => (ended = code));
    return await new Promise<StartedProgram>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => {
        child.unref();
        resolve({ pid: child.pid ?? 0, ended: () => ended });
      });
    });
  } finally {
    closeSync(log);
  }
}
