import type { SourceTree } from "../../src/contract/source-tree.ts";
import { pythonServers } from "../../src/contract/servers/python/python-servers.ts";

export interface PythonReading {
  /** "GET /users/{id}", sorted; " ?" behind those that stand behind a condition. */
  readonly routes: readonly string[];
  /** "GET /users/{id} app/users.py:3" */
  readonly places: readonly string[];
  /** "app/main.py:3 why" */
  readonly unresolved: readonly string[];
}

/** The routes of a project in Python that is given as texts by path. */
export async function readPythonProject(
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
): Promise<PythonReading> {
  const tree: SourceTree = { root: "/", files: Object.keys(files).toSorted(), read: (path) => files[path] };
  const [reader] = pythonServers;
  if (reader === undefined) throw new Error("there is no reader of Python servers");
  const { routes, unresolved } = await reader.read(tree, folders);
  return {
    routes: routes.map(({ method, path, conditional }) => `${method} ${path}${conditional ? " ?" : ""}`).toSorted(),
    places: routes.map(({ method, path, file, line }) => `${method} ${path} ${file}:${line}`).toSorted(),
    unresolved: unresolved.map(({ file, line, reason }) => `${file}:${line} ${reason}`),
  };
}
