import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, open, readFile, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import { randomLetters } from "../../foundation/ids.ts";

/** Who has the file and who may read it. */
interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Keys stand in these files. */
const NEW_FILE_MODE = 0o600;

/** A settings file's text; undefined where there is none. Throws `file-unusable`; `input-invalid` for what is no UTF-8. */
export async function readSettings(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw unusable(path, "read", error);
  });
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AllotError("input-invalid", `${path} is no UTF-8 text; it was left as it is`, { cause });
  }
}

/**
 * Puts a text in place of a file at once: whoever reads it sees the old or the new one, whole, also after a crash. Keeps mode
 * and owner, and the link where the path is one; a new file is for its owner alone. Throws `file-unusable`.
 */
export async function writeSettings(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const owned = await stat(target).catch(() => undefined);
    const beside = join(dirname(target), `.${basename(target)}.${randomLetters(8)}`);
    try {
      await writeWhole(beside, text, owned);
      await rename(beside, target);
    } finally {
      await rm(beside, { force: true });
    }
  } catch (error) {
    throw unusable(path, "written", error);
  }
}

async function writeWhole(path: string, text: string, owned: Owned | undefined): Promise<void> {
  const file = await open(path, "wx", NEW_FILE_MODE);
  try {
    await file.writeFile(text);
    if (owned !== undefined) {
      // Only root may give a file away; where it is one's own anyway there is nothing to do.
      await file.chown(owned.uid, owned.gid).catch(() => {});
      await file.chmod(owned.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies a file beside itself: `FILE.allot-backup-20261121-093000`; answers where. Throws `file-unusable`. */
export async function backUp(path: string, now: number): Promise<string> {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  for (let count = 1; ; count += 1) {
    const copy = `${path}.allot-backup-${stamp}${count === 1 ? "" : `-${count}`}`;
    try {
      await copyFile(path, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw unusable(copy, "written", error);
    }
  }
}

/** The folders above a file that are not there yet. */
export function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = dirname(path); !existsSync(at); at = dirname(at)) missing.push(at);
  return missing;
}

/** Takes folders away that we made, as far as nothing stands in them. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  const innermostFirst = folders.toSorted((a, b) => b.length - a.length);
  for (const folder of innermostFirst) await rmdir(folder).catch(() => undefined);
}

/** Takes a file away that we made. Throws `file-unusable`. */
export async function removeSettings(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw unusable(path, "removed", error);
  });
}

function unusable(path: string, what: string, error: unknown): AllotError {
  const why = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
  return new AllotError("file-unusable", `${path} cannot be ${what} (${why})`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
