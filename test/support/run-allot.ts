import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
import type { RunEvent } from "../../src/runs/events.ts";
import type { RunReport } from "../../src/runs/report/run-report.ts";
import type { PaidCall } from "../../src/runs/report/spend.ts";

/** A user's home folder for allot, with nothing in it and nothing of this machine. */
export interface AllotHome {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

export function allotHome(env: Readonly<Record<string, string>> = {}): AllotHome {
  const dir = mkdtempSync(join(tmpdir(), "allot-home-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  mkdirSync(join(dir, ".allot"));
  return {
    dir,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: dir,
      ALLOT_HOME: join(dir, ".allot"),
      NODE_DISABLE_COMPILE_CACHE: "",
      ...env,
    },
  };
}

/** How one command ended, with what it printed as JSON, line by line. */
export interface Ended {
  readonly code: number;
  readonly lines: readonly Record<string, unknown>[];
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

/** Runs the command line as a process of its own. */
export async function runAllot(home: AllotHome, args: readonly string[], cwd = home.dir): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", MAIN, ...args],
      { cwd, env: home.env, encoding: "utf8", maxBuffer: 1e8, timeout: 55_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr, lines: jsonLines(stdout) });
      },
    );
  });
}

/** The same inside this process, which spares a second of start. */
export async function runInside(home: AllotHome, args: readonly string[]): Promise<Ended> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const [out, err] = [gather(stdout), gather(stderr)];
  const code = await runCli(args, {
    stdout,
    stderr,
    stdin,
    env: home.env,
    cwd: home.dir,
    signal: new AbortController().signal,
  });
  stdout.end();
  stderr.end();
  const text = await out;
  return { code, stdout: text, stderr: await err, lines: jsonLines(text) };
}

async function gather(stream: PassThrough): Promise<string> {
  let text = "";
  for await (const part of stream.setEncoding("utf8")) text += part as string;
  return text;
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line.startsWith("{") ? [JSON.parse(line) as Record<string, unknown>] : [];
    } catch {
      return [];
    }
  });
}

/** The events of one kind among what a command printed. */
export function eventsOf<Kind extends RunEvent["kind"]>(ended: Ended, kind: Kind): Extract<RunEvent, { kind: Kind }>[] {
  return ended.lines.filter((line) => line["kind"] === kind) as unknown as Extract<RunEvent, { kind: Kind }>[];
}

/** The report at the end of `run` and `resume`; throws with all that was printed where there is none. */
export function reportOf(ended: Ended): RunReport {
  const last = ended.lines.findLast((line) => line["kind"] === "report");
  if (last === undefined) throw new Error(`no report (exit code ${ended.code}):\n${ended.stdout}\n${ended.stderr}`);
  return last["report"] as RunReport;
}

/** The id of the run that a command made. */
export function runIdOf(ended: Ended): string {
  const [started] = eventsOf(ended, "run-started");
  if (started === undefined)
    throw new Error(`no run was started (exit code ${ended.code}):\n${ended.stdout}\n${ended.stderr}`);
  return started.run;
}

/** What the ledger holds of a run, by `allot show ID --json`. */
export async function ledgerOf(home: AllotHome, run: string): Promise<readonly PaidCall[]> {
  const shown = await runInside(home, ["show", run, "--json"]);
  const calls = shown.lines[0]?.["calls"];
  if (!Array.isArray(calls))
    throw new Error(`allot show ${run} printed no calls: ${shown.stdout.slice(0, 2000)}${shown.stderr}`);
  return calls as PaidCall[];
}
