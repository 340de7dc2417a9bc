import { isScript } from "../../javascript/parse.ts";
import type { Scripts } from "../../javascript/scripts.ts";
import type { SourceTree } from "../../source-tree.ts";
import type { ScriptFramework } from "./framework.ts";

/** A file with the frameworks that it speaks of. */
export interface SpokenFile {
  readonly path: string;
  readonly by: readonly ScriptFramework[];
}

/** An app is handed on by those who import it, and by those who import them. */
const IMPORT_LEVELS = 2;
const IMPORTS = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"'\n]+)["']/g;

/**
 * The files that have to be carried out: those that make an app, and those that get it from them. What these ask for is loaded
 * as it is needed. Where no file makes an app of a framework, all that speak of it.
 */
export function startFiles(
  tree: SourceTree,
  scripts: Scripts,
  candidates: readonly string[],
  spoken: readonly SpokenFile[],
): readonly string[] {
  const chosen = new Set<string>();
  for (const framework of new Set(spoken.flatMap(({ by }) => by))) {
    const { starts } = framework;
    if (starts === undefined) continue;
    const own = spoken.filter(({ by }) => by.includes(framework)).map(({ path }) => path);
    const making = own.filter((path) => starts.test(tree.read(path) ?? ""));
    for (const path of making.length > 0 ? making : own) chosen.add(path);
  }
  let wanted = new Set(chosen);
  for (let level = 0; level < IMPORT_LEVELS && wanted.size > 0; level++) {
    const found = new Set<string>();
    const names = new Set([...wanted].map(nameOf));
    for (const path of candidates) {
      if (chosen.has(path)) continue;
      if (importsOneOf(tree, scripts, path, wanted, names)) found.add(path);
    }
    for (const path of found) chosen.add(path);
    wanted = found;
  }
  return candidates.filter((path) => chosen.has(path));
}

function importsOneOf(
  tree: SourceTree,
  scripts: Scripts,
  path: string,
  wanted: ReadonlySet<string>,
  names: ReadonlySet<string>,
): boolean {
  if (!isScript(path)) return false;
  for (const found of (tree.read(path) ?? "").matchAll(IMPORTS)) {
    const specifier = found[1] ?? "";
    if (!names.has(nameOf(specifier))) continue;
    const target = scripts.resolve(path, specifier);
    if (target !== undefined && wanted.has(target)) return true;
  }
  return false;
}

/** The last name of a path without its ending; that of the folder for an index file. Pure. */
function nameOf(path: string): string {
  const parts = path.replace(/\.[cm]?[jt]sx?$/, "").split("/");
  const last = parts.pop() ?? "";
  return /^(?:index|\.{1,2}|)$/.test(last) ? (parts.pop() ?? "") : last;
}
