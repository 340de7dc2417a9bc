import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a folder whatever tests did to its permissions; links are removed, never followed. */
export async function removeTree(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if ((code !== "EACCES" && code !== "EPERM") || path === undefined) throw error;
    await openUp(dir);
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openUp(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await openUp(join(dir, entry.name));
  }
}
