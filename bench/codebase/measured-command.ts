import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

/** A Node program run once, as a whole process. */
export interface Measured {
  readonly wallMs: number;
  /** CPU time of its Node processes with all their threads. */
  readonly cpuMs: number;
  /** Sum of the peaks of its Node processes. */
  readonly peakMb: number;
  readonly stdout: string;
}

const PRELOAD = pathToFileURL(join(import.meta.dirname, "note-usage.mjs")).href;

/** Runs `node ARGS`; throws where it ends otherwise than with 0, for a figure of a failed run means nothing. */
export async function measure(
  args: readonly string[],
  place: { readonly cwd: string; readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<Measured> {
  mkdirSync(place.folder, { recursive: true });
  const noted = mkdtempSync(join(place.folder, "usage-"));
  const env = { ...place.env, ALLOT_BENCH_USAGE: noted, NODE_OPTIONS: `--import=${PRELOAD}` };
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: place.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const wallMs = performance.now() - started;
  if (ended[0] !== 0) throw new Error(`node ${args.join(" ")} ended with ${String(ended[0])}: ${stderr.slice(-2000)}`);
  const all = readdirSync(noted).map(
    (name) => JSON.parse(readFileSync(join(noted, name), "utf8")) as { peakKb: number; cpuMs: number },
  );
  return {
    wallMs,
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: all.reduce((sum, { peakKb }) => sum + peakKb, 0) / 1024,
    stdout,
  };
}
