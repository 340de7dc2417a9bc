import type { Route, Unresolved } from "../contract.ts";
import type { SourceTree } from "../source-tree.ts";

/**
 * Reads the routes of one framework (or of a family that shares a language and its symbol table) out of a project's code.
 * A new framework is one reader and one line in servers.ts.
 *
 * Invariants: a route that is never registered is not told; what cannot be followed is told as unresolved, with its place and
 * reason; the answer is the same for the same files. A reader never throws for what stands in a file.
 */
export interface ServerReader {
  /** "fastapi", "express": one name for each framework it knows. */
  readonly frameworks: readonly string[];
  /** Cheap: whether a file's text has a word of its frameworks. Readers are asked only where some file has. */
  mayServe(path: string, text: string): boolean;
  /** `folders`: where servers are looked for, relative to the root; what they import from elsewhere below the root is followed. */
  read(tree: SourceTree, folders: readonly string[]): Promise<ServerReading>;
}

export interface ServerReading {
  readonly routes: readonly Route[];
  readonly unresolved: readonly Unresolved[];
}
