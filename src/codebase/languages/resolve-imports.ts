import {
  openCImports,
  openCsharpImports,
  openCssImports,
  openJavaImports,
  openPhpImports,
  openRubyImports,
  openShellImports,
} from "./imports/by-folders.ts";
import { type Files, indexFiles } from "./imports/files.ts";
import { openGoImports } from "./imports/go.ts";
import { openPythonImports } from "./imports/python.ts";
import { openRustImports } from "./imports/rust.ts";
import { openScriptImports } from "./imports/script.ts";
import type { FileImport, Language } from "./languages.ts";

/** An import and the file that it means. */
export interface ImportTarget extends FileImport {
  /** Path of one of the files given; null where the import is none of this repository's. */
  readonly target: string | null;
}

export interface ImportResolver {
  /**
   * The file that a specifier means in a file. Always one of the paths given, so it never leaves the root; null for packages from
   * elsewhere. A package that is a folder (Go, "package.*" of Java, a namespace of C#) is answered by one file of it: the one named as
   * the folder, else the first that is no test.
   */
  resolve(fromPath: string, language: Language, specifier: string): string | null;
  /**
   * The same for an import as it was read. One import may mean several files: Python's `from package import module, other` and Rust's
   * `use crate::{a, b}` give one answer a file, with the names that come from it. At least one answer.
   */
  resolveImport(fromPath: string, language: Language, read: FileImport): readonly ImportTarget[];
}

type Resolve = (from: string, specifier: string, name?: string) => string | undefined;

const OPENERS: Readonly<Partial<Record<Language, (files: Files) => Resolve>>> = {
  javascript: openScriptImports,
  typescript: openScriptImports,
  python: openPythonImports,
  go: openGoImports,
  java: openJavaImports,
  rust: openRustImports,
  ruby: openRubyImports,
  php: openPhpImports,
  c: openCImports,
  cpp: openCImports,
  csharp: openCsharpImports,
  shell: openShellImports,
  css: openCssImports,
};

/** Languages whose imported names may be files of their own. */
const NAMES_MAY_BE_FILES: ReadonlySet<Language> = new Set<Language>(["python", "rust"]);

/**
 * Opens a resolver for the imports of a repository.
 *
 * `paths` are all its files, relative to the root with "/". `readText` gives a file's text, asked for manifests only (package.json,
 * tsconfig.json, go.mod, Cargo.toml, composer.json), each once; undefined where it cannot be read. Nothing else is read.
 * Never throws by what files hold; a broken manifest counts as empty.
 */
export function openImportResolver(
  paths: readonly string[],
  readText: (path: string) => string | undefined,
): ImportResolver {
  const files = indexFiles(paths, readText);
  const opened = new Map<(files: Files) => Resolve, Resolve>();
  const resolverOf = (language: Language): Resolve | undefined => {
    const open = OPENERS[language];
    if (open === undefined) return undefined;
    const resolve = opened.get(open) ?? open(files);
    opened.set(open, resolve);
    return resolve;
  };
  const target = (from: string, language: Language, specifier: string, name?: string): string | null =>
    resolverOf(language)?.(from, specifier, name) ?? null;
  return {
    resolve: target,
    resolveImport(from, language, read) {
      if (!NAMES_MAY_BE_FILES.has(language) || read.names.length === 0)
        return [{ ...read, target: target(from, language, read.specifier) }];
      const byTarget = new Map<string | null, string[]>();
      for (const name of read.names) {
        const found = target(from, language, read.specifier, name);
        byTarget.set(found, [...(byTarget.get(found) ?? []), name]);
      }
      return [...byTarget].map(([found, names]) => ({ ...read, names, target: found }));
    },
  };
}
