import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openSourceTree } from "../../src/contract/open-source-tree.ts";
import type { ServerReading } from "../../src/contract/servers/server-reader.ts";
import { javascriptServers } from "../../src/contract/servers/javascript/javascript-servers.ts";
import type { SourceTree } from "../../src/contract/source-tree.ts";

/** Files in a folder of their own that is gone when `use` has ended. */
export async function withTree<T>(
  files: Readonly<Record<string, string>>,
  use: (tree: SourceTree, root: string) => T | Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "allot-scripts-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await use(await openSourceTree(root), root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** What the readers of JavaScript servers say of a small project. */
export function readScripts(
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
): Promise<ServerReading> {
  return withTree(files, (tree) => javascriptServers.read(tree, folders));
}

/** The same as sorted lines, "GET /users/{id}". */
export async function scriptRoutes(
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
): Promise<readonly string[]> {
  const { routes } = await readScripts(files, folders);
  return routes.map(({ method, path }) => `${method} ${path}`).toSorted();
}
