import { copyFile, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { ownGit } from "./git.ts";
import type { UserRepository } from "./user-repository.ts";

/**
 * Makes (or mends) a bare repository at `dir` that reads the user's objects where they are. Idempotent.
 * A shallow clone's border is taken over, else its oldest commits would look broken.
 */
export async function borrowObjects(user: UserRepository, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await ownGit(undefined, [
    "-c",
    "init.defaultBranch=allot",
    "init",
    "--quiet",
    "--bare",
    "--template=",
    `--object-format=${user.objectFormat}`,
    dir,
  ]);
  // A result that a finished step names must be there after a power cut too.
  await ownGit(dir, ["config", "core.fsync", "committed"]);
  await lendObjects(join(user.commonDir, "objects"), dir);
  await copyBorder(user.commonDir, dir);
}

/** Lets the repository at `gitDir` read the objects in the folder `objects`. */
export async function lendObjects(objects: string, gitDir: string): Promise<void> {
  await mkdir(join(gitDir, "objects", "info"), { recursive: true });
  await writeFile(join(gitDir, "objects", "info", "alternates"), `${quoted(objects)}\n`);
}

/** Copies the list of a shallow clone's oldest commits, where there is one. */
export async function copyBorder(fromGitDir: string, toGitDir: string): Promise<void> {
  try {
    await copyFile(join(fromGitDir, "shallow"), join(toGitDir, "shallow"));
  } catch {
    await rm(join(toGitDir, "shallow"), { force: true });
  }
}

/** Every folder that holds objects of the repository at `gitDir`: its own and those borrowed, at any depth. */
export async function objectFolders(gitDir: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const waiting = [join(gitDir, "objects")];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const real = await realpath(folder).catch(() => undefined);
    if (real === undefined || found.has(real)) continue;
    found.add(real);
    const list = await readFile(join(real, "info", "alternates"), "utf8").catch(() => "");
    for (const line of list.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const path = line.startsWith('"') ? (JSON.parse(line) as string) : line;
      waiting.push(isAbsolute(path) ? path : resolve(real, path));
    }
  }
  return [...found];
}

/** git reads one path a line; a path that would be misread stands in quotes. */
function quoted(path: string): string {
  return /^["#]|[\n"\\]/.test(path) ? JSON.stringify(path) : path;
}
