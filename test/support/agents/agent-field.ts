import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { HostedEnd, HostedWork } from "../../../src/agents/programs/hosting/hosted-work.ts";
import type { AgentEvent } from "../../../src/agents/programs/program.ts";
import { openConfiguredAgentHosting } from "../../../src/app/agent-hosting.ts";
import { openConfiguredStore } from "../../../src/app/store.ts";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { systemClock } from "../../../src/foundation/clock.ts";
import type { Store } from "../../../src/storage/storage.ts";
import type { Script } from "../scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../scripted-provider/scripted-provider.ts";
import { installStandIns } from "../stand-in-agents/install-stand-ins.ts";

/** Where agents work in tests: a scripted provider, a store, stand-ins for the agents' programs on the path, one throw-away folder. */
export interface AgentField extends AsyncDisposable {
  readonly provider: ScriptedProvider;
  readonly config: Config;
  readonly store: Store;
  readonly folder: string;
  /** A piece of work with what the field has: key, agent and prompt are enough. */
  work(parts: Pick<HostedWork, "key" | "agent"> & { prompt: string } & WorkChanges): HostedWork;
  /** Has it carried out from this process. */
  carryOut(work: HostedWork, signal?: AbortSignal): Promise<{ end: HostedEnd; events: readonly AgentEvent[] }>;
  /** Has it carried out from a process of its own, which may be killed. */
  worker(work: HostedWork): Worker;
  /** The process ids of the host, and of the agent, once both run. */
  processes(key: string): Promise<{ readonly host: number; readonly agent: number }>;
}

export interface WorkChanges {
  readonly resume?: string;
  readonly gateway?: "gateway" | "own-login";
  readonly limits?: HostedWork["task"]["limits"];
  readonly terms?: Partial<HostedWork["terms"]>;
  readonly env?: Readonly<Record<string, string>>;
  readonly model?: string;
}

export interface Worker {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: readonly Readonly<Record<string, unknown>>[];
  readonly ended: Promise<unknown>;
}

export interface FieldOptions {
  readonly script: Script;
  /** Programs that stand before the stand-ins on the path. */
  readonly programs?: string;
  readonly limits?: object;
}

const NO_LIMITS = {
  session: { "*": { tokens_per_hour: "none", tokens_per_day: "none", usd_per_hour: "none", usd_per_day: "none" } },
  global: { tokens_per_hour: "none", tokens_per_day: "none", usd_per_month: "none" },
};

/** The configuration of a field: everything in its folder, every provider the scripted one. */
export function fieldConfig(folder: string, url: string): Config {
  return loadConfig({
    flags: {},
    env: {
      ALLOT_HOME: join(folder, ".allot"),
      ANTHROPIC_API_KEY: "sk-upstream-0123456789",
      ANTHROPIC_BASE_URL: url,
      OPENAI_API_KEY: "sk-upstream-0123456789",
      OPENAI_BASE_URL: `${url}/v1`,
    },
    cwd: folder,
    home: folder,
    readFile: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
  });
}

/** Opens a field; disposing it ends what still runs of its works. */
export async function openAgentField({ script, programs, limits = NO_LIMITS }: FieldOptions): Promise<AgentField> {
  const provider = await openScriptedProvider({ script });
  const folder = mkdtempSync(join(tmpdir(), "allot-agents-"));
  for (const name of [".allot", "home", "tmp", "workspace"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, ".allot", "config.json"), JSON.stringify({ limits }));
  const standIns = await installStandIns(join(folder, "programs"));
  const config = fieldConfig(folder, provider.url);
  const store = await openConfiguredStore(config, systemClock);
  const hosting = openConfiguredAgentHosting(config, store);
  const path = [programs, standIns, process.env["PATH"]].filter((part) => part !== undefined).join(":");
  const workers: Worker[] = [];
  return {
    provider,
    config,
    store,
    folder,
    work: ({ key, agent, prompt, terms, gateway, resume, limits: own = {}, env, model }) => ({
      key,
      agent,
      ...(gateway === undefined ? {} : { gateway }),
      task: {
        prompt,
        cwd: join(folder, "workspace"),
        env: { PATH: path, HOME: join(folder, "home"), TMPDIR: join(folder, "tmp"), ...env },
        model: model ?? (agent === "codex" ? "gpt-5.5" : "claude-sonnet-5-5"),
        sandbox: "workspace-write",
        timeoutMs: 200_000,
        limits: own,
        ...(resume === undefined ? {} : { resume }),
      },
      terms: { session: "field", run: "run-1", ...terms },
    }),
    async carryOut(work, signal = new AbortController().signal) {
      const events: AgentEvent[] = [];
      const end = await hosting.carryOut(work, signal, (event) => events.push(event));
      return { end, events };
    },
    worker(work) {
      const worker = startWorker(folder, provider.url, work);
      workers.push(worker);
      return worker;
    },
    processes: (key) => processesOf(store, key),
    async [Symbol.asyncDispose]() {
      for (const { child } of workers) child.kill("SIGKILL");
      await Promise.all(workers.map(({ ended }) => ended));
      await endHosts(store);
      await store[Symbol.asyncDispose]();
      await provider.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

function startWorker(folder: string, url: string, work: HostedWork): Worker {
  const order = join(folder, `order-${work.key.replaceAll("/", "-")}.json`);
  writeFileSync(order, JSON.stringify({ home: folder, url, work }));
  const main = join(import.meta.dirname, "agent-worker.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, order], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
  });
  const said: Readonly<Record<string, unknown>>[] = [];
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => said.push(JSON.parse(line) as (typeof said)[number]));
  return { child, said, ended: once(child, "close") };
}

async function processesOf(store: Store, key: string): Promise<{ readonly host: number; readonly agent: number }> {
  for (;;) {
    const row = await store.db.selectFrom("agent_works").selectAll().where("key", "=", key).executeTakeFirst();
    if (row?.state === "launched" && row.host !== null && row.process !== null)
      return { host: pidIn(row.host), agent: pidIn(row.process) };
    await systemClock.sleep(20);
  }
}

async function endHosts(store: Store): Promise<void> {
  const rows = await store.db.selectFrom("agent_works").selectAll().where("state", "=", "launched").execute();
  for (const { host, process: agent } of rows) {
    for (const identity of [host, agent]) {
      try {
        if (identity !== null) process.kill(pidIn(identity), "SIGKILL");
      } catch {
        // Gone by itself.
      }
    }
  }
}

function pidIn(identity: string): number {
  return Number(identity.split("|")[2]);
}
