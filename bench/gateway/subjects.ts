import type { ChildProcess } from "node:child_process";
import { execFile } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { promisify } from "node:util";
import { HttpLane } from "./http-lane.ts";
import { endProcess, freePort, startNode } from "./processes.ts";
import { PATHS, requestBody, type Surface } from "./wire.ts";

/** Who is measured. */
export type SubjectName = "direct" | "bare" | "allot" | "portkey";

/** Something that listens and hands requests on to its own port of the mock. */
export interface Running {
  readonly port: number;
  /** Of its process; undefined where nothing stands between. */
  readonly pid: number | undefined;
  /** ms from its start to its first whole answer. */
  readonly startedMs: number;
  headers(surface: Surface): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "../..");
const SOURCE = join(ROOT, "src/cli/main.ts");
const BUILT = join(ROOT, "dist/cli/main.js");
const KEY = "bench-key-0123456789abcdef0123456789";
const SUBJECT_CORE = 1;
const NO_START_MS = 20_000;

export function isBuilt(): boolean {
  return existsSync(BUILT);
}

/** What the clients send to a provider itself. */
function providerHeaders(surface: Surface): Readonly<Record<string, string>> {
  return surface === "openai"
    ? { authorization: `Bearer ${KEY}` }
    : { "x-api-key": KEY, "anthropic-version": "2023-06-01" };
}

export function direct(upstream: string): Running {
  const port = Number(new URL(upstream).port);
  return { port, pid: undefined, startedMs: 0, headers: providerHeaders, stop: () => Promise.resolve() };
}

export function startBare(folder: string, upstream: string): Promise<Running> {
  const command = (port: number): readonly string[] => [join(import.meta.dirname, "bare.ts"), String(port), upstream];
  return start(folder, "bare", command, providerHeaders);
}

export function startPortkey(folder: string, upstream: string, program: string): Promise<Running> {
  const command = (port: number): readonly string[] => [program, "--headless", `--port=${port}`];
  return start(folder, "portkey", command, (surface) => ({
    ...providerHeaders(surface),
    "x-portkey-provider": surface,
    "x-portkey-custom-host": `${upstream}/v1`,
  }));
}

/** `allot serve` with everything on, by its own folder `home`: key, throttle, ledger, traces, metrics. */
export function startAllot(home: AllotHome, upstream: string, from: "source" | "dist"): Promise<Running> {
  const command = (port: number): readonly string[] => [
    ...(from === "source" ? ["--disable-warning=ExperimentalWarning", SOURCE] : [BUILT]),
    "serve",
    `--port=${port}`,
    `--upstream=openai=${upstream}/v1`,
    `--upstream=anthropic=${upstream}`,
  ];
  return start(home.folder, "allot", command, providerHeaders, home.env);
}

export interface AllotHome {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Limits that are all there and are never reached: each is checked and charged at every request. */
const LIMITS = {
  session: { "*": limits() },
  global: { ...limits(), usd_per_month: 900_000 },
};

function limits(): Readonly<Record<string, number>> {
  return {
    tokens_per_hour: 9_000_000_000_000,
    tokens_per_day: 9_000_000_000_000,
    usd_per_hour: 900_000,
    usd_per_day: 900_000,
  };
}

/** A user's folder for allot, with limits that no run reaches. */
export function allotHome(folder: string): AllotHome {
  const home = join(folder, ".allot");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "config.json"), JSON.stringify({ limits: LIMITS }));
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    ALLOT_HOME: home,
    ALLOT_KEY: KEY,
    OPENAI_API_KEY: "sk-upstream",
    ANTHROPIC_API_KEY: "sk-ant-upstream",
  };
  return { folder, env };
}

/** Runs an allot command on a home and answers what it printed. */
export async function runAllot(home: AllotHome, args: readonly string[]): Promise<string> {
  const all = ["--disable-warning=ExperimentalWarning", SOURCE, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, all, {
    cwd: home.folder,
    env: home.env,
    maxBuffer: 1e9,
  });
  return stdout;
}

async function start(
  folder: string,
  name: string,
  command: (port: number) => readonly string[],
  headers: Running["headers"],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Running> {
  const port = await freePort();
  const log = join(folder, `${name}.log`);
  const file = openSync(log, "a");
  const begun = performance.now();
  const child = startNode(SUBJECT_CORE, command(port), { stdio: ["ignore", file, file], env, cwd: folder });
  closeSync(file);
  const startedMs = await firstAnswer(child, port, headers("openai"), begun, log);
  return {
    port,
    pid: child.pid,
    startedMs,
    headers,
    async stop() {
      await endProcess(child);
    },
  };
}

/** ms until a request was answered with 200. Throws where the process ends or 20 s pass before. */
async function firstAnswer(
  child: ChildProcess,
  port: number,
  headers: Readonly<Record<string, string>>,
  begun: number,
  log: string,
): Promise<number> {
  const body = requestBody({ surface: "openai" });
  const head = Object.entries({ ...headers, "content-length": body.length }).map(
    ([key, value]) => `${key}: ${value}\r\n`,
  );
  const begin = `POST ${PATHS.openai} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n`;
  const request = Buffer.concat([Buffer.from(`${begin}${head.join("")}\r\n`), body]);
  let last = "";
  while (performance.now() - begun < NO_START_MS && child.exitCode === null) {
    const lane = new HttpLane(port);
    try {
      const { status, body: said } = await lane.ask(request);
      if (status === 200) return performance.now() - begun;
      last = `${status} ${said.toString("utf8", 0, 300)}`;
    } catch (error) {
      last = String(error);
    } finally {
      lane.close();
    }
    await pass(5);
  }
  child.kill("SIGKILL");
  throw new Error(`${log}: no answer (${last}): ${readFileSync(log, "utf8").slice(-600)}`);
}
