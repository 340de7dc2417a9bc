import { type ChildProcess, spawn, spawnSync, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { availableParallelism } from "node:os";

/** The kernel's clock tick towards programs, on every Linux. */
const TICK_MS = 10;

/** Can processes be held on one core each? */
export const CAN_PIN = availableParallelism() > 1 && spawnSync("taskset", ["-V"]).status === 0;

/** Can CPU time and memory of processes be read? */
export const CAN_READ = process.platform === "linux";

/** Holds this process, and what it starts without a core of its own, on one core. */
export function pinSelf(core: number): void {
  if (CAN_PIN) spawnSync("taskset", ["-acp", String(core), String(process.pid)]);
}

const started = new Set<ChildProcess>();

/** Ends at once whatever was started and still runs. */
export function endAll(): void {
  for (const child of started) child.kill("SIGKILL");
}

/** Starts Node on a core. */
export function startNode(
  core: number,
  args: readonly string[],
  settings: { readonly stdio: StdioOptions; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string },
): ChildProcess {
  const child = CAN_PIN
    ? spawn("taskset", ["-c", String(core), process.execPath, ...args], settings)
    : spawn(process.execPath, args, settings);
  started.add(child);
  child.once("exit", () => started.delete(child));
  return child;
}

/** Asks a process to end, and makes it end after 10 s. Answers its exit code. */
export async function endProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(late);
  return child.exitCode;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** CPU time of a process with all threads and descendants, ended ones that were waited for included. undefined where it cannot be read. */
export function cpuMsOf(pid: number): number | undefined {
  if (!CAN_READ) return undefined;
  const all = readProcesses();
  if (!all.has(pid)) return undefined;
  return treeOf(pid, all).reduce((sum, each) => sum + (all.get(each)?.cpuMs ?? 0), 0);
}

/** Memory in use of a process with all descendants, MB. undefined where it cannot be read. */
export function rssMbOf(pid: number): number | undefined {
  if (!CAN_READ) return undefined;
  const all = readProcesses();
  if (!all.has(pid)) return undefined;
  const kilobytes = treeOf(pid, all).map((each) =>
    Number(/VmRSS:\s+(\d+)/.exec(readOf(`/proc/${each}/status`))?.[1] ?? 0),
  );
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

/** CPU time of the two cores that are used, by whomever; what other tenants of the machine take counts. undefined where it cannot be read. */
export function coresBusyMs(): number | undefined {
  if (!CAN_READ) return undefined;
  const cores = readOf("/proc/stat").split("\n").slice(1, 3);
  return cores.reduce((sum, line) => {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return sum + TICK_MS * (user + nice + system + irq + softirq + steal);
  }, 0);
}

interface Read {
  readonly parent: number;
  readonly cpuMs: number;
}

function readProcesses(): ReadonlyMap<number, Read> {
  const all = new Map<number, Read>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOf(`/proc/${name}/stat`);
    // The name of the program stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields.length < 15) continue;
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    all.set(Number(name), { parent: Number(fields[1]), cpuMs: TICK_MS * ticks });
  }
  return all;
}

function treeOf(pid: number, all: ReadonlyMap<number, Read>): readonly number[] {
  const found = [pid];
  for (let at = 0; at < found.length; at += 1) {
    for (const [each, { parent }] of all) if (parent === found[at]) found.push(each);
  }
  return found;
}

/** Empty where the process has gone in between. */
function readOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
