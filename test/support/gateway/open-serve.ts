import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import type { ScriptedProvider } from "../scripted-provider/scripted-provider.ts";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");

/** What clients of the gateways under test show. */
export const CLIENT_KEY = "client-key-0123456789abcdef";

/** The providers' keys; whoever finds one of them outside a request to its provider has found a leak. */
export const PROVIDER_KEYS = {
  ANTHROPIC_API_KEY: "sk-ant-secret-of-anthropic-4711",
  OPENAI_API_KEY: "sk-secret-of-openai-4712",
  XAI_API_KEY: "xai-secret-of-xai-4713",
  GEMINI_API_KEY: "AIza-secret-of-google-4714",
} as const;

/** Limits that thousands of requests of one session do not reach. */
const ROOMY = {
  session: { "*": roomy() },
  global: { ...roomy(), usd_per_month: 900_000 },
};

function roomy(): Record<string, number> {
  return {
    tokens_per_hour: 100_000_000_000,
    tokens_per_day: 100_000_000_000,
    usd_per_hour: 900_000,
    usd_per_day: 900_000,
  };
}

/** A folder for gateways and what they keep; a second gateway on it continues where the first stopped. */
export interface ServeHome {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The SQLite file of its store. */
  readonly storePath: string;
}

/** A throw-away home of the running test; `limits` as they stand in a configuration file. */
export function serveHome(
  options: { readonly env?: Record<string, string>; readonly limits?: object } = {},
): ServeHome {
  const dir = mkdtempSync(join(tmpdir(), "allot-serve-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const home = join(dir, ".allot");
  mkdirSync(home);
  writeFileSync(join(home, "config.json"), JSON.stringify({ limits: options.limits ?? ROOMY }));
  return {
    dir,
    storePath: join(home, "allot.db"),
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: dir,
      ALLOT_HOME: home,
      ALLOT_KEY: CLIENT_KEY,
      ...PROVIDER_KEYS,
      ...options.env,
    },
  };
}

export interface ServeOptions {
  readonly home?: ServeHome;
  readonly args?: readonly string[];
  /** Laid over the home's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Any free one where it is not said. */
  readonly port?: number;
}

/** A gateway as a process of its own. */
export interface Serve {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly home: ServeHome;
  /** All that it has printed so far. */
  readonly printed: () => string;
  readonly running: () => boolean;
  /** Resident memory, in bytes. */
  readonly memory: () => number;
  /** kill -9, and its end. */
  readonly kill: () => Promise<void>;
  /** Stops it as Ctrl-C does; answers its exit code. Afterwards all that it counted is in the store. */
  readonly stop: () => Promise<number | null>;
}

/** Starts `allot serve` on a free port and waits until it is ready; it ends with the running test. */
export async function openServe(options: ServeOptions = {}): Promise<Serve> {
  const { home = serveHome(), args = [], env = {}, port = await freePort() } = options;
  const child = spawn(process.execPath, [MAIN, "serve", "--port", String(port), ...args], {
    cwd: home.dir,
    env: { ...home.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (printed += part));
  onTestFinished(() => ended(child, "SIGKILL").then(() => {}));
  const url = `http://127.0.0.1:${port}`;
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  await untilReady(url, running, () => printed);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    home,
    printed: () => printed,
    running,
    memory: () => memoryOf(child.pid ?? 0),
    kill: async () => {
      await ended(child, "SIGKILL");
    },
    stop: () => ended(child, "SIGTERM"),
  };
}

/** Runs `allot serve` where it is expected to refuse; answers how it ended, or "serving" where it did not end. */
export async function tryServe(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | "serving"; readonly printed: string }> {
  const home = serveHome();
  const child = spawn(process.execPath, [MAIN, "serve", ...args], { cwd: home.dir, env: { ...home.env, ...env } });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (printed += part));
  onTestFinished(() => ended(child, "SIGKILL").then(() => {}));
  const code = await Promise.race([once(child, "exit").then(([value]) => value as number), served(() => printed)]);
  await ended(child, "SIGKILL");
  return { code, printed };
}

async function served(printed: () => string): Promise<"serving"> {
  while (!printed().includes("allot serves on")) await sleep(50);
  return "serving";
}

/** Runs another command of allot in the home and answers what it printed. Throws where it fails. */
export async function allotIn({ dir, env }: ServeHome, ...args: string[]): Promise<string> {
  const options = { cwd: dir, env, encoding: "utf8", maxBuffer: 1e8, timeout: 55_000 } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], options);
  return stdout;
}

/** `--upstream` arguments that point every provider named at a scripted one. */
export function upstreamsAt(
  server: ScriptedProvider,
  names: readonly ("anthropic" | "openai" | "xai" | "google" | "ollama")[],
): string[] {
  return names.flatMap((name) => ["--upstream", `${name}=${server.urls[name]}`]);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function untilReady(url: string, running: () => boolean, printed: () => string): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(25)) {
    if (!running()) throw new Error(`allot serve ended before it was ready:\n${printed()}`);
    const status = await fetch(`${url}/healthz`).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 0,
    );
    if (status === 200) return;
  }
  throw new Error(`allot serve was not ready within 30 s:\n${printed()}`);
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, "exit");
  child.kill(signal);
  const [code] = (await gone) as [number | null];
  return code;
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}
