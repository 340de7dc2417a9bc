import type { SourceTree } from "../source-tree.ts";
import { goServers } from "./go/go-servers.ts";
import { isWithin } from "./folders.ts";
import { javaServers } from "./java/java-servers.ts";
import { javascriptServers } from "./javascript/javascript-servers.ts";
import { pythonServers } from "./python/python-servers.ts";
import type { ServerReader, ServerReading } from "./server-reader.ts";

/**
 * The readers of servers' routes. A new framework is a reader of its own and a line here; nothing else knows of it.
 *
 * Invariant: a reader is asked only where a file below the folders has a word of its frameworks, so a project costs what its
 * own frameworks cost.
 */
export const SERVER_READERS: readonly ServerReader[] = [...pythonServers, javascriptServers, goServers, javaServers];

/** Files of other kinds hold no routes, whatever their words. */
const CODE = /\.(?:[cm]?[jt]sx?|py|go|java|kt)$/;

/**
 * The routes that the code below `folders` serves, by all readers whose frameworks are there; sorted by file, line, path and
 * method. `folders` are relative to the root; "" or an empty list means all of it. Never throws for what files hold.
 */
export async function readServers(
  tree: SourceTree,
  folders: readonly string[],
  readers: readonly ServerReader[] = SERVER_READERS,
): Promise<ServerReading> {
  const waiting = new Set(readers);
  const asked: ServerReader[] = [];
  for (const path of tree.files) {
    if (waiting.size === 0) break;
    if (!CODE.test(path) || !isWithin(path, folders)) continue;
    const text = tree.read(path);
    if (text === undefined) continue;
    for (const reader of waiting) {
      if (!reader.mayServe(path, text)) continue;
      waiting.delete(reader);
      asked.push(reader);
    }
  }
  const readings: ServerReading[] = [];
  for (const reader of readers) if (asked.includes(reader)) readings.push(await reader.read(tree, folders));
  return {
    routes: readings.flatMap(({ routes }) => routes).toSorted(inOrder((route) => `${route.path} ${route.method}`)),
    unresolved: readings.flatMap(({ unresolved }) => unresolved).toSorted(inOrder(({ reason }) => reason)),
  };
}

function inOrder<T extends { readonly file: string; readonly line: number }>(by: (one: T) => string) {
  return (one: T, other: T): number => {
    if (one.file !== other.file) return one.file < other.file ? -1 : 1;
    if (one.line !== other.line) return one.line - other.line;
    return by(one) < by(other) ? -1 : by(one) > by(other) ? 1 : 0;
  };
}
