import { posix } from "node:path";
import type { Codebase, FileFacts, ModuleFacts } from "../../codebase/facts/facts.ts";

/** A codebase's facts by path. */
export interface CodeIndex {
  file(path: string): FileFacts | undefined;
  moduleOf(path: string): ModuleFacts | undefined;
  /** Files that import it, by path. */
  importersOf(path: string): readonly FileFacts[];
  /** Files of the same folder, itself included. */
  neighboursOf(path: string): readonly FileFacts[];
  /** What the project is, in a few lines that seldom change. */
  readonly project: readonly string[];
}

const MOST_FOLDERS = 40;
const MOST_ENTRIES = 8;

/** Makes it. Pure. */
export function indexCode({ files, modules }: Codebase): CodeIndex {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const owner = new Map(modules.flatMap((module) => module.files.map((path) => [path, module] as const)));
  const importers = new Map<string, Set<FileFacts>>();
  for (const file of files) {
    for (const { target } of file.imports) {
      if (target === null || target === file.path) continue;
      const known = importers.get(target) ?? new Set();
      importers.set(target, known);
      known.add(file);
    }
  }
  const folders = Map.groupBy(files, ({ path }) => posix.dirname(path));
  return {
    file: (path) => byPath.get(path),
    moduleOf: (path) => owner.get(path),
    importersOf: (path) => [...(importers.get(path) ?? [])],
    neighboursOf: (path) => folders.get(posix.dirname(path)) ?? [],
    project: projectLines(files),
  };
}

function projectLines(files: readonly FileFacts[]): readonly string[] {
  const code = files.filter(({ role }) => role === "code");
  const languages = [...new Set(code.map(({ language }) => language))].toSorted();
  const nested = code.filter(({ path }) => path.includes("/"));
  const folders = [...new Set(nested.map(({ path }) => path.slice(0, path.indexOf("/"))))].toSorted();
  const entries = code.filter(({ entry }) => entry !== null).map(({ path }) => path);
  return [
    `languages: ${languages.join(", ")}`,
    ...(folders.length === 0 ? [] : [`folders: ${folders.slice(0, MOST_FOLDERS).join(", ")}`]),
    ...(entries.length === 0 ? [] : [`starts in: ${entries.slice(0, MOST_ENTRIES).join(", ")}`]),
  ];
}
