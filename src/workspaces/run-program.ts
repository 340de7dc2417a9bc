import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { AllotError } from "../foundation/errors.ts";

/** A user's own program with our streams: nothing of what it reads or prints passes through us. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when we are asked to end: the program is asked likewise, and waited for. */
  readonly signal: AbortSignal;
  /** A terminal sends Ctrl-C to the program by itself. */
  readonly hasTerminal: boolean;
}

/**
 * Runs a program and answers its exit code: 128 + n where signal n ended it, as shells do. Throws `command-not-found`
 * where there is none of that name, or it may not be run.
 */
export async function runProgram(program: Program): Promise<number> {
  const child = spawn(program.command, program.args, { cwd: program.cwd, env: program.env, stdio: "inherit" });
  const pass = (): void => passOn(child, program);
  program.signal.addEventListener("abort", pass, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => reject(startFault(program.command, error)));
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    program.signal.removeEventListener("abort", pass);
  }
}

function passOn(child: ChildProcess, { signal, hasTerminal }: Program): void {
  const interrupted = (signal.reason as Error | undefined)?.message === "interrupted";
  if (interrupted && hasTerminal) return;
  child.kill(interrupted ? "SIGINT" : "SIGTERM");
}

function startFault(command: string, error: NodeJS.ErrnoException): Error {
  if (error.code === "ENOENT")
    return new AllotError(
      "command-not-found",
      `there is no program "${command}" on the PATH; check its name, or give its path`,
      {
        cause: error,
      },
    );
  if (error.code === "EACCES")
    return new AllotError("command-not-found", `${command} is no program that may be run (EACCES); check its rights`, {
      cause: error,
    });
  return error;
}
