/**
 * Calls that front ends make: fetch, axios and its instances, ky, openapi-fetch, SWR and more, also through functions and
 * classes of the project that wrap them, over all files.
 *
 * Invariants: a call is told once for each place, method and path; tests, comments and generated clients are not read; a call
 * whose address cannot be known is told as unresolved, once, where it stands.
 *
 * How: every call of a package's function is looked at where it stands. What it asks for may depend on a parameter; then the
 * function around it is a wrapper, and it is followed once for each of its callers, with what that caller gives.
 *
 * Rejected: carrying the program out from its start, which reaches no event handler.
 */
import type { Call, Unresolved } from "../contract.ts";
import type { Value } from "../javascript/values.ts";
import { openScripts } from "../javascript/scripts.ts";
import { visitCalls, type SeenCall } from "../javascript/visit-calls.ts";
import type { SourceTree } from "../source-tree.ts";
import { openCapture } from "./capture.ts";
import { clientFiles, isGenerated } from "./client-files.ts";
import { providedBy } from "./frameworks.ts";
import { followCallers } from "./follow-callers.ts";
import { atHome } from "./other-hosts.ts";

export interface ClientReading {
  /** In the order of files and lines. */
  readonly calls: readonly Call[];
  readonly unresolved: readonly Unresolved[];
}

/** The calls that the scripts below `folders` make ("" for all of the tree). Never throws for what stands in files. */
export function readClients(tree: SourceTree, folders: readonly string[]): ClientReading {
  const bases = new Map<string, Value>();
  const contexts = new Map<string, () => Value>();
  const capture = openCapture(bases, contexts);
  const scripts = openScripts(tree, capture.hooks);
  const seen: SeenCall[] = [];
  for (const path of clientFiles(tree, folders)) {
    const text = tree.read(path);
    if (text === undefined || isGenerated(text)) continue;
    const module = scripts.module(path);
    if (module !== undefined) visitCalls(scripts.machine, module, (call) => seen.push(call));
  }
  for (const element of seen) {
    const provided = providedBy(element);
    if (provided !== undefined) contexts.set(provided.key, provided.value);
  }
  const { calls, unresolved } = followCallers(scripts.machine, capture, seen);
  return { calls: atHome(once(calls)).toSorted(inOrder), unresolved: once(unresolved).toSorted(inOrder) };
}

function once<T extends Unresolved | Call>(list: readonly T[]): readonly T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}

function inOrder(a: Unresolved | Call, b: Unresolved | Call): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  if (a.line !== b.line) return a.line - b.line;
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
