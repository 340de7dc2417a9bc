import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Who a process is, beyond its reusable pid: machine, boot, pid and start time. Two processes never share all four,
 * so "is the owner of this row still alive?" has an exact answer on the same machine. Where the system does not tell
 * boot id or start time (outside Linux) they are "" and the pid alone decides.
 */
export interface ProcessIdentity {
  readonly machine: string;
  readonly boot: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of this process, or of `pid` on this machine. */
export function processIdentity(pid: number = process.pid): ProcessIdentity {
  return { machine: hostname(), boot: bootId(), pid, startedAt: startTime(pid) };
}

/** One line that round-trips through `parseIdentity`. */
export function formatIdentity(identity: ProcessIdentity): string {
  return [identity.machine, identity.boot, identity.pid, identity.startedAt].join("|");
}

/** The identity in a line written by `formatIdentity`. */
export function parseIdentity(line: string): ProcessIdentity {
  const [machine = "", boot = "", pid = "0", startedAt = ""] = line.split("|");
  return { machine, boot, pid: Number(pid), startedAt };
}

/**
 * "alive" (stopped processes included), "gone", or "elsewhere" when it ran on another machine, whose processes cannot
 * be seen from here. A zombie counts as gone.
 */
export function probe(identity: ProcessIdentity): "alive" | "gone" | "elsewhere" {
  if (identity.machine !== hostname()) return "elsewhere";
  if (identity.boot !== bootId()) return "gone";
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "alive" : "gone";
  }
  const stat = procStat(identity.pid);
  if (stat === undefined) return identity.startedAt === "" ? "alive" : "gone";
  return stat.state !== "Z" && stat.startedAt === identity.startedAt ? "alive" : "gone";
}

function startTime(pid: number): string {
  return procStat(pid)?.startedAt ?? "";
}

/** State and start time (clock ticks since boot): fields 3 and 22 of /proc/PID/stat, after the bracketed name. */
function procStat(pid: number): { state: string; startedAt: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startedAt: fields[19] ?? "" };
}

function bootId(): string {
  return readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
