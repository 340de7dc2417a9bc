import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentHosting } from "../agents/programs/hosting/hosted-work.ts";
import { type HostOrder, type LaunchedHost, openAgentHosting } from "../agents/programs/hosting/open-hosting.ts";
import type { Config } from "../config/config.ts";
import { handConfig } from "../config/handed-config.ts";
import { hostEnvironment } from "../foundation/host-environment.ts";
import { AllotError } from "../foundation/errors.ts";
import type { Store } from "../storage/storage.ts";
import { openBooks } from "../throttle/books/books.ts";
import { limitSetOf } from "../throttle/limits.ts";

/** Agents whose work lives on when this process is gone, with the providers and limits of the configuration. */
export function openConfiguredAgentHosting(config: Config, store: Store): AgentHosting {
  return openAgentHosting({
    store,
    launch: (order) => launchHost(config, store.folder, order),
    async recoverBooks() {
      const books = await openBooks({ store, limits: limitSetOf(config.limits) });
      await books[Symbol.asyncDispose]();
    },
  });
}

/**
 * Starts a host of its own for one life of a work. What it is to do, with the keys of providers, goes through a pipe: neither its
 * arguments nor its environment have any of it.
 */
function launchHost(config: Config, folder: string, order: HostOrder): LaunchedHost {
  const logPath = join(folder, "agent-hosts.log");
  const log = openLog(logPath);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", mainFile()], {
    // A session of its own: what stops the worker's terminal or process group does not stop the host.
    detached: true,
    stdio: ["pipe", log, log],
    cwd: folder,
    env: hostEnvironment(process.env),
  });
  closeSync(log);
  let ended: string | null | undefined;
  child.once(
    "exit",
    (code) => (ended = code === 0 ? null : `it ended with ${code ?? "a signal"}: ${lastWords(logPath)}`),
  );
  child.once("error", (error) => (ended = error.message));
  // A host that ends before it has read all is told of by its exit.
  child.stdin?.on("error", () => {});
  child.stdin?.end(JSON.stringify({ order, config: handConfig(config) }));
  child.unref();
  return { ended: () => ended };
}

function openLog(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new AllotError("storage-unusable", `the log ${path} cannot be written`, { cause: error });
  }
}

function lastWords(path: string): string {
  try {
    return readFileSync(path, "utf8").trim().slice(-600);
  } catch {
    return "it has written nothing";
  }
}

/** A floor above this one, so it is started and not imported: as TypeScript in the source tree, as JavaScript when built. */
function mainFile(): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), "..", "gateway", "agent-host", `agent-host-main${extname(here)}`);
}
