import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Script, Visit } from "../support/scripted-provider/script.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import type { ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const NODE = ["--disable-warning=ExperimentalWarning"];

/** A provider that answers by a script, and `allot serve` in front of it, with a home of its own. */
export interface Ground extends AsyncDisposable {
  /** The gateway's address, without a path. */
  readonly url: string;
  readonly key: string;
  readonly provider: ScriptedProvider;
  /** Temporary, with allot's home in it; it goes with the ground. */
  readonly dir: string;
  /** Runs an allot command on the gateway's store; resolves with its output. */
  allot(...args: readonly string[]): Promise<string>;
  /** The same for a user with another home folder. */
  allotAt(home: string, ...args: readonly string[]): Promise<string>;
  /** What the gateway wrote on its outputs so far. */
  log(): string;
  /** What has come to the provider since the last time of asking. */
  visited(): readonly Visit[];
}

export interface GroundOptions {
  readonly script: Script;
  /** Further arguments of `allot serve`. */
  readonly args?: readonly string[];
  /** allot's defaults hold, in place of no limits at all. */
  readonly defaultLimits?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export const KITS_KEY = "kit-key-0123456789abcdef";

/** What a provider is given by the gateway, never by a client. */
export const PROVIDERS_KEY = "sk-upstream-0123456789abcdef";

const WIDE = {
  limits: {
    session: { "*": { tokens_per_hour: "none", tokens_per_day: "none", usd_per_hour: "none", usd_per_day: "none" } },
    global: { tokens_per_hour: "none", tokens_per_day: "none", usd_per_month: "none" },
  },
};

/** Opens provider and gateway; resolves when the gateway answers. */
export async function openGround(options: GroundOptions): Promise<Ground> {
  const provider = await openScriptedProvider({ script: options.script });
  const dir = mkdtempSync(join(tmpdir(), "allot-clients-"));
  mkdirSync(join(dir, ".allot"));
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: dir,
    ALLOT_HOME: join(dir, ".allot"),
    ANTHROPIC_API_KEY: PROVIDERS_KEY,
    OPENAI_API_KEY: PROVIDERS_KEY,
    XAI_API_KEY: PROVIDERS_KEY,
    GEMINI_API_KEY: PROVIDERS_KEY,
    ...options.env,
  };
  const allotAt = (home: string, ...args: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { cwd: dir, env: { ...env, HOME: home }, maxBuffer: 1e8, timeout: 60_000 };
      execFile(process.execPath, [...NODE, MAIN, ...args], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`allot ${args.join(" ")}: ${stderr}${stdout}`, { cause: error }));
      });
    });
  if (options.defaultLimits !== true) writeFileSync(join(dir, ".allot/config.json"), JSON.stringify(WIDE));
  const { url, urls } = provider;
  const upstreams = { anthropic: url, openai: url, google: url, ollama: url, xai: urls.xai };
  const child = spawn(
    process.execPath,
    [
      ...NODE,
      MAIN,
      "serve",
      "--json",
      "--port",
      "0",
      "--key",
      KITS_KEY,
      ...Object.entries(upstreams).flatMap(([name, address]) => ["--upstream", `${name}=${address}`]),
      ...(options.args ?? []),
    ],
    { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = once(child, "close");
  const listening = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      log += `${line}\n`;
      const said = line.startsWith("{") ? (JSON.parse(line) as { event?: string; url?: string }) : {};
      if (said.event === "listening" && said.url !== undefined) resolve(said.url);
    });
    child.once("exit", (code) => reject(new Error(`allot serve ended with ${code}: ${log}`)));
  });
  let seen = 0;
  return {
    url: listening.replace(/\/$/, ""),
    key: KITS_KEY,
    provider,
    dir,
    allot: (...args) => allotAt(dir, ...args),
    allotAt,
    log: () => log,
    visited: () => provider.visits.slice(seen, (seen = provider.visits.length)),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(late);
      await provider.close();
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
