import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AllotError } from "../foundation/errors.ts";
import { formatIdentity, processIdentity } from "../foundation/process-identity.ts";
import type { Store } from "../storage/storage.ts";
import { hostEnvironment } from "../foundation/host-environment.ts";
import { HOST_VARIABLE, type HostSettings, type ProvidersSettings } from "./host-settings.ts";
import { hostState, wantHost } from "./host-seat.ts";

/** So many hosts in a row may end in a fault before any call is over. */
const MOST_FAILURES = 5;

/** Makes sure that a host key has a living call host, and starts one where it has none. */
export class HostProcess {
  readonly #store: Store;
  readonly #hostKey: string;
  readonly #providers: ProvidersSettings;
  #child: ChildProcess | undefined;
  #failures = 0;

  constructor(store: Store, hostKey: string, providers: ProvidersSettings) {
    this.#store = store;
    this.#hostKey = hostKey;
    this.#providers = providers;
  }

  /** Where all hosts of this store write what goes wrong; empty when nothing does. */
  get logPath(): string {
    return join(this.#store.folder, "call-hosts.log");
  }

  /**
   * Spawning too often does no harm: of two hosts of one key the second ends at once.
   * Throws `internal` when hosts end in a fault again and again, with the end of their log.
   */
  async ensure(): Promise<void> {
    if (this.#child !== undefined) return;
    if ((await hostState(this.#store, this.#hostKey)) === "alive") return wantHost(this.#store, this.#hostKey);
    if (this.#failures >= MOST_FAILURES) {
      throw new AllotError(
        "internal",
        `the call host of ${this.#hostKey} cannot start; see ${this.logPath}: ${this.#lastWords()}`,
      );
    }
    this.#spawn();
  }

  /** A call is over, so hosts can start: earlier failures no longer count. */
  hasProven(): void {
    this.#failures = 0;
  }

  #spawn(): void {
    const log = openLog(this.logPath);
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", mainFile(), this.#hostKey], {
      // A session of its own: what stops the worker's terminal or process group does not stop the host.
      detached: true,
      stdio: ["ignore", log, log],
      cwd: this.#store.folder,
      env: this.#environment(),
    });
    closeSync(log);
    child.unref();
    this.#child = child;
    child.once("exit", (code) => this.#ended(child, code === 0));
    child.once("error", () => this.#ended(child, false));
  }

  #ended(child: ChildProcess, well: boolean): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (!well) this.#failures += 1;
  }

  #environment(): NodeJS.ProcessEnv {
    const settings: HostSettings = {
      store: this.#store.settings,
      hostKey: this.#hostKey,
      spawner: formatIdentity(processIdentity()),
      providers: this.#providers,
    };
    return { ...hostEnvironment(process.env), [HOST_VARIABLE]: JSON.stringify(settings) };
  }

  #lastWords(): string {
    try {
      return readFileSync(this.logPath, "utf8").trim().slice(-600);
    } catch {
      return "it has written nothing";
    }
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new AllotError("storage-unusable", `the log ${path} cannot be written`, { cause: error });
  }
}

/** Beside this file, as TypeScript in the source tree and as JavaScript when built. */
function mainFile(): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), `call-host-main${extname(here)}`);
}
