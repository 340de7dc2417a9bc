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

/**
 * Starts a program in a session of its own, with its standard input closed: what stops us does not stop it. Answers its process
 * id as soon as it runs; rejects where it cannot be started. Throws what opening the log throws.
 */
export async function startInBackground(program: BackgroundProgram): Promise<number> {
  mkdirSync(dirname(program.log), { recursive: true, mode: 0o700 });
  const log = openSync(program.log, "a", 0o600);
  try {
    const child = spawn(program.command, program.args, {
      detached: true,
      stdio: ["ignore", log, log],
      cwd: program.cwd,
      env: program.env,
    });
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => {
        child.unref();
        resolve(child.pid ?? 0);
      });
    });
  } finally {
    closeSync(log);
  }
}
