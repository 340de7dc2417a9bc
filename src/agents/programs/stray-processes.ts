import { readdir, readFile } from "node:fs/promises";

/**
 * The variable by which everything that belongs to one piece of an agent's work is known, whatever process group it has left:
 * its value is different for each.
 */
export const WORK_MARK = "ALLOT_AGENT_WORK";

/** Signals every process of a group; one that is empty is left. */
export function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty: nothing to end.
  }
}

/** Ends what carries the mark, where the system lets us look; answers how many were found. */
export async function endMarked(mark: string | undefined): Promise<number> {
  if (mark === undefined || mark === "") return 0;
  const found = await markedProcesses(mark);
  for (const pid of found) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone by itself in the meantime.
    }
  }
  return found.length;
}

/** Processes that carry the mark, but this one. Empty outside Linux. */
export async function markedProcesses(mark: string): Promise<readonly number[]> {
  const processes = await readdir("/proc").catch(() => []);
  const looked = await Promise.all(
    processes
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
        return environment.split("\0").includes(`${WORK_MARK}=${mark}`) ? [Number(pid)] : [];
      }),
  );
  return looked.flat();
}
