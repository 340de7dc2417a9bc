import type { SourceTree } from "../../src/contract/source-tree.ts";
import { readClients } from "../../src/contract/clients/clients.ts";

/** The calls of a small project whose files are given as texts: "GET /users web/api.ts:3", then what is unresolved. */
export function readClientProject(files: Readonly<Record<string, string>>) {
  const tree: SourceTree = {
    root: "/project",
    files: Object.keys(files).toSorted(),
    read: (path) => files[path],
  };
  const { calls, unresolved } = readClients(tree, [""]);
  return {
    calls: [...new Set(calls.map(({ method, path }) => `${method} ${path}`))],
    places: calls.map(({ method, path, file, line }) => `${method} ${path} ${file}:${line}`),
    unresolved: unresolved.map(({ file, line }) => `${file}:${line}`),
  };
}
