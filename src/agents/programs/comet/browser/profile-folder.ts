import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomLetters } from "../../../../foundation/ids.ts";
import { formatIdentity, parseIdentity, probe, processIdentity } from "../../../../foundation/process-identity.ts";
import { removeTree } from "../../../../workspaces/remove-tree.ts";

const OWNER = ".owner";

/**
 * A folder for the profile of one browser, gone when disposed. Beside it stands who owns it, so that the next one removes
 * what a process that was killed has left, and nothing that is in use, be it on another machine with the same home.
 */
export async function openProfileFolder(home: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = join(home, "browser");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeLeft(folder);
  const path = join(folder, randomLetters(12));
  await writeFile(`${path}${OWNER}`, formatIdentity(processIdentity()));
  await mkdir(path, { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(OWNER)) continue;
    // Another process may remove the same one at this moment.
    const owner = await readFile(join(folder, name), "utf8").catch(() => "");
    if (owner !== "" && probe(parseIdentity(owner)) === "gone")
      await remove(join(folder, name.slice(0, -OWNER.length)));
  }
}

async function remove(path: string): Promise<void> {
  await removeTree(path);
  await rm(`${path}${OWNER}`, { force: true });
}
