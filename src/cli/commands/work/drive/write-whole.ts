import { mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { randomLetters } from "../../../../foundation/ids.ts";
import { AllotError } from "../../../../foundation/errors.ts";

/**
 * Writes a file that the user named: its folders are made, it is whole or as it was before, never half. Rights of a file
 * that was there are kept. Throws `file-unusable`.
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  // A link stays one: what it points to is written.
  const place = await realpath(path).catch(() => path);
  const beside = join(dirname(place), `.${basename(place).slice(0, 100)}.${randomLetters(8)}.part`);
  try {
    await makeFolders(dirname(place));
    const before = await stat(path).catch(() => undefined);
    if (before !== undefined && !before.isFile()) {
      // A device or a pipe (/dev/stdout) cannot be replaced; a folder is told by the write itself.
      await writeFile(path, content);
      return;
    }
    await writeFile(beside, content, before === undefined ? {} : { mode: before.mode & 0o777 });
    await rename(beside, place);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new AllotError("file-unusable", `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Throws `file-unusable` where a file could not be written, before anything is paid for what is to stand in it. Leaves nothing
 * behind: folders that are not there yet are made when it is written.
 */
export async function ensureWritable(path: string): Promise<void> {
  let folder = path;
  let found = await stat(path).catch(() => undefined);
  // A device or a pipe is written as it is.
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return;
  while (found === undefined || (folder === path && found.isFile())) {
    folder = dirname(folder);
    found = await stat(folder).catch(() => undefined);
  }
  const trial = join(folder, `.allot-${randomLetters(8)}.part`);
  try {
    await writeFile(trial, "");
  } catch (cause) {
    throw new AllotError("file-unusable", `${path} cannot be written: ${(cause as Error).message}`, { cause });
  } finally {
    await rm(trial, { force: true }).catch(() => undefined);
  }
}

/** One after the other: asked for all at once, a file system in which nobody can make any (/proc) is asked without end. */
async function makeFolders(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => undefined)) !== undefined) return;
  await makeFolders(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
