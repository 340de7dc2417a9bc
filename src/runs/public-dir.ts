import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The run's folder in the user's repository, for people to read and edit: `.allot/runs/ID`. The folder `.allot/runs` ignores itself
 * (by a .gitignore in it), so the user's status stays as it was; nothing else there is written.
 */
export async function openPublicDir(repo: string, runId: string): Promise<string> {
  const dir = join(repo, ".allot", "runs", runId);
  await mkdir(dir, { recursive: true });
  await writeFile(join(repo, ".allot", "runs", ".gitignore"), "*\n", { flag: "wx" }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  return dir;
}
