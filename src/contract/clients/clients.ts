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
import { Following } from "./following.ts";
import { importedFrom } from "./imported-from.ts";
import { atHome } from "./other-hosts.ts";
import { aliasesIn, wordsOf, wrapperNames } from "./wrapper-names.ts";

export interface ClientReading {
  /** In the order of files and lines. */
  readonly calls: readonly Call[];
  readonly unresolved: readonly Unresolved[];
}

/** Words without which a file makes no request by itself, and hands on none. */
const ASKS =
  /\bfetch\b|\$fetch|Fetch\(|\baxios|\bky\b|["']swr|openapi|\bHttpClient\b|XMLHttpRequest|sendBeacon|EventSource|ajax|superagent|["']got["']|needle|KyInstance/i;

/** What it exports may come from anywhere. */
const HANDS_ON = /export\s*(?:\*|\{[^}]*\})\s*(?:as\s+\w+\s*)?from\b/;
const PROVIDES = /Provider\b|createContext/;
/** Where a program starts, and sets what it is configured with. */
const STARTS = /^(?:[^/]+\/){0,3}(?:index|main|app|_app|setup\w*|boot\w*|config\w*|env\w*|settings)\.[cm]?[jt]sx?$/i;

/**
 * The calls that the scripts below `folders` make ("" for all of the tree). Files are read where they make requests, then
 * where a name of a function stands that wraps one. Never throws for what stands in files.
 */
export function readClients(tree: SourceTree, folders: readonly string[]): ClientReading {
  const contexts = new Map<string, () => Value>();
  const capture = openCapture(new Map(), contexts);
  const scripts = openScripts(tree, capture.hooks);
  const following = new Following(scripts.machine, capture);
  const waiting = new Map<string, string>();
  for (const path of clientFiles(tree, folders)) {
    const text = tree.read(path);
    if (text !== undefined && !isGenerated(text)) waiting.set(path, text);
  }
  const names = new Set<string>();
  /** Calls of what files hold that nothing is known to ask in, by file. */
  const heldBack = new Map<string, SeenCall[]>();
  const note = (call: SeenCall): void => {
    const specifier = importedFrom(call);
    const from = specifier === undefined ? undefined : scripts.resolve(call.scope.module.path, specifier);
    const text = from === undefined ? undefined : waiting.get(from);
    if (from === undefined || text === undefined || HANDS_ON.test(text)) following.note(call);
    else heldBack.set(from, [...(heldBack.get(from) ?? []), call]);
  };
  let next = [...waiting].filter(([path, text]) => ASKS.test(text) || STARTS.test(path)).map(([path]) => path);
  while (next.length > 0) {
    for (const path of next) waiting.delete(path);
    const visit = (path: string, each: (call: SeenCall) => void): void => {
      const opened = scripts.module(path);
      if (opened !== undefined) visitCalls(scripts.machine, opened, each);
    };
    const [providing, others] = inTwo(next, (path) => PROVIDES.test(tree.read(path) ?? ""));
    // What a context holds is known before somebody asks for it.
    const seen: SeenCall[] = [];
    for (const path of providing) visit(path, (call) => seen.push(call));
    for (const element of seen) {
      const provided = providedBy(element);
      if (provided !== undefined) contexts.set(provided.key, provided.value);
    }
    for (const call of seen) note(call);
    for (const path of others) visit(path, note);
    for (const call of next.flatMap((path) => heldBack.get(path) ?? [])) following.note(call);
    const fresh = following
      .wrappers()
      .flatMap(wrapperNames)
      .filter((name) => !names.has(name));
    next = fresh.length === 0 ? [] : filesWith(fresh, names, waiting);
  }
  const { calls, unresolved } = following.close();
  return { calls: atHome(once(calls)).toSorted(inOrder), unresolved: once(unresolved).toSorted(inOrder) };
}

/** The files that hold one of these names, or another name that such a file gives to it. `known` gets them all. */
function filesWith(fresh: readonly string[], known: Set<string>, waiting: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  let names: readonly string[] = fresh;
  while (names.length > 0) {
    for (const name of names) known.add(name);
    const words = wordsOf(names);
    const aliases = new Set<string>();
    for (const [path, text] of waiting) {
      if (!words.test(text)) continue;
      found.add(path);
      for (const alias of aliasesIn(text, words)) if (!known.has(alias)) aliases.add(alias);
    }
    names = [...aliases];
  }
  return [...found].toSorted();
}

function inTwo<T>(list: readonly T[], isFirst: (one: T) => boolean): readonly [T[], T[]] {
  const first = list.filter(isFirst);
  return [first, list.filter((one) => !first.includes(one))];
}

function once<T extends Unresolved | Call>(list: readonly T[]): readonly T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}

function inOrder(a: Unresolved | Call, b: Unresolved | Call): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  if (a.line !== b.line) return a.line - b.line;
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
